"""Rows as the results panel counts them: read column by column, with what the statistics need and
nothing else."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pandas as pd

from cgr_nb.analysis.frame import ROW_COLUMNS
from cgr_nb.store import Store

if TYPE_CHECKING:
    from cgr_nb.handle import Study

__all__ = ["counted_rows", "item_lines"]

COLUMNS = (*ROW_COLUMNS, "item_id", "execution_id")


def counted_rows(study: Study) -> pd.DataFrame:
    """The rows of `study.rows()`, in the same order, without the columns no count reads.

    Making 20,000 records first, as `study.rows()` does, takes three times as long.
    """
    lines = _tuples(
        study.store,
        f"SELECT {', '.join(COLUMNS)} FROM rows WHERE id IN (SELECT row_id FROM wanted)"
        " ORDER BY dataset, config, item_id, solver, generator, id",
    )
    values = dict(zip(COLUMNS, zip(*lines, strict=True), strict=False)) or dict.fromkeys(COLUMNS)
    frame = pd.DataFrame({name: _column(values[name] or ()) for name in COLUMNS})
    # A study has few different golds: each is decoded once.
    golds = {text: tuple(json.loads(text)) for text in frame["gold"].dropna().unique()}
    frame["gold"] = frame["gold"].map(golds).astype(object).where(frame["gold"].notna(), None)
    return frame


def item_lines(store: Store) -> list[tuple[str, str]]:
    """Id and question of every item."""
    return [(id, question) for id, question in _tuples(store, "SELECT id, question FROM items")]


def _tuples(store: Store, statement: str) -> list[tuple[str, ...]]:
    cursor = store.connection.cursor()
    cursor.row_factory = None
    return cursor.execute(statement).fetchall()


def _column(values: tuple[object, ...]) -> pd.Series[Any]:
    texts = any(isinstance(value, str) for value in values)
    return pd.Series(list(values), dtype=object if texts or not values else None)
