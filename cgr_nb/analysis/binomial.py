"""The exact binomial test of one pair: are so many right answers more than chance gives?"""

from __future__ import annotations

import math
from functools import lru_cache

__all__ = ["ALPHA", "above_chance", "upper_tail"]

ALPHA = 0.025
"""One-sided: above chance is where a 95 % interval of the accuracy (Clopper and Pearson 1934) lies
above it."""


def above_chance(accuracy: float, chance: float, items: int) -> bool:
    """Whether an accuracy is above chance, by the exact test over items.

    Items may differ in their number of options: their right answers then vary less than the
    binomial with the mean chance (Hoeffding 1956), so the test errs on the careful side. So it does
    where an item's accuracy is a mean over several orders of its options: right answers are counted
    whole, rounded down.

    Args:
        accuracy: 0 to 1.
        chance: Mean over the items; NaN: not known, and nothing is above it.
        items: How many.
    """
    if math.isnan(chance) or not items:
        return False
    # An accuracy is a quotient: three of seven times seven must be three again.
    right = math.floor(accuracy * items + 1e-9)
    return upper_tail(right, items, chance) <= ALPHA


@lru_cache(maxsize=4096)
def upper_tail(k: int, n: int, p: float) -> float:
    """Chance of `k` or more of `n`, each with chance `p`."""
    if k <= 0 or p >= 1:
        return 1.0
    if p <= 0:
        return 0.0
    # Each term from its logarithm: far from the mean the first ones are too small for a float.
    yes, no, all_ways = math.log(p), math.log1p(-p), math.lgamma(n + 1)
    terms = (
        all_ways - math.lgamma(i + 1) - math.lgamma(n - i + 1) + i * yes + (n - i) * no
        for i in range(k, n + 1)
    )
    return min(1.0, math.fsum(math.exp(term) for term in terms))
