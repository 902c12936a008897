"""Whether a few replies go on together or one at a time: measured while they do.

One row of a batch has kernels of its own on a CPU. On some machines four rows take longer than four
times one row, on others hardly longer than one; which, only a clock can tell.
"""

from __future__ import annotations

__all__ = ["Pace"]

_MOST = 8
"""From here on rows together are always faster."""
_AGAIN = 50
"""The way that lost is tried again after so many batches: a busy machine misleads the clock."""
_WEIGHT = 0.3
"""Of a new measurement in the running mean."""


class Pace:
    """Running times of small batches."""

    def __init__(self) -> None:
        self._seconds: dict[int, float] = {}
        self._asked = 0

    def together(self, rows: int) -> bool:
        """Whether so many rows are faster in one batch than one after the other."""
        if rows == 1 or rows >= _MOST:
            return True
        one, all_of_them = self._seconds.get(1), self._seconds.get(rows)
        if one is None or all_of_them is None:
            return one is not None
        self._asked += 1
        faster = all_of_them < rows * one
        return faster if self._asked % _AGAIN else not faster

    def note(self, rows: int, seconds: float) -> None:
        """Tell how long a batch of so many rows took."""
        if rows < _MOST:
            before = self._seconds.get(rows, seconds)
            self._seconds[rows] = before + _WEIGHT * (seconds - before)
