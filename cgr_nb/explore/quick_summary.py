"""The summary of a study at a first look."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from cgr_nb.analysis import Summary, summarise
from cgr_nb.analysis.bootstrap import Interval, pair_bootstrap
from cgr_nb.analysis.clustered import NOT_YET

__all__ = ["quick_summary"]


def quick_summary(rows: pd.DataFrame, *, resamples: int = 10_000, seed: int = 0) -> Summary:
    """The summary without its item-clustered intervals, which take most of its time, without other
    arms, and without whatever `summarise` leaves out that is not `whole`; all else is as it gives
    it.

    Args:
        rows: As `Study.rows` or `counted_rows` give them, or these as `frame.annotate` does.
        resamples: Resamples of the pair bootstrap.
        seed: Its seed.
    """
    quick = summarise(rows, resamples=1, seed=seed, whole=False)
    partitions = {}
    # Partitions are often the same pairs.
    intervals: dict[bytes, Interval] = {}
    for name, part in quick.partitions.items():
        ours = quick.pairs if name == "all" else quick.pairs[quick.pairs[name]]
        changes = ours["difference_pp"].to_numpy()
        interval = intervals.get(changes.tobytes())
        if interval is None:
            interval = pair_bootstrap(changes, resamples=resamples, seed=seed)
            intervals[changes.tobytes()] = interval
        later = replace(part.clustered, low_pp=None, high_pp=None, note=NOT_YET)
        partitions[name] = replace(part, interval=interval, clustered=later)
    return replace(quick, partitions=partitions)
