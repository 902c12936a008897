"""Pair bootstrap: how far the macro difference moves when the pairs had been drawn differently.

Pairs are resampled with replacement and the percentile interval is read off. What it covers: the
choice of pairs. What it does not: the choice of items within a pair, and that pairs share items,
datasets and solvers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["Interval", "pair_bootstrap"]


@dataclass(frozen=True, slots=True)
class Interval:
    """A percentile interval of a macro difference, with all that is needed to compute it again."""

    low_pp: float | None
    """Lower end in percentage points; None when undefined (fewer than two pairs)."""
    high_pp: float | None
    level: float
    """Nominal coverage, 0 to 1."""
    resamples: int
    seed: int
    pairs: int
    note: str
    """Why the interval is undefined or should not be leaned on; empty otherwise."""


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
        The interval, undefined for fewer than two pairs.

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
    if count < 2:
        note = "undefined with fewer than two pairs"
        return Interval(None, None, level, resamples, seed, count, note)
    picks = np.random.default_rng(seed).integers(0, count, size=(resamples, count))
    means = values[picks].mean(axis=1)
    tail = (1 - level) / 2
    low, high = np.quantile(means, [tail, 1 - tail])
    note = "likely too narrow with fewer than ten pairs" if count < 10 else ""
    return Interval(float(low), float(high), level, resamples, seed, count, note)
