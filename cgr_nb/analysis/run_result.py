"""What a run came to, by channel, and what changed since another run of the same items.

Accuracy is macro (the mean over pairs of the share of right answers), over the retained rows. A
change is taken over the items and solvers that both runs answered, paired. Intervals resample items
within each dataset configuration, with all their solvers (`clustered`).
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from cgr_nb.analysis.clustered import ClusteredInterval
from cgr_nb.analysis.macro_means import MacroMeans

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
        alone = MacroMeans(kept, [f"{name}_correct" for name in CHANNELS], resamples, seed)
        both = None
        if len(common):
            names = [name for one in CHANNELS for name in (f"{one}_correct", f"{one}_before")]
            both = MacroMeans(common, names, resamples, seed)
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


def _change(channel: str, common: pd.DataFrame, both: MacroMeans) -> Change:
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
