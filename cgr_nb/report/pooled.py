"""Exact McNemar tests of assisted against direct answers: pooled, and pair by pair."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from cgr_nb.analysis.mcnemar import mcnemar_exact

__all__ = ["PairTests", "pair_tests"]

_LEVEL = 0.05


@dataclass(frozen=True, slots=True)
class PairTests:
    """What the tests come to, over all pairs."""

    items: int
    """Retained items, once for each solver and generator."""
    gains: int
    """Items that assistance turned right."""
    losses: int
    p_value: float
    """Of these, pooled: as if items were independent."""
    pairs: int
    better: int
    """Pairs with more gains than losses, by their own test after Holm."""
    worse: int
    too_small: int
    """Pairs whose test could not come out significant after Holm, had all their items gained."""
    largest: int
    """Most items of a pair that is too small."""


def pair_tests(pairs: pd.DataFrame) -> PairTests:
    """Sum up the tests of pairs.

    Args:
        pairs: As `Summary.pairs`.
    """
    gains, losses = int(pairs["item_gains"].sum()), int(pairs["item_losses"].sum())
    sure = pairs["p_holm"] <= _LEVEL
    # Holm asks the smallest p of all to be at most the level by the number of tests.
    least = pairs["items"].map(lambda items: mcnemar_exact(int(items), 0))
    small = least * len(pairs) > _LEVEL
    # A larger p may do once others were rejected; then nothing is said of size.
    small &= not sure.any()
    return PairTests(
        items=int(pairs["items"].sum()),
        gains=gains,
        losses=losses,
        p_value=mcnemar_exact(gains, losses),
        pairs=len(pairs),
        better=int((sure & (pairs["difference_pp"] > 0)).sum()),
        worse=int((sure & (pairs["difference_pp"] < 0)).sum()),
        too_small=int(small.sum()),
        largest=int(pairs.loc[small, "items"].max()) if small.any() else 0,
    )
