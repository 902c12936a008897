"""Rows as whoever counts them needs them: read column by column, with what the statistics need and
nothing else."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from cgr_nb.analysis.frame import ROW_COLUMNS
from cgr_nb.items import COPY_KEY, copy_of
from cgr_nb.store import Store
from cgr_nb.store.encode import load_json, load_json_lists
from cgr_nb.store.row_columns import item_columns, unsorted_columns

__all__ = ["counted_rows"]

COLUMNS = tuple(dict.fromkeys((*ROW_COLUMNS, "direct_rule", "execution_id", "multi", "options")))
COUNTS = ("direct_retries", "asks", "direct_tokens", "assisted_tokens")
OF_ITEM = ("dataset", "config", "gold", "multi", "options")


def counted_rows(
    store: Store, *, rules: bool = True, channels: Mapping[str, np.ndarray] | None = None
) -> pd.DataFrame:
    """The rows of `store.frames.rows`, in the same order, without the columns no count reads.

    Making 20,000 records first, as that does, takes three times as long.

    Args:
        store: The study.
        rules: Whether `direct_rule` is among them; only the treatments of unread answers need it.
        channels: As `store.trails.Answered.channels`, where all answers were read just now: then
            nothing but items is read, and there is no `execution_id`.
    """
    left_out = {"direct_rule"} if not rules else set()
    left_out |= {"execution_id"} if channels is not None else set()
    names = tuple(name for name in COLUMNS if name not in left_out)
    asked = [name for name in names if name not in OF_ITEM]
    # Items are read once, not once a row: a study has six rows of each. After the rows: before
    # them, one that a run adds meanwhile would be missing.
    values: Mapping[str, np.ndarray]
    if channels is None:
        read = unsorted_columns(store, asked)
        values = {name: _objects(told) for name, told in read.items()}
    else:
        values = channels
    of_items = item_columns(store, ("id", *OF_ITEM, "meta"), asked=False)
    ids, *told_of_items = zip(*of_items, strict=True) if of_items else [()] * (len(OF_ITEM) + 2)
    told = _items(ids, *told_of_items)
    places = {id: place for place, id in enumerate(ids)}
    place = np.array([places[id] for id in values["item_id"]], dtype=np.intp)
    order = _order(place, values)
    place = place[order]
    return pd.DataFrame(
        {
            name: pd.Series(told[name][place], dtype=told[name].dtype)
            if name in told
            else _column(name, values[name][order])
            for name in (*names, "base_id", "base_options")
        }
    )


def _order(place: np.ndarray, values: Mapping[str, np.ndarray]) -> np.ndarray:
    """Rows by item, solver, generator (none first) and id."""
    code = place
    for name in ("solver", "generator"):
        known = sorted(set(values[name].tolist()), key=lambda one: (one is not None, one or ""))
        ranks = {one: rank for rank, one in enumerate(known)}
        rank = np.fromiter((ranks[one] for one in values[name]), np.intp, len(place))
        code = code * len(known) + rank
    by_id = np.argsort(values["id"], kind="stable")
    return by_id[np.argsort(code[by_id], kind="stable")]


def _items(
    ids: Sequence[str],
    datasets: Sequence[str],
    configs: Sequence[str],
    golds: Sequence[str | None],
    multi: Sequence[int],
    options: Sequence[str],
    metas: Sequence[str],
) -> dict[str, np.ndarray]:
    """What is said of each item: its gold, its options as letters, and which item stands behind
    it."""
    letters = ["".join(one) for one in load_json_lists(options)]
    # A study has few different golds: each is decoded once.
    known = {text: text and tuple(json.loads(text)) for text in set(golds)}
    behind = [
        # Most items are no copies, and say much else.
        copy_of(id, own, load_json(meta) if COPY_KEY in meta else {})
        for id, own, meta in zip(ids, letters, metas, strict=True)
    ]
    return {
        "dataset": _objects(datasets),
        "config": _objects(configs),
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


def _column(name: str, values: np.ndarray) -> pd.Series[Any]:
    counted = name in COUNTS and len(values) > 0
    return pd.Series(values, dtype=np.int64 if counted else object)
