"""What a run came to, by channel, and what changed since another run of the same items.

Accuracy is macro (the mean over pairs of the share of right answers), over the retained rows. A
change is taken over the items and solvers that both runs answered, paired. Intervals resample items
within each dataset configuration, with all their solvers (`clustered`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cgr_nb.analysis.clustered import ClusteredInterval, clustered_intervals
from cgr_nb.analysis.pairs import PAIR_KEY
from cgr_nb.analysis.strata import strata_of

__all__ = ["Change", "ChannelResult", "RunResult", "run_result"]

CHANNELS = ("direct", "assisted", "generator")


@dataclass(frozen=True, slots=True)
class Change:
    """How one channel differs from an earlier run, over the rows that both have."""

    before: float
    """Macro accuracy of the earlier run on them, 0 to 1."""
    difference_pp: float
    """Macro accuracy of this run on them minus that, in percentage points."""
    interval: ClusteredInterval
    gains: int
    """Rows that only this run has right."""
    losses: int
    """Rows that only the earlier run had right."""


@dataclass(frozen=True, slots=True)
class ChannelResult:
    """One channel of a run."""

    channel: str
    """"direct", "assisted" or "generator"."""
    accuracy: float
    """Macro, 0 to 1."""
    interval: ClusteredInterval
    """Of the accuracy, in percent."""
    change: Change | None
    """None where there is no earlier run with rows in common."""


@dataclass(frozen=True, slots=True)
class RunResult:
    """A run in a few numbers."""

    rows: int
    """Retained rows: what accuracies are over."""
    rows_of: int
    """Rows of the run."""
    items: int
    """Items among the retained rows."""
    common: int
    """Rows that the earlier run has as well."""
    channels: tuple[ChannelResult, ...]
    """Empty where no row is retained."""


def run_result(
    rows: pd.DataFrame,
    before: pd.DataFrame | None = None,
    *,
    resamples: int = 2_000,
    seed: int = 0,
) -> RunResult:
    """Sum a run up.

    Args:
        rows: Of the run, as `frame.annotate` returns them.
        before: Of an earlier one; None: there is none.
        resamples: Draws of items for an interval.
        seed: Of the draws.
    """
    kept = rows[rows["retained"]]
    common = _common(kept, before)
    results = []
    if len(kept):
        alone = _Macros(kept, [f"{name}_correct" for name in CHANNELS], resamples, seed)
        both = None
        if len(common):
            names = [name for one in CHANNELS for name in (f"{one}_correct", f"{one}_before")]
            both = _Macros(common, names, resamples, seed)
        for name in CHANNELS:
            value, interval = alone.of({f"{name}_correct": 1.0})
            change = None if both is None else _change(name, common, both)
            results.append(ChannelResult(name, value, interval, change))
    return RunResult(
        rows=len(kept),
        rows_of=len(rows),
        items=int(kept["cluster"].nunique()),
        common=len(common),
        channels=tuple(results),
    )


def _change(channel: str, common: pd.DataFrame, both: _Macros) -> Change:
    now, then = f"{channel}_correct", f"{channel}_before"
    difference, interval = both.of({now: 1.0, then: -1.0})
    is_right, was_right = common[now].astype(bool), common[then].astype(bool)
    return Change(
        before=both.of({then: 1.0})[0],
        difference_pp=100 * difference,
        interval=interval,
        gains=int((is_right & ~was_right).sum()),
        losses=int((~is_right & was_right).sum()),
    )


def _common(kept: pd.DataFrame, before: pd.DataFrame | None) -> pd.DataFrame:
    """Rows of items and solvers that both runs have, with what the earlier one had right."""
    if before is None:
        return kept.iloc[:0]
    earlier = before[before["retained"]].drop_duplicates(["item_id", "solver"], keep="last")
    names = {f"{name}_correct": f"{name}_before" for name in CHANNELS}
    theirs = earlier[["item_id", "solver", *names]].rename(columns=names)
    return kept.merge(theirs, on=["item_id", "solver"], how="inner")


class _Macros:
    """Macro means of some values of rows, and their intervals."""

    def __init__(
        self, rows: pd.DataFrame, values: Sequence[str], resamples: int, seed: int
    ) -> None:
        self._rows, self._resamples, self._seed = rows, resamples, seed
        pairs = rows[PAIR_KEY].drop_duplicates().sort_values(PAIR_KEY, ignore_index=True)
        self._strata = strata_of(rows, pairs, values, {"all": np.ones(len(pairs))})

    def of(self, contrast: dict[str, float]) -> tuple[float, ClusteredInterval]:
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
