"""Macro means of some values of rows, each with its interval over items."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from cgr_nb.analysis.clustered import ClusteredInterval, clustered_intervals
from cgr_nb.analysis.pairs import PAIR_KEY
from cgr_nb.analysis.strata import strata_of

__all__ = ["MacroMeans"]


class MacroMeans:
    """Means over the pairs of some rows. Intervals resample items within each dataset
    configuration, with all their solvers (`clustered`).

    Args:
        rows: With `PAIR_KEY`, `cluster` and the values.
        values: Columns that are averaged.
        resamples: Draws of items for an interval.
        seed: Of the draws.
    """

    def __init__(
        self, rows: pd.DataFrame, values: Sequence[str], resamples: int, seed: int
    ) -> None:
        self._resamples, self._seed = resamples, seed
        pairs = rows[PAIR_KEY].drop_duplicates().sort_values(PAIR_KEY, ignore_index=True)
        self.pairs = pairs
        """`PAIR_KEY` of each pair, sorted."""
        self._strata = strata_of(rows, pairs, values, {"all": np.ones(len(pairs))})

    def of(self, contrast: Mapping[str, float]) -> tuple[float, ClusteredInterval]:
        """The macro mean of a contrast, 0 to 1, and its interval in percent."""
        sums, pairs = 0.0, 0.0
        for part in self._strata.parts:
            means, there = part.macro_parts(np.ones((1, part.items)))
            sums += float(self._strata.weights(contrast) @ means[0, :, 0])
            pairs += float(there[0, 0, 0])
        [found] = clustered_intervals(
            self._strata, [contrast], resamples=self._resamples, seed=self._seed
        )
        return sums / pairs, found["all"]
