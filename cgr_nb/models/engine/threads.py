"""How many threads compute the next batch: chosen by how long batches take, while they do.

llama.cpp's threads meet at a barrier hundreds of times a batch, and spin while they wait. Where
another process needs a core, the thread that lost its core is waited for by all others: two threads
on two cores with one busy neighbour are up to fifteen times slower than one. So a batch that takes
far longer than its like is answered by fewer threads, at once; more are tried later, at growing
intervals, where the system has idle cores or does not tell. It begins with all of them where it is
told that their cores are idle, else with half: what is lost by that on an idle machine is a batch
or two, what is saved on a busy one is minutes.

Prompts and replies have numbers of their own: many rows keep more threads busy than one does.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, Literal

__all__ = ["ThreadTuner"]

Kind = Literal["prompt", "reply"]

_PROMPT_ROWS: Final = 32
"""A batch of so many rows counts as one of prompts; the time of each row is then much the same."""
_COLLAPSE: Final = 1.6
"""A batch that takes so many times longer than its like has lost a core."""
_SURE_COLLAPSE: Final = 3.0
"""Two such batches in a row are enough, one may be a hiccup; of the others it takes three."""
_STRIKES: Final = 3
_SURE_STRIKES: Final = 2
_GAIN: Final = 0.93
"""Another number of threads is taken where it needs at most this share of the time."""
_TRIAL_BATCHES: Final = 3
"""Batches that a trial takes, unless the first one shows that it is worse."""
_FIRST_TRIAL: Final = 6
_LONGEST_WAY: Final = 400
"""After so many batches fewer threads are tried, again after twice as many, and so on up to this
many: small models gain by it, and so does a machine that was busy from the first."""
_HOPELESS: Final = 1.3
"""Where the first batch of a trial of fewer threads takes so many times longer, it ends there."""
_NO_WORSE: Final = 1.03
"""The same after a collapse, where more threads only take cores from others."""
_FREED: Final = 0.6
"""Fewer threads that need at most this share of the time have come free of a neighbour."""
_PAID_BACK: Final = 20.0
"""For so many times what a trial in vain has cost, there is no other one."""
_HOLD_S: Final = 2.0
_LONGEST_HOLD_S: Final = 30.0
"""How long after a change, or a trial in vain, more threads are not tried again."""
_LOOK_S: Final = 0.3
"""How soon it is looked again whether there are idle cores, where the system tells."""
_IDLE: Final = 0.6
"""Share of the cores for more threads that must have been idle."""
_WEIGHT: Final = 0.2
"""Of a new measurement in a running mean."""
_FRESH_S: Final = 5.0
"""How long a measurement can be compared with a trial's."""
_BLIND_S: Final = 1.0
"""A trial without a batch that can be compared ends after this: prompts come seldom. More threads
stay then if their cores were idle."""


@dataclass(slots=True)
class _Trial:
    threads: int
    began: float
    on_idle_cores: bool = False
    """The cores for more threads are known to have been idle."""
    after_collapse: bool = False
    ratios: list[float] = field(default_factory=list)
    """Its batches' times, in multiples of the last ones of the same size before it."""


@dataclass(slots=True)
class _Level:
    """The number of threads of one kind of batch, and what is known of others."""

    threads: int
    means: dict[tuple[int, int], float] = field(default_factory=dict)
    """(rows, threads) -> running mean of the time, collapsed batches left out."""
    last: dict[int, tuple[float, float]] = field(default_factory=dict)
    """Rows -> time of the last batch outside a trial, and when it was."""
    strikes: int = 0
    batches: int = 0
    trial: _Trial | None = None
    held_until: float = float("-inf")
    hold_s: float = _HOLD_S
    next_fewer: int = _FIRST_TRIAL
    way: int = _FIRST_TRIAL
    divisor: int = 2


class ThreadTuner:
    """The numbers of threads of one context. Used by its engine's thread only, but for `limit`."""

    def __init__(
        self,
        most: int,
        *,
        fixed: bool = False,
        idle_cores: Callable[[], float | None] = lambda: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin with all threads if their cores are idle, else with half of them.

        Args:
            most: Threads that there can be.
            fixed: Whether the number is the user's and stays.
            idle_cores: Tells how many cores were idle since it was last asked; None: not known.
            clock: Seconds; for tests.
        """
        self._most = most
        self._limit = most
        self._fixed = fixed or most == 1
        self._idle_cores = idle_cores
        self._clock = clock
        self._levels = self._fresh()
        self.changes = 0
        """How often a number was changed for good."""

    def limit(self, most: int) -> None:
        """Let no batch have more threads than this from now on, as others need cores. From any
        thread; a number that is the user's stays."""
        self._limit = max(1, min(most, self._most))

    def forget(self) -> None:
        """Forget what was measured, as after a rehearsal."""
        self._levels = self._fresh()

    def _fresh(self) -> dict[Kind, _Level]:
        first = max(1, self._most // 2)
        if first < self._most and self._are_idle(self._most - 1):
            first = self._most
        return {"prompt": _Level(first), "reply": _Level(first)}

    def _are_idle(self, cores: int) -> bool | None:
        """Whether so many cores have nothing to do; None: not known."""
        idle = self._idle_cores()
        return None if idle is None else idle >= _IDLE * cores

    def threads(self, rows: int) -> int:
        """How many threads a batch of so many rows gets."""
        if self._fixed:
            return self._most
        level = self._levels[_kind(rows)]
        chosen = level.trial.threads if level.trial else level.threads
        return min(chosen, self._limit)

    @property
    def chosen(self) -> dict[Kind, int]:
        """Threads for prompts and for replies, as things stand."""
        if self._fixed:
            return {"prompt": self._most, "reply": self._most}
        return {kind: min(level.threads, self._limit) for kind, level in self._levels.items()}

    @property
    def is_fixed(self) -> bool:
        """The number is the user's, or there is only one."""
        return self._fixed

    def note(self, rows: int, threads: int, seconds: float) -> None:
        """Tell how long a batch took.

        Args:
            rows: Rows that it had.
            threads: What computed it.
            seconds: Wall time.
        """
        if self._fixed:
            return
        kind = _kind(rows)
        level, now = self._levels[kind], self._clock()
        batch_s = seconds
        if kind == "prompt":
            rows, seconds = _PROMPT_ROWS, seconds / rows
        level.batches += 1
        if level.trial is not None:
            if threads == level.trial.threads:
                self._judge(level, level.trial, rows, seconds, batch_s)
                return
            level.trial = None  # the limit came between
        collapsed = self._watch(level, rows, threads, seconds, now)
        level.last[rows] = (seconds, now)
        if collapsed:
            self._try_fewer(threads // 2, now, collapsed=True)
        if level.trial is None:
            self._maybe_try(level, now)

    def _watch(self, level: _Level, rows: int, threads: int, seconds: float, now: float) -> bool:
        """Whether a batch took far longer than its like, so that fewer threads are to be tried."""
        mean = level.means.get((rows, threads))
        if mean is not None and seconds > _COLLAPSE * mean:
            level.strikes += _SURE_STRIKES if seconds > _SURE_COLLAPSE * mean else 1
            if level.strikes >= _STRIKES:
                level.strikes = 0
                if threads > 1:
                    return True
                # With one thread there is nothing to give up: this is how long it takes now.
                level.means[rows, threads] = seconds
            return False
        level.strikes = 0
        before = seconds if mean is None else mean
        level.means[rows, threads] = before + _WEIGHT * (seconds - before)
        return False

    def _try_fewer(self, threads: int, now: float, *, collapsed: bool) -> None:
        """What takes a core from one kind of batch takes it from the other: both try."""
        for level in self._levels.values():
            if level.trial is None and min(level.threads, self._limit) > threads:
                level.trial = _Trial(threads, now, after_collapse=collapsed)

    def _maybe_try(self, level: _Level, now: float) -> None:
        """Begin a trial, if it is time for one."""
        most = min(self._most, self._limit)
        current = min(level.threads, most)
        if level.batches >= level.next_fewer and current > 1:
            level.trial = _Trial(max(1, current // level.divisor), now)
            level.divisor = 6 - level.divisor  # a half and a quarter, by turns
            level.next_fewer = level.batches + level.way
            level.way = min(2 * level.way, _LONGEST_WAY)
            return
        if current < most and now > level.held_until:
            more = min(2 * current, most)
            idle = self._are_idle(more - current)
            if idle is False:
                level.held_until = now + _LOOK_S
                return
            level.trial = _Trial(more, now, on_idle_cores=idle is True)

    def _judge(
        self, level: _Level, trial: _Trial, rows: int, seconds: float, batch_s: float
    ) -> None:
        """Weigh one batch of a trial against the last one of its size before it."""
        now = self._clock()
        before = level.last.get(rows)
        if before is not None and now - before[1] < _FRESH_S + seconds + before[0]:
            trial.ratios.append(seconds / before[0])
        more = trial.threads > min(level.threads, self._limit)
        if trial.ratios and trial.ratios[-1] > (1.0 if more else _HOPELESS):
            lost_s = batch_s * (1 - 1 / trial.ratios[-1])
            self._give_up(level, now + _PAID_BACK * lost_s if more else now)
        elif len(trial.ratios) >= _TRIAL_BATCHES:
            trial.ratios.sort()
            ratio = trial.ratios[len(trial.ratios) // 2]
            if ratio <= (_NO_WORSE if trial.after_collapse else _GAIN):
                self._adopt(level, trial, now)
                if not more and ratio <= _FREED:
                    self._try_fewer(trial.threads, now, collapsed=False)
            else:
                self._give_up(level, now)
        elif not trial.ratios and now - trial.began > _BLIND_S:
            if more and trial.on_idle_cores:
                self._adopt(level, trial, now)
            else:
                level.trial = None  # nothing came that could be compared

    def _adopt(self, level: _Level, trial: _Trial, now: float) -> None:
        level.threads, level.trial = trial.threads, None
        level.hold_s = _HOLD_S
        # Asked here too, so that the next answer is about the time from now on.
        is_told = self._idle_cores() is not None
        level.held_until = now + (_LOOK_S if is_told else level.hold_s)
        self.changes += 1

    def _give_up(self, level: _Level, until: float) -> None:
        if level.trial is not None and level.trial.threads > min(level.threads, self._limit):
            level.hold_s = min(2 * level.hold_s, _LONGEST_HOLD_S)
        level.trial = None
        level.held_until = max(level.held_until, until, self._clock() + level.hold_s)


def _kind(rows: int) -> Kind:
    return "prompt" if rows >= _PROMPT_ROWS else "reply"
