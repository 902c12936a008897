"""From what a person names (a row, its number, an execution) to the records behind it."""

from __future__ import annotations

from dataclasses import dataclass

from cgr_nb.errors import CgrError
from cgr_nb.records import Execution, Item, Row
from cgr_nb.store import Store

__all__ = ["Found", "find_row"]


@dataclass(frozen=True, slots=True)
class Found:
    """One run and what it belongs to."""

    row: Row
    execution: Execution
    item: Item
    source: str
    program_id: str
    solver: str


def find_row(store: Store, wanted: str | int) -> Found:
    """Look up a run by row id, row number (as in `Study.rows()`) or execution id.

    Raises:
        CgrError: There is no such row, or no program ran for it.
    """
    rows = store.rows()
    if isinstance(wanted, int):
        if not -len(rows) <= wanted < len(rows):
            raise CgrError(
                f"there is no row number {wanted}",
                got=f"a study of {len(rows)} rows",
                fix="use a number of `study.rows()`, or a row's id",
            )
        row = rows[wanted]
    else:
        named = [row for row in rows if wanted in (row.id, row.execution_id)]
        if not named:
            raise CgrError(
                "there is no such row or execution",
                got=repr(wanted),
                fix="ids are in columns `id` and `execution_id` of `study.rows()`",
            )
        row = named[0]
    return _behind(store, row)


def _behind(store: Store, row: Row) -> Found:
    execution = store.execution(row.execution_id) if row.execution_id else None
    program_id = row.program_id or ""
    source = store.program(program_id)
    item = store.item(row.item_id)
    if execution is None or source is None or item is None:
        raise CgrError(
            "no program ran for this row",
            where=f"row {row.id}",
            got=row.assisted_detail or row.assisted_status,
            fix="choose a row with an execution_id",
        )
    return Found(row, execution, item, source, program_id, row.solver)
