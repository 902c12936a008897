"""Rows read column by column, for panels that count twenty thousand of them: names and values are
those of `RowView`, and no record is made of a line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from cgr_nb.store.database import Store
from cgr_nb.store.quick_lines import quick_columns, quick_lines
from cgr_nb.store.row_view import ROW_ORDER

__all__ = [
    "COLUMNS",
    "LETTERS",
    "has_items",
    "has_rows",
    "item_columns",
    "recorded_letters",
    "row_columns",
    "row_of_name",
    "row_of_number",
    "rows_of_answers",
    "run_of_answer",
    "runs_of_program",
    "runs_of_programs",
    "unsorted_columns",
]

LETTERS = "nullif(replace(replace(replace(replace({}, '[', ''), ']', ''), '\"', ''), ',', ''), '')"
"""Letters as they stand together, of their JSON array."""

COLUMNS = {
    "id": "r.row_id",
    "item_id": "d.item_id",
    "dataset": "i.dataset",
    "config": "i.config",
    "solver": "d.solver",
    "generator": "c.generator",
    "gold": "i.gold",
    "direct_letter": LETTERS.format("d.letters"),
    "direct_status": "iif(d.status IN ('overflow', 'refused'), 'error', d.status)",
    "direct_rule": "(SELECT json_extract(e.value, '$[3][2]') FROM json_each(d.trail) e"
    " WHERE json_type(e.value, '$[3]') = 'array' ORDER BY e.key DESC LIMIT 1)",
    "direct_retries": "max(json_array_length(d.trail) - 1, 0)",
    "assisted_letter": LETTERS.format("c.letters"),
    "assisted_status": "iif(c.status IN ('overflow', 'refused'), 'error', c.status)",
    "asks": "coalesce(c.solver_calls, 0)",
    "difficulty": "c.difficulty",
    "generator_letter": LETTERS.format("g.letters"),
    "scaffold_id": "json_extract(c.facts, '$.scaffold_id')",
    "program_id": "json_extract(c.facts, '$.program_id')",
    "execution_id": "json_extract(c.runs, '$[#-1][1]')",
    "direct_tokens": "d.solver_prompt_tokens + d.solver_reply_tokens",
    "assisted_tokens": "coalesce(c.solver_prompt_tokens + c.solver_reply_tokens, 0)",
    "multi": "i.multi",
    "options": "i.options",
    "item_meta": "i.meta",
}
"""Column of a row -> how it is read; `gold`, `options` and `item_meta` are JSON text."""

_ORDER = " ORDER BY i.dataset, i.config, i.id, d.solver, c.generator, r.row_id"
_CHANNELS = (
    # Answers are found in the order of their ids and read by their number: looked up by id from
    # row to row, each costs a way through an index of all answers.
    "WITH found AS MATERIALIZED ("
    "SELECT e.row_id, e.arm, a.rowid AS number FROM expected e LEFT JOIN answers a"
    " ON a.id = e.answer_id WHERE e.arm IN ('direct', 'cgr', 'generator_only')),"
    # As view `done_rows`: every channel that a row has is on record.
    " done AS MATERIALIZED (SELECT row_id, max(iif(arm = 'direct', number, NULL)) AS direct,"
    " max(iif(arm = 'cgr', number, NULL)) AS cgr,"
    " max(iif(arm = 'generator_only', number, NULL)) AS generator_only"
    " FROM found GROUP BY row_id HAVING count(number) = count(*))"
)
_FROM = (
    " FROM done r CROSS JOIN answers d ON d.rowid = r.direct"
    " CROSS JOIN items i ON i.id = d.item_id LEFT JOIN answers c ON c.rowid = r.cgr"
    " LEFT JOIN answers g ON g.rowid = r.generator_only"
)


def row_columns(store: Store, names: Sequence[str]) -> list[tuple[object, ...]]:
    """Some columns of the rows that are done, in the order of `row_view.row_views`.

    Args:
        store: The store.
        names: Keys of `COLUMNS`.
    """
    return rows_of_answers(store, [COLUMNS[name] for name in names])


def unsorted_columns(store: Store, names: Sequence[str]) -> dict[str, list[Any]]:
    """The same column by column, in whatever order: whoever knows the order of the items sorts
    20,000 rows in a fifth of the time."""
    columns = ", ".join(COLUMNS[name] for name in names)
    statement = f"{_CHANNELS} SELECT {columns}{_FROM}"
    found = quick_columns(store._connection, statement, len(names))
    return dict(zip(names, found, strict=True))


def rows_of_answers(store: Store, columns: Sequence[str]) -> list[Any]:
    """What is told of each row that is done, in that order.

    Args:
        store: The store.
        columns: In SQL: `r` is the row, `i` its item, `d`, `c` and `g` the answers of its channels.
    """
    return _tuples(store, f"{_CHANNELS} SELECT {', '.join(columns)}{_FROM}{_ORDER}")


def has_items(store: Store) -> bool:
    """Whether the study asks any item."""
    return bool(_tuples(store, "SELECT 1 FROM items WHERE use = 'asked' LIMIT 1"))


def has_rows(store: Store) -> bool:
    """Whether any row is done."""
    return bool(_tuples(store, "SELECT 1 FROM done_rows LIMIT 1"))


_NEAR = 40
"""Items whose rows are looked at one by one."""
_COUNTED = (
    "SELECT d.item_id, count(*) FROM answers d"
    " CROSS JOIN expected e ON e.answer_id = d.id AND e.arm = 'direct' WHERE d.arm = 'direct'"
)
_ABSENT = (
    # As view `done_rows`: what of a row is not on record. NOT EXISTS takes longer, and NOT IN says
    # nothing beside an id that is NULL.
    "SELECT o.row_id FROM expected o WHERE o.arm IN ('cgr', 'generator_only')"
    " AND (o.answer_id IN (SELECT id FROM answers)) IS NOT TRUE"
)
_ROWS_OF_SOME = (
    f"{_COUNTED} AND d.item_id IN (SELECT value FROM json_each(?))"
    f" AND NOT EXISTS ({_ABSENT} AND o.row_id = e.row_id) GROUP BY d.item_id"
)
_ROWS_OF_ITEMS = f"{_COUNTED} AND e.row_id NOT IN ({_ABSENT}) GROUP BY d.item_id"
_OF_ITEM = (
    "SELECT r.row_id FROM done_rows r"
    " WHERE r.direct_id IN (SELECT id FROM answers WHERE item_id = ? AND arm = 'direct')"
    f"{ROW_ORDER}"
)


def row_of_number(store: Store, number: int) -> str | None:
    """Id of the row in a place of that order, from the end where it is negative; None where there
    is none."""
    # Rows are counted item by item, from the end that is named: to sort all takes far longer.
    last, wanted = number < 0, -1 - number if number < 0 else number
    items = [id for (id,) in item_columns(store, ("id",), asked=False)]
    if last:
        items.reverse()
    for item, count in _rows_of_items(store, items):
        if wanted < count:
            rows = _tuples(store, _OF_ITEM, (item,))
            rows = rows[::-1] if last else rows
            # A redo may have taken some of them out since they were counted.
            return str(rows[wanted][0]) if wanted < len(rows) else None
        wanted -= count
    return None


def _rows_of_items(store: Store, items: Sequence[str]) -> Iterator[tuple[str, int]]:
    """How many rows of each item are done, in the order of the items given."""
    # To look for all that is absent takes as long as to look at some thousand rows: few need it.
    near, far = items[:_NEAR], items[_NEAR:]
    counts = dict(_tuples(store, _ROWS_OF_SOME, (json.dumps(near),)))
    yield from ((item, counts.get(item, 0)) for item in near)
    counts = dict(_tuples(store, _ROWS_OF_ITEMS))
    yield from ((item, counts.get(item, 0)) for item in far)


def row_of_name(store: Store, name: str) -> str | None:
    """Id of the row that has this id, or whose assisted answer rests on the run of this id, the
    first of several; None where there is none."""
    of_run = (
        "SELECT r.row_id FROM executions x JOIN answers c ON c.item_id = x.item_id"
        " JOIN done_rows r ON r.cgr_id = c.id WHERE x.id = ? AND c.arm = 'cgr'"
        f" AND {COLUMNS['execution_id']} = x.id{ROW_ORDER} LIMIT 1"
    )
    found = _tuples(store, "SELECT row_id FROM done_rows WHERE row_id = ?", (name,))
    found = found or _tuples(store, of_run, (name,))
    return found[0][0] if found else None


def item_columns(
    store: Store, names: Sequence[str], *, asked: bool = True
) -> list[tuple[Any, ...]]:
    """Some columns of items, by dataset, configuration and id.

    Args:
        store: The store.
        names: Columns of table `items`, as they stand there: `options` is JSON text.
        asked: Only the items that the study asks; else every one on record.
    """
    only = "WHERE use = 'asked' " if asked else ""
    order = "ORDER BY dataset, config, id"
    return _tuples(store, f"SELECT {', '.join(names)} FROM items {only}{order}")


def runs_of_programs(store: Store) -> Iterator[tuple[str, str, str, str]]:
    """(program id, solver, item id, execution id) of every assisted answer with a run, in the order
    of the rows."""
    names = ("program_id", "solver", "item_id", "execution_id")
    for line in row_columns(store, names):
        program, solver, item, execution = line
        if execution is not None:
            yield str(program), str(solver), str(item), str(execution)


def runs_of_program(store: Store, program_id: str) -> list[tuple[str, str, str]]:
    """(solver, item id, execution id) of one program, as `runs_of_programs`; no other program is
    read."""
    # Joined in this order: other tables are looked into for the few answers with the program, which
    # are looked for among those to its items (index `answers_assisted`).
    return _tuples(
        store,
        f"SELECT d.solver, d.item_id, {COLUMNS['execution_id']} FROM answers c"
        " CROSS JOIN expected rc ON rc.answer_id = c.id AND rc.arm = 'cgr'"
        " CROSS JOIN expected r ON r.row_id = rc.row_id AND r.arm = 'direct'"
        " CROSS JOIN answers d ON d.id = r.answer_id CROSS JOIN items i ON i.id = d.item_id"
        " LEFT JOIN expected rg ON rg.row_id = r.row_id AND rg.arm = 'generator_only'"
        " LEFT JOIN answers g ON g.id = rg.answer_id"
        " WHERE c.arm = 'cgr'"
        " AND c.item_id IN (SELECT item_id FROM scaffolds WHERE program_id = ?)"
        f" AND {COLUMNS['program_id']} = ?"
        f" AND {COLUMNS['execution_id']} IS NOT NULL"
        f" AND (rg.answer_id IS NULL OR g.id IS NOT NULL){_ORDER}",
        (program_id, program_id),
    )


def recorded_letters(store: Store, row_ids: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    """(row id, arm, letters or status) of the arms beside the three channels, as far as they are on
    record."""
    for start in range(0, len(row_ids), 500):
        some = row_ids[start : start + 500]
        marks = ", ".join("?" * len(some))
        yield from store._connection.execute(
            f"SELECT e.row_id, e.arm, coalesce({LETTERS.format('a.letters')}, a.status)"
            f" FROM expected e JOIN answers a ON a.id = e.answer_id WHERE e.row_id IN ({marks})"
            " AND e.arm NOT IN ('direct', 'cgr', 'generator_only') ORDER BY e.arm",
            list(some),
        )


def run_of_answer(store: Store, execution_id: str) -> tuple[str, str, str] | None:
    """(row id, answer id, program id) of a run behind an answer of any arm; the first row that has
    it. None where no answer of the study has."""
    found = store._connection.execute(
        "SELECT e.row_id, a.id, x.program_id FROM answers a JOIN expected e ON e.answer_id = a.id,"
        " json_each(a.runs) AS run JOIN executions x ON x.id = ?"
        " WHERE json_extract(run.value, '$[1]') = x.id ORDER BY e.row_id LIMIT 1",
        (execution_id,),
    ).fetchone()
    return None if found is None else (found[0], found[1], found[2])


def _tuples(store: Store, statement: str, parameters: Sequence[object] = ()) -> list[Any]:
    return quick_lines(store._connection, statement, parameters)
