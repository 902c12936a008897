"""A progress bar for long work, in a terminal or a notebook."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

__all__ = ["Draw", "progress_bar"]


class Draw(Protocol):
    """Draws a bar."""

    def __call__(self, done: int, total: int, note: str = "") -> None:
        """Show what is done, and a few words beside it."""


@contextmanager
def progress_bar(show: bool, what: str) -> Iterator[Draw]:
    """Give a function that draws; it draws nothing when `show` is false.

    What is done at the first call is work of an earlier run: it counts as done but not as speed.
    """
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


def _width() -> dict[str, int | bool]:
    """As wide as the terminal; one that does not know its size would get no bar at all."""
    if sys.stderr.isatty() and os.get_terminal_size(sys.stderr.fileno()).columns == 0:
        return {"ncols": 80, "nrows": 24}
    return {"dynamic_ncols": True}
