"""Exact McNemar test of one pair's flips, and Holm's correction for testing many pairs at once.

Only rows on which the channels disagree speak: under the null each is a gain or a loss with
probability 1/2.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

__all__ = ["holm", "mcnemar_exact"]


def mcnemar_exact(gains: int, losses: int) -> float:
    """Two-sided exact p-value: twice the smaller binomial(n, 1/2) tail, at most 1 (McNemar 1947).

    Integer arithmetic, so no tail is lost to rounding; p below about 1e-308 comes out as 0.0.
    """
    if gains < 0 or losses < 0:
        raise ValueError(f"flips are counts, got gains={gains}, losses={losses}")
    flips = gains + losses
    term = tail = 1
    for k in range(min(gains, losses)):
        term = term * (flips - k) // (k + 1)
        tail += term
    # Dividing integers rounds once, however long they are.
    p_value: float = 2 * tail / (1 << flips)
    return min(1.0, p_value)


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down adjusted p-values, in the order given (Holm 1979).

    Rejecting where the adjusted value is at most alpha keeps the chance of any false rejection at
    alpha.
    """
    p = np.asarray(p_values, dtype=float)
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(stepped, 1.0)
    return [float(value) for value in adjusted]
