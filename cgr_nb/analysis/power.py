"""Minimum detectable effect: the smallest change that a study of this size would likely notice.

"Likely" is power 0.8 of a two-sided test at 5 %, unless told otherwise. It says what the design
can see, not what is there: an interval speaks of that.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from cgr_nb.analysis.spread import Spread
from cgr_nb.analysis.strata import Floats
from cgr_nb.analysis.student import t_quantile

__all__ = [
    "POWER",
    "detectable",
    "detectable_by_mcnemar",
    "detectable_pp",
    "mcnemar_power",
    "possible_pp",
]

POWER = 0.8
"""Chance to notice that a detectable change is told for."""

Counts = NDArray[np.int64]


def detectable(spread: Spread, *, power: float = POWER, alpha: float = 0.05) -> float | None:
    """Minimum detectable change of a macro mean, in the unit of its standard error.

    (t at 1 - alpha/2 + t at power) x standard error (Bloom 1995, with t for the normal). Takes the
    error as observed, and that it would be the same under the change.

    Returns:
        None when there is no standard error, or none above zero.
    """
    if spread.df == 0 or spread.error == 0:
        return None
    return (t_quantile(1 - alpha / 2, spread.df) + t_quantile(power, spread.df)) * spread.error


def detectable_pp(spread: Spread) -> float | None:
    """`detectable` for a difference of accuracies, in percentage points.

    Returns:
        None as there, and as `possible_pp` tells.
    """
    smallest = detectable(spread)
    return None if smallest is None else possible_pp(100 * smallest)


def possible_pp(points: float) -> float | None:
    """A minimum detectable difference of accuracies in percentage points; None above 100: no
    accuracies differ by more, so that a study of this size would likely notice no difference."""
    return points if points <= 100 else None


@lru_cache(maxsize=4096)
def detectable_by_mcnemar(
    rows: int, against: int, *, power: float = POWER, alpha: float = 0.05
) -> float | None:
    """Minimum detectable difference of one pair's accuracies, as a share (0 to 1).

    The smallest d for which the exact McNemar test reaches `power` when a row flips in favour of
    the change with chance against/rows + d, and against it with chance against/rows. Exact, by
    `mcnemar_power`.

    Args:
        rows: Rows of the pair.
        against: Flips against the change: give the smaller of gains and losses, which is the noise
            that a change either way has to be told from.
        power: Chance to notice.
        alpha: Two-sided level of the test.

    Returns:
        None when even the largest possible difference is missed too often: too few rows.

    Raises:
        ValueError: More than half of the rows flip against the change.
    """
    if not 0 <= 2 * against <= rows:
        raise ValueError(f"at most half of {rows} rows can flip against a change, got {against}")
    loss = against / rows if rows else 0.0

    def short(d: float) -> float:
        return mcnemar_power(rows, loss + d, loss, alpha=alpha) - power

    low, high = 0.0, 1 - 2 * loss
    at_low, at_high = -power, short(high)
    if at_high < 0:
        return None
    # Ridders 1979: false position on a curve straightened by its middle.
    while True:
        middle = (low + high) / 2
        at_middle = short(middle)
        bend = math.sqrt(at_middle * at_middle - at_low * at_high)
        if bend == 0:
            return middle
        d = middle - (middle - low) * at_middle / bend
        found = short(d)
        if abs(found) < 1e-10 or high - low < 1e-14:
            return d
        for at, value in sorted([(middle, at_middle), (d, found)]):
            if value < 0:
                low, at_low = at, value
            elif at < high:
                high, at_high = at, value


def mcnemar_power(rows: int, gain: float, loss: float, *, alpha: float = 0.05) -> float:
    """Chance that the exact McNemar test of one pair comes out at most `alpha`.

    Exact (Duffy 1984): over the number of flips, binomial(rows, gain + loss), and, given them, over
    the gains among them. Flip counts with a chance below 1e-15 are left out.

    Args:
        rows: Rows of the pair, independent of each other.
        gain: Chance that a row is direct wrong, assisted right.
        loss: Chance that a row is direct right, assisted wrong.
        alpha: Two-sided level of the test.
    """
    flip = gain + loss
    if rows == 0 or flip == 0:
        return 0.0
    log = _log_factorials(rows)
    flips = np.arange(rows + 1)
    chance = _binomial(log, np.full_like(flips, rows), flips, min(1.0, flip))
    likely = chance > 1e-15
    flips, chance = flips[likely], chance[likely]
    fewest = _critical(rows, alpha)[likely]
    rejected = np.zeros(len(flips))
    for share in (gain / flip, loss / flip):
        # At most `fewest` gains, or at most `fewest` losses, among the flips.
        few = np.arange(int(fewest.max()) + 1)
        all_few = _binomial(log, flips[:, None], np.minimum(few, flips[:, None]), share)
        rejected += np.where(few <= fewest[:, None], all_few, 0.0).sum(axis=1)
    return float(chance @ rejected)


@lru_cache(maxsize=256)
def _critical(rows: int, alpha: float) -> Counts:
    """For 0 to `rows` flips: the most of one kind at which the test still rejects; -1 for none."""
    critical = np.empty(rows + 1, dtype=np.int64)
    # P(X <= k) and P(X = k) for binomial(flips, 1/2), the first k at which the tail is too heavy.
    k, tail, at = 0, 1.0, 1.0
    for flips in range(rows + 1):
        while 2 * tail <= alpha:
            at *= (flips - k) / (k + 1)
            k += 1
            tail += at
        critical[flips] = k - 1
        tail -= at / 2
        at *= (flips + 1) / (2 * (flips + 1 - k))
    return critical


@lru_cache(maxsize=256)
def _log_factorials(n: int) -> Floats:
    return np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, n + 1)))])


def _binomial(log: Floats, n: Counts, k: Counts, share: float) -> Floats:
    # A share of exactly 0 or 1 has no logarithm; this one is as good as 0.
    yes, no = np.log(max(share, 1e-300)), np.log(max(1 - share, 1e-300))
    chances: Floats = np.exp(log[n] - log[k] - log[n - k] + k * yes + (n - k) * no)
    return chances
