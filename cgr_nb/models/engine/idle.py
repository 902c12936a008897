"""How many cores of this machine have nothing to do, as Linux counts it."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Final

__all__ = ["IdleCores"]

_STAT: Final = Path("/proc/stat")
_LEAST_S: Final = 0.2
"""The kernel counts in hundredths of a second: a shorter look sees nothing."""


class IdleCores:
    """Call it to learn how many of the cores that this process may use are idle, on average since
    it was last looked; None where the system does not tell."""

    def __init__(self) -> None:
        self._before = self._read()
        self._when = time.monotonic()
        self._known: float | None = None if self._before is None else 0.0

    def __call__(self) -> float | None:
        """See the class."""
        now = time.monotonic()
        if now - self._when > _LEAST_S:
            self._known = self._look(now)
        return self._known

    def _look(self, now: float) -> float | None:
        counts, before = self._read(), self._before
        elapsed_s, self._when, self._before = now - self._when, now, counts
        if counts is None or before is None:
            return None
        idle, whole = (new - old for new, old in zip(counts, before, strict=True))
        # A system that counts nothing tells nothing.
        return idle / os.sysconf("SC_CLK_TCK") / elapsed_s if whole > 0 else None

    @staticmethod
    def _read() -> tuple[int, int] | None:
        """Ticks without work, and all ticks, of the cores that this process may use."""
        try:
            allowed = {f"cpu{core}" for core in os.sched_getaffinity(0)}
            lines = [line.split() for line in _STAT.read_text("ascii").splitlines()]
            rows = [[int(n) for n in line[1:9]] for line in lines if line and line[0] in allowed]
        except (OSError, ValueError, AttributeError):
            return None
        return sum(row[3] + row[4] for row in rows), sum(sum(row) for row in rows)
