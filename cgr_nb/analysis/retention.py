"""Which rows are in the numbers, and why the others are not: counts that add up.

Every row given is either retained or has exactly one reason (`frame.REASONS`), so along each line
`rows` is `retained` plus all reasons, and each total is the sum of its lines.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from cgr_nb.analysis.frame import REASONS

__all__ = ["ALL", "retention_table"]

ALL = "(all)"
"""Stands in the last line for every value of a column."""


def retention_table(
    frame: pd.DataFrame, *, by: Sequence[str] = ("dataset", "config", "solver")
) -> pd.DataFrame:
    """Rows by retention, for each dataset configuration and solver, and in all.

    Args:
        frame: Rows as `frame.annotate` returns them.
        by: Columns to count by.

    Returns:
        Sorted by `by`, the line of all rows last: columns `by`, `rows`, `retained`, and one for
        each key of `REASONS`.
    """
    kinds = ["retained", *REASONS]
    kind = frame["reason"].where(frame["reason"] != "", "retained")
    counts = pd.DataFrame({name: (kind == name).astype(int) for name in kinds})
    counts.insert(0, "rows", 1)
    lines = counts.groupby([frame[name] for name in by], sort=True, observed=True).sum()
    table = lines.reset_index()
    total = counts.sum().to_frame().T.assign(**dict.fromkeys(by, ALL))
    return pd.concat([table, total[table.columns]], ignore_index=True)
