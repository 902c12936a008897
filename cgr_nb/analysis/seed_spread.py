"""How far an arm's accuracy moves with the seed of its sampling, on the same items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cgr_nb.analysis.pairs import item_means
from cgr_nb.answer_record import split_repeat

__all__ = ["SeedSpread", "repeats_of", "seed_spread"]


@dataclass(frozen=True, slots=True)
class SeedSpread:
    """One arm under several seeds, on the rows that it was asked under all of them."""

    rows: int
    accuracies: tuple[float, ...]
    """Macro, 0 to 1, seed by seed; the first is that of the arm's own name."""
    deviation_pp: float
    """Standard deviation between seeds, in percentage points (n - 1)."""
    agreement: float
    """Share of the rows that are right under all seeds, or wrong under all."""

    @property
    def mean(self) -> float:
        """Mean over seeds."""
        return float(np.mean(self.accuracies))


def repeats_of(names: Sequence[str]) -> dict[str, list[str]]:
    """Arm -> the names of its further seeds, in order, of those that have any."""
    there = set(names)
    found: dict[str, list[tuple[int, str]]] = {}
    for name in there:
        arm, number = split_repeat(name)
        if number > 1 and arm in there:
            found.setdefault(arm, []).append((number, name))
    return {arm: [name for _, name in sorted(some)] for arm, some in sorted(found.items())}


def seed_spread(
    lines: Mapping[str, pd.DataFrame], arm: str, repeats: Sequence[str]
) -> SeedSpread | None:
    """Compare the seeds of an arm; None where no row was asked under all of them.

    Args:
        lines: Name -> the lines of the arm frame that are compared.
        arm: Its own name.
        repeats: Names of its further seeds.
    """
    first = lines[arm].drop_duplicates("row_id").set_index("row_id")
    names = [arm, *repeats]
    right = pd.DataFrame(
        {name: lines[name].set_index("row_id")["correct"].astype(float) for name in names}
    ).dropna()
    if right.empty:
        return None
    where = first.loc[right.index, ["dataset", "config", "solver", "generator", "cluster"]]
    means = item_means(where.join(right).sort_index().reset_index(drop=True), names)
    accuracies = tuple(float(means[name].mean()) for name in names)
    share = right.mean(axis=1)
    return SeedSpread(
        rows=len(right),
        accuracies=accuracies,
        deviation_pp=100 * float(np.std(accuracies, ddof=1)),
        agreement=float(((share == 0) | (share == 1)).mean()),
    )
