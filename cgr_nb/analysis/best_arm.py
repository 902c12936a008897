"""How good is the best of many arms? Less good than it looks: it was chosen by what it shows.

The remedy: choose the arm on one half of the items and score it on the other (split-half, or
cross-validated selection; Efron and Tibshirani 1997). Items are split within each dataset
configuration, each with all its solvers and orders of options, again and again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cgr_nb.analysis.strata import Floats, Strata

__all__ = ["SPLITS", "BestArm", "best_arm"]

SPLITS = 1_000
_AT_ONCE = 2_000_000
"""Marks of a split that are in memory at once."""
_TIE = 1e-12


@dataclass(frozen=True, slots=True)
class BestArm:
    """The best of several arms, and what that is worth."""

    arm: str
    """The best on all items; of those that tie, the first."""
    accuracy: float
    """Its macro accuracy on all items, 0 to 1: flattered by the choice."""
    where_chosen: float
    """Mean over splits: macro accuracy of the best arm of a half, on that half."""
    elsewhere: float
    """The same arm on the other half: what choosing gives on items that it did not see."""
    chosen: Mapping[str, float]
    """Arm -> share of the splits that it was chosen in, those that tie sharing one; in the order of
    shares."""
    splits: int
    seed: int


def best_arm(
    strata: Strata,
    arms: Sequence[str],
    accuracy: Mapping[str, float],
    *,
    group: str,
    splits: int = SPLITS,
    seed: int = 0,
) -> BestArm | None:
    """Choose the best arm on halves of the items, and score it on the other halves.

    Args:
        strata: With the arms among their values.
        arms: Those to choose from.
        accuracy: Of each on all items, macro.
        group: Group of the strata.
        splits: How often.
        seed: Each dataset configuration is split by a generator of its own, spawned from it.

    Returns:
        None where there is nothing to choose, or no second item.
    """
    places = [strata.values.index(arm) for arm in arms]
    if len(arms) < 2:
        return None
    here, there = _halves(strata, strata.groups.index(group), splits, seed)
    here, there = here[:, places], there[:, places]
    known = ~(np.isnan(here).any(axis=1) | np.isnan(there).any(axis=1))
    here, there = here[known], there[known]
    if not len(here):
        return None
    most = here.max(axis=1, keepdims=True)
    chosen = (here >= most - _TIE).astype(float)
    chosen /= chosen.sum(axis=1, keepdims=True)
    shares = dict(zip(arms, chosen.mean(axis=0).tolist(), strict=True))
    best = max(arms, key=lambda arm: accuracy[arm])
    return BestArm(
        arm=best,
        accuracy=accuracy[best],
        where_chosen=float(most.mean()),
        elsewhere=float((chosen * there).sum(axis=1).mean()),
        chosen=dict(sorted(shares.items(), key=lambda one: -one[1])),
        splits=len(here),
        seed=seed,
    )


def _halves(strata: Strata, group: int, splits: int, seed: int) -> tuple[Floats, Floats]:
    """Macro means of one half and of the other, (splits, values) each."""
    size = (splits, len(strata.values))
    sums, pairs = [np.zeros(size), np.zeros(size)], [np.zeros((splits, 1)), np.zeros((splits, 1))]
    for part, its_seed in zip(
        strata.parts, np.random.SeedSequence(seed).spawn(len(strata.parts)), strict=True
    ):
        random = np.random.default_rng(its_seed)
        half = np.arange(part.items) < part.items // 2
        step = max(1, _AT_ONCE // part.items)
        for start in range(0, splits, step):
            some = slice(start, min(start + step, splits))
            count = some.stop - start
            marks = random.permuted(np.tile(half, (count, 1)), axis=1)
            # Of an odd number of items, the one that is left over goes to either half; so does the
            # only one of a configuration.
            marks ^= random.random((count, 1)) < 0.5
            for first in range(0, count, part.at_once):
                ours = marks[first : first + part.at_once]
                where = slice(start + first, start + first + len(ours))
                for side, counts in enumerate((ours.astype(float), (~ours).astype(float))):
                    of_sums, of_pairs = part.macro_parts(counts)
                    sums[side][where] += of_sums[:, :, group]
                    pairs[side][where] += of_pairs[:, :, group]
    with np.errstate(invalid="ignore"):
        return sums[0] / pairs[0], sums[1] / pairs[1]
