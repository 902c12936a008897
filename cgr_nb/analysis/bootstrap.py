"""Pair bootstrap: how far the macro difference moves when the pairs had been drawn differently.

Pairs are resampled with replacement and the percentile interval is read off. What it covers: the
choice of pairs. What it does not: the choice of items within a pair, and that pairs share items,
datasets and solvers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["Interval", "fewest", "pair_bootstrap"]


def fewest(level: float) -> int:
    """Units below which no percentile interval is given: six for 95 %.

    A percentile interval of a mean stays within the range of the units, and the range of n holds
    the middle of a symmetric distribution with chance 1 - 2/2^n: of five not even 94 %.
    """
    return math.ceil(1 - math.log2(1 - level))


@dataclass(frozen=True, slots=True)
class Interval:
    """A percentile interval of a macro difference, with all that is needed to compute it again."""

    low_pp: float | None
    """Lower end in percentage points; None when there is no interval (too few pairs)."""
    high_pp: float | None
    level: float
    """Nominal coverage, 0 to 1."""
    resamples: int
    seed: int
    pairs: int
    note: str
    """Why there is no interval, or why it should not be leaned on; empty otherwise."""

    @property
    def one_sided(self) -> bool:
        """Whether it lies on one side of no change: only then has the change a direction."""
        if self.low_pp is None or self.high_pp is None:
            return False
        return self.low_pp > 0 or self.high_pp < 0

    @property
    def absence(self) -> str:
        """Why there is no interval, in few words: "too few pairs (2)"; empty where there is one, or
        nothing that it could be of."""
        if self.low_pp is not None or not self.pairs:
            return ""
        return f"too few pairs ({self.pairs})"


def pair_bootstrap(
    differences_pp: Sequence[float] | np.ndarray,
    *,
    resamples: int = 10_000,
    seed: int = 0,
    level: float = 0.95,
) -> Interval:
    """Percentile interval of the mean of pair differences (Efron and Tibshirani 1993, chapter 13).

    Args:
        differences_pp: One difference a pair, in percentage points, in a fixed order.
        resamples: Number of draws of as many pairs as there are, with replacement.
        seed: Of numpy's default generator; the same input and seed give the same interval.
        level: Nominal coverage.

    Returns:
        The interval; without ends for fewer pairs than `fewest`.

    Raises:
        ValueError: `resamples` is below 1, `level` is not between 0 and 1, or a difference is not
            finite.
    """
    values = np.asarray(differences_pp, dtype=float)
    if resamples < 1:
        raise ValueError(f"resamples must be at least 1, got {resamples}")
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, got {level}")
    if not np.isfinite(values).all():
        raise ValueError("every difference must be a finite number")

    count = len(values)
    least = fewest(level)
    if count < least:
        note = (
            f"too few pairs ({count}): with fewer than {least}, even the range of all their changes"
            f" would cover the true change less than {100 * level:g} % of the time"
        )
        return Interval(None, None, level, resamples, seed, count, note)
    picks = np.random.default_rng(seed).integers(0, count, size=(resamples, count))
    means = values[picks].mean(axis=1)
    tail = (1 - level) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    note = "likely too narrow with fewer than ten pairs" if count < 10 else ""
    return Interval(float(low), float(high), level, resamples, seed, count, note)
