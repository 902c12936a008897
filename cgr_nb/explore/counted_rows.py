"""Rows as whoever counts them needs them: read column by column, with what the statistics need and
nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from cgr_nb.analysis.frame import ROW_COLUMNS
from cgr_nb.items import copy_of
from cgr_nb.store import Store
from cgr_nb.store.encode import load_json
from cgr_nb.store.row_columns import row_columns

__all__ = ["counted_rows"]

COLUMNS = tuple(
    dict.fromkeys((*ROW_COLUMNS, "direct_rule", "execution_id", "multi", "options", "item_meta"))
)
COUNTS = ("direct_retries", "asks", "direct_tokens", "assisted_tokens")
OF_ITEM = ("gold", "multi", "options", "item_meta")


def counted_rows(store: Store, *, rules: bool = True) -> pd.DataFrame:
    """The rows of `store.frames.rows`, in the same order, without the columns no count reads.

    Making 20,000 records first, as that does, takes three times as long.

    Args:
        store: The study.
        rules: Whether `direct_rule` is among them; only the treatments of unread answers need it.
    """
    names = tuple(name for name in COLUMNS if rules or name != "direct_rule")
    lines = row_columns(store, names)
    values: Mapping[str, Sequence[Any]] = dict(
        zip(names, zip(*lines, strict=True), strict=False)
    ) or dict.fromkeys(names, ())
    # Read once an item: a study has six rows of each.
    place, items = pd.factorize(np.array(values["item_id"], dtype=object))
    first = np.empty(len(items), dtype=np.intp)
    first[place[::-1]] = np.arange(len(place))[::-1]
    told = _items(
        items.tolist(), *([values[name][at] for at in first.tolist()] for name in OF_ITEM)
    )
    columns = dict.fromkeys((*names, "base_id", "base_options"))
    del columns["item_meta"]
    return pd.DataFrame(
        {
            name: pd.Series(told[name][place], dtype=told[name].dtype)
            if name in told
            else _column(name, values[name])
            for name in columns
        }
    )


def _items(
    ids: Sequence[str],
    golds: Sequence[str | None],
    multi: Sequence[int],
    options: Sequence[str],
    metas: Sequence[str],
) -> dict[str, np.ndarray]:
    """What is said of each item: its gold, its options as letters, and which item stands behind
    it."""
    letters = ["".join(load_json(text)) for text in options]
    # A study has few different golds: each is decoded once.
    known = {text: text and tuple(json.loads(text)) for text in set(golds)}
    behind = [
        copy_of(id, own, load_json(meta)) for id, own, meta in zip(ids, letters, metas, strict=True)
    ]
    return {
        "multi": np.array(multi, dtype=bool),
        "gold": _objects([known[text] for text in golds]),
        "options": _objects(letters),
        "base_id": _objects([of for of, _ in behind]),
        "base_options": _objects([own for _, own in behind]),
    }


def _objects(values: Sequence[object]) -> np.ndarray:
    # Made empty and filled: numpy would take tuples of one length for rows of a matrix.
    found = np.empty(len(values), dtype=object)
    found[:] = values
    return found


def _column(name: str, values: Sequence[object]) -> pd.Series[Any]:
    counted = name in COUNTS and len(values) > 0
    return pd.Series(list(values), dtype=None if counted else object)
