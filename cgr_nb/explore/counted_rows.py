"""Rows as whoever counts them needs them: read column by column, with what the statistics need and
nothing else."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from cgr_nb.analysis.frame import ROW_COLUMNS
from cgr_nb.store import Store
from cgr_nb.store.row_columns import row_columns

__all__ = ["counted_rows"]

COLUMNS = tuple(dict.fromkeys((*ROW_COLUMNS, "execution_id", "multi")))


def counted_rows(store: Store) -> pd.DataFrame:
    """The rows of `store.frames.rows`, in the same order, without the columns no count reads.

    Making 20,000 records first, as that does, takes three times as long.
    """
    lines = row_columns(store, COLUMNS)
    values = dict(zip(COLUMNS, zip(*lines, strict=True), strict=False)) or dict.fromkeys(COLUMNS)
    frame = pd.DataFrame({name: _column(values[name] or ()) for name in COLUMNS})
    frame["multi"] = frame["multi"].astype(bool)
    # A study has few different golds: each is decoded once.
    golds = {text: tuple(json.loads(text)) for text in frame["gold"].dropna().unique()}
    frame["gold"] = frame["gold"].map(golds).astype(object).where(frame["gold"].notna(), None)
    return frame


def _column(values: tuple[object, ...]) -> pd.Series[Any]:
    texts = any(isinstance(value, str) for value in values)
    return pd.Series(list(values), dtype=object if texts or not values else None)
