"""Rows of a study as tests write and read them: the answers behind a row, made by hand, and the rows
and answers that a store holds."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from typing import Any

from cgr_nb.answer_record import CHANNELS, Answer, ReadOut, RunEntry, Totals, TrailEntry
from cgr_nb.store import Store
from cgr_nb.store.row_view import RowView, row_views

__all__ = ["add_row", "arms_of", "expect", "ids_of", "made_answer", "raw_sql", "rows_of"]


def made_answer(arm: str, id: str = "a1", **changes) -> Answer:
    """An answer; every field that is not named is plain."""
    values: dict[str, Any] = {
        "id": id,
        "item_id": "i1",
        "solver": "s",
        "generator": None,
        "arm": arm,
        "letters": ("A",),
        "status": "answered",
        "detail": "",
        "trail": (),
        "runs": (),
        "steps": (),
        "setup": None,
        "totals": Totals(),
        "facts": {},
        "difficulty": None,
        "isolation": None,
        "error": None,
    }
    return Answer(**{**values, **changes})


def raw_sql(store: Store, statement: str, *values: object) -> list[tuple[object, ...]]:
    """What the file of a store says to a statement that no method of the store makes."""
    with closing(sqlite3.connect(store.path)) as connection, connection:
        return connection.execute(statement, values).fetchall()


def ids_of(row_id: str) -> dict[str, str]:
    """Channel -> id of its answer, of a row that `add_row` makes."""
    return {arm: f"{arm} {row_id}" for arm in CHANNELS}


def expect(store: Store, row_ids: Iterable[str]) -> None:
    """Let the study be made of these rows."""
    store.set_expected((id, ids_of(id)) for id in row_ids)


def add_row(store: Store, id: str = "r1", **row) -> None:
    """Keep the three answers behind a row.

    Args:
        store: The store.
        id: Of the row.
        row: Fields of the row, by the names of `RowView`; `read` of them by default.
    """
    values: dict[str, Any] = {
        "item_id": "i1",
        "solver": "s",
        "generator": "g",
        "direct_letter": "P",
        "direct_status": "answered",
        "direct_rule": "answer_is",
        "direct_retries": 0,
        "assisted_letter": None,
        "assisted_status": "exception",
        "assisted_detail": "line 3: ValueError",
        "generator_letter": "Q",
        "difficulty": "easy",
        "scaffold_id": "sc",
        "program_id": "p",
        "execution_id": "e",
        "direct_call_ids": (),
        "ask_call_ids": (),
        "direct_tokens": 10,
        "assisted_tokens": 20,
        "isolation": "strict",
    } | row
    asks = values.get("asks", len(values["ask_call_ids"]))
    ids = ids_of(id)
    read = ReadOut(values["direct_status"], (), values["direct_rule"])
    calls = values["direct_call_ids"] or tuple(
        f"none {number}" for number in range(values["direct_retries"] + 1)
    )
    found = {name: values[name] for name in ("scaffold_id", "program_id")}
    store.add_answer(
        made_answer(
            "direct",
            ids["direct"],
            item_id=values["item_id"],
            solver=values["solver"],
            letters=tuple(values["direct_letter"] or ""),
            status=values["direct_status"],
            trail=tuple(TrailEntry("direct", "solver", call, read) for call in calls),
            totals=Totals(len(calls), values["direct_tokens"]),
        )
    )
    store.add_answer(
        made_answer(
            "cgr",
            ids["cgr"],
            item_id=values["item_id"],
            solver=values["solver"],
            generator=values["generator"],
            letters=tuple(values["assisted_letter"] or ""),
            status=values["assisted_status"],
            detail=values["assisted_detail"],
            trail=tuple(TrailEntry("ask", "solver", call) for call in values["ask_call_ids"]),
            runs=(RunEntry("program", values["execution_id"]),) if values["execution_id"] else (),
            totals=Totals(asks, values["assisted_tokens"]),
            facts=found,
            difficulty=values["difficulty"],
            isolation=values["isolation"],
        )
    )
    store.add_answer(
        made_answer(
            "generator_only",
            ids["generator_only"],
            item_id=values["item_id"],
            solver=None,
            generator=values["generator"],
            letters=tuple(values["generator_letter"] or ""),
            status="answered" if values["generator_letter"] else "none",
            facts=found,
        )
    )


def rows_of(store: Store) -> list[RowView]:
    """The rows of a study."""
    return list(row_views(store))


def arms_of(store: Store) -> list[Answer]:
    """The answers of a study beside the three channels, by id."""
    return [answer for answer in store.answers() if answer.arm not in CHANNELS]
