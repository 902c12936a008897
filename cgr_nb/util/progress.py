"""How far long work is: a bar in a terminal or a notebook, lines where there is neither.

Lines are for files that somebody looks into later: one every half minute on stderr, whether
anything has moved or not. `CGR_NB_PROGRESS_S` sets another interval, in seconds.
"""

from __future__ import annotations

import math
import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal, Protocol

from cgr_nb.errors import ConfigError

__all__ = [
    "Draw",
    "ProgressLines",
    "Show",
    "duration_text",
    "every_seconds",
    "progress_bar",
    "stage_bar",
]

Show = bool | Literal["lines"]
"""A bar, nothing, or lines on stderr."""

EVERY_S = 30.0
INTERVAL_VARIABLE = "CGR_NB_PROGRESS_S"


class Draw(Protocol):
    """Draws a bar."""

    def __call__(self, done: int, total: int, note: str = "") -> None:
        """Show what is done, and a few words beside it."""


@contextmanager
def progress_bar(show: Show, what: str) -> Iterator[Draw]:
    """Give a function that draws; it draws nothing when `show` is false.

    What is done at the first call is work of an earlier run: it counts as done but not as speed.
    """
    if show == "lines":
        with ProgressLines(what) as lines:
            yield lambda done, total, note="": lines.show(what, done, total, note)
        return

    from tqdm.auto import tqdm

    with tqdm(disable=not show, desc=what, unit="", **_width()) as bar:
        started, shown = False, ""

        def draw(done: int, total: int, note: str = "") -> None:
            nonlocal started, shown
            if note != shown:
                shown = note
                bar.set_postfix_str(note)
            if not started:
                started = True
                bar.initial = done
                bar.reset(total=total)
            bar.update(done - bar.n)

        yield draw


@contextmanager
def stage_bar(show: Show) -> Iterator[Callable[[str, int, int], None]]:
    """Give a function that shows the stage that work is in, what of it is done and how much it
    is."""
    if show == "lines":
        with ProgressLines("start") as lines:
            yield lines.show
        return

    from tqdm.auto import tqdm

    with tqdm(disable=not show, dynamic_ncols=True) as bar:
        shown = ""

        def draw(stage: str, done: int, total: int) -> None:
            nonlocal shown
            if stage != shown:
                shown = stage
                bar.set_description(stage, refresh=False)
                bar.reset(total=total)
            bar.update(done - bar.n)

        yield draw


class ProgressLines:
    """Writes how far work is, every so often, for as long as a `with` block lasts."""

    def __init__(
        self,
        what: str,
        every_s: float | None = None,
        write: Callable[[str], object] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Say nothing yet.

        Args:
            what: What is being done, in a word.
            every_s: Seconds from line to line; None takes the setting.
            write: Takes each line, from a thread; None writes to stderr.
            clock: Seconds.

        Raises:
            ConfigError: The setting is not a number of seconds.
        """
        self._every_s = every_seconds() if every_s is None else every_s
        self._write = write or _to_stderr
        self._clock = clock
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._spoken = False
        self._total = 0
        self._begin(what, 0, 0)
        self._thread = threading.Thread(target=self._speak, name="cgr-nb-progress", daemon=True)

    def __enter__(self) -> ProgressLines:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join()
        if self._spoken:
            # Whoever reads lines wants to know how it ended.
            self._write(self.line())

    def show(self, what: str, done: int, total: int, note: str = "") -> None:
        """Take how far it is; from any thread. Another `what` is another stage, with a rate of its
        own.

        Args:
            what: The stage.
            done: Of `total`.
            total: All there is to do.
            note: Shown behind it.
        """
        with self._lock:
            if what != self._what or not self._total:
                self._begin(what, done, total)
            self._done, self._total, self._note = done, total, note

    def line(self) -> str:
        """How far it is now: what is done of all, rate, time left, and what else is going on."""
        with self._lock:
            passed = self._clock() - self._since
            if self._total > 1:
                share = self._done / self._total
                parts = [f"{self._what}: {self._done:,} of {self._total:,} ({share:.0%})"]
                rate = (self._done - self._first) / passed if passed > 0 else 0.0
                if rate > 0 and self._done < self._total:
                    left = (self._total - self._done) / rate
                    parts += [_rate_text(rate), f"{duration_text(left)} left"]
                else:
                    parts.append(f"for {duration_text(passed)}")
            else:
                parts = [f"{self._what}: at work for {duration_text(passed)}"]
            return ", ".join([*parts, *filter(None, [self._note])])

    def _begin(self, what: str, done: int, total: int) -> None:
        self._what, self._first, self._since = what, done, self._clock()
        self._done, self._total, self._note = done, total, ""

    def _speak(self) -> None:
        while not self._over.wait(self._every_s):
            self._spoken = True
            self._write(self.line())


def every_seconds() -> float:
    """Seconds from line to line: what the environment says, or half a minute.

    Raises:
        ConfigError: What it says is no such number.
    """
    said = os.environ.get(INTERVAL_VARIABLE)
    if not said:
        return EVERY_S
    try:
        seconds = float(said)
    except ValueError:
        seconds = math.nan
    if not 0.001 <= seconds <= 86_400:
        raise ConfigError(
            f"{INTERVAL_VARIABLE} is not a number of seconds", got=repr(said), fix="set it to 30"
        )
    return seconds


def duration_text(seconds: float) -> str:
    """Seconds as 1h30m: the two largest units that count."""
    left = max(0, round(seconds))
    parts: list[str] = []
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)):
        count, left = divmod(left, size)
        if count or parts:
            parts.append(f"{count}{unit}" if count else "")
    return "".join(parts[:2]) or "0s"


def _rate_text(rate: float) -> str:
    """A rate in the unit that gives it a number to read."""
    if rate >= 1:
        return f"{rate:.1f}/s"
    return f"{rate * 60:.1f}/min" if rate * 60 >= 1 else f"{rate * 3_600:.1f}/h"


def _to_stderr(line: str) -> None:
    # As one piece: a line of another thread must not come in between.
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _width() -> dict[str, int | bool]:
    """As wide as the terminal; one that does not know its size would get no bar at all."""
    if sys.stderr.isatty() and os.get_terminal_size(sys.stderr.fileno()).columns == 0:
        return {"ncols": 80, "nrows": 24}
    return {"dynamic_ncols": True}
