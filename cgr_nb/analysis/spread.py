"""Standard error of a macro mean when items, or datasets, are drawn: worked out, nothing drawn.

The bootstrap's spread must agree with it; it also says how many degrees of freedom stand behind.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from cgr_nb.analysis.strata import Floats, Strata, Stratum

__all__ = ["Draw", "Spread", "spread_of"]

Draw = Literal["items", "datasets", "datasets+items"]


@dataclass(frozen=True, slots=True)
class Spread:
    """A standard error, and what it was worked out from."""

    error: float
    """Standard error, in the unit of the values."""
    df: float
    """Degrees of freedom behind it; 0 when no two units can be compared: then there is no error."""
    pairs: int
    items: int
    """Items with a row in one of the pairs."""
    datasets: int
    """Dataset configurations with such an item."""
    lone: int
    """Those among them with one item only: with "items", their chance can't be told."""


def spread_of(
    strata: Strata, contrast: Mapping[str, float], *, group: str, drawn: Draw = "items"
) -> Spread:
    """Linearised (Taylor) standard error of the macro mean of a contrast.

    A unit's influence is what it adds to the macro mean beyond its share. The variance is, summed
    over the pools from which units are drawn, n/(n - 1) times the sum of squared influences
    (Woodruff 1971); degrees of freedom by Satterthwaite 1946. For "items" each dataset
    configuration is a pool of items; else all configurations are one pool.

    Args:
        strata: As `strata.strata_of` returns them.
        contrast: Value of the strata -> its weight.
        group: Group whose pairs the macro mean is taken over.
        drawn: What is drawn; "datasets+items" has the error of "datasets".
    """
    weights, place = strata.weights(contrast), strata.groups.index(group)
    parts = [_Part(stratum, weights, place) for stratum in strata.parts]
    parts = [part for part in parts if part.pairs]
    pairs = sum(part.pairs for part in parts)
    if drawn == "items":
        pools = [part.influences() / pairs for part in parts]
    else:
        sizes = np.array([part.pairs for part in parts])
        sums = np.array([part.means.sum() for part in parts])
        pools = [(sums - sums.sum() / pairs * sizes) / pairs] if parts else []
    pools = [pool for pool in pools if len(pool) > 1]
    variances = [len(pool) / (len(pool) - 1) * float(pool @ pool) for pool in pools]
    return Spread(
        error=math.sqrt(sum(variances)),
        df=_degrees(variances, [len(pool) - 1 for pool in pools]),
        pairs=pairs,
        items=sum(part.items for part in parts),
        datasets=len(parts),
        lone=sum(part.items == 1 for part in parts),
    )


class _Part:
    """The pairs of one stratum that belong to a group and have rows."""

    def __init__(self, stratum: Stratum, weights: Floats, group: int) -> None:
        here = (stratum.member[:, group] > 0) & (stratum.rows.sum(axis=0) > 0)
        rows = stratum.rows[:, here]
        asked = rows.any(axis=1)
        self._rows = rows[asked]
        self._values = np.tensordot(weights, stratum.sums[:, :, here], axes=1)[asked]
        self.pairs = int(here.sum())
        self.items = int(asked.sum())
        self.means: Floats = self._values.sum(axis=0) / self._rows.sum(axis=0)

    def influences(self) -> Floats:
        """What each item adds to the sum of the pairs' means, beyond its share."""
        beyond = self._values - self.means * self._rows
        influences: Floats = (beyond / self._rows.sum(axis=0)).sum(axis=1)
        return influences


def _degrees(variances: Sequence[float], degrees: Sequence[int]) -> float:
    below = sum(v * v / d for v, d in zip(variances, degrees, strict=True))
    return sum(variances) ** 2 / below if below > 0 else float(sum(degrees))
