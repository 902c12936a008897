"""Packages of schema 6, in which each call has its prompt in itself: they are read into the tables
of today.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import Any

from cgr_nb.bundle.calls import CALL_TABLES, CallTables
from cgr_nb.bundle.coding import read_records
from cgr_nb.bundle.tables import TABLES
from cgr_nb.records import ModelCall

__all__ = ["SCHEMA_6", "TABLES_6", "call_tables"]

SCHEMA_6 = "6"
TABLES_6 = tuple(
    table for table in TABLES if table.name == "calls" or table.name not in CALL_TABLES
)
"""Tables that such a package has."""


def call_tables(
    lines: Iterable[bytes], on_bad: Callable[[int, str], None]
) -> dict[str, Collection[Any]]:
    """The tables that its calls become.

    Args:
        lines: Of its `calls.jsonl`: see `coding.read_records`.
        on_bad: As there.
    """
    tables = CallTables()
    for call in read_records(ModelCall, lines, on_bad):
        tables.add(call)
    return tables.tables()
