"""From what a person names (a row, its number, an execution) to the records behind it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from operator import index
from typing import SupportsIndex, cast

from cgr_nb.answer_record import TrailEntry, split_repeat
from cgr_nb.arms.solver_stand_in import mode_of
from cgr_nb.errors import CgrError
from cgr_nb.records import Execution, Item
from cgr_nb.sandbox import RunMode
from cgr_nb.store import Store
from cgr_nb.store.row_columns import row_of_name, row_of_number, run_of_answer
from cgr_nb.store.row_view import RowView, row_views

__all__ = ["RowWithoutRun", "RunRecords", "find_row", "find_run"]


@dataclass(frozen=True, slots=True)
class RunRecords:
    """One run and what it belongs to."""

    row: RowView
    execution: Execution
    item: Item
    source: str
    program_id: str
    solver: str
    call_ids: tuple[str, ...]
    """The solver's calls behind the answered asks, in order."""
    repeat: int = 1
    """Which of the arm's seeds it was made with."""
    mode: RunMode = "solve"
    """How the program was run."""
    arm: str = ""
    """The arm that made the run; empty where it is the row's own."""
    key: str = ""
    """Which of that arm's runs it is."""


@dataclass(frozen=True, slots=True)
class RowWithoutRun:
    """A row for which no program ran."""

    row: RowView
    item: Item
    why: str
    """In words: no program in the reply, a call that was refused, a study without a generator."""


def find_run(store: Store, row: object) -> RunRecords:
    """As `find_row`, where a program ran.

    Raises:
        CgrError: There is no such row, or no program ran for it.
    """
    found = find_row(store, row)
    if isinstance(found, RunRecords):
        return found
    raise CgrError(
        "no program ran for this row",
        where=f"row {found.row.id}",
        got=found.why,
        fix="choose a row with an execution_id",
    )


def find_row(store: Store, row: object) -> RunRecords | RowWithoutRun:
    """Look up a row and its run by row id, row number (as in `Study.rows()`), execution id, or a
    line of `Study.rows()` itself.

    Raises:
        CgrError: There is no such row.
    """
    wanted = _named(row)
    if isinstance(wanted, int):
        id = row_of_number(store, wanted)
        if id is None:
            raise CgrError(
                f"there is no row number {wanted}",
                got=f"a study of {store.counts().done} rows",
                fix="use a number of `study.rows()`, or a row's id",
            )
    else:
        id = row_of_name(store, wanted)
        elsewhere = None if id else run_of_answer(store, wanted)
        if elsewhere is not None:
            return _of_arm(store, wanted, *elsewhere)
        if id is None:
            raise CgrError(
                "there is no such row or execution",
                got=repr(wanted),
                fix="ids are in columns `id` and `execution_id` of `study.rows()`",
            )
    [row] = row_views(store, id)
    return _behind(store, row)


def _named(row: object) -> str | int:
    """What a row is named by; a line of a frame, or a mapping, by its id.

    Raises:
        CgrError: It is nothing of the kind.
    """
    named = row.get("id") if hasattr(row, "get") else row
    if isinstance(named, str):
        return named
    with suppress(TypeError):
        return index(cast(SupportsIndex, named))  # also numpy's whole numbers
    raise CgrError(
        "a row must be given by its number, its id, or a line of `study.rows()`",
        got=type(row).__name__,
        fix="pass, for example, `study.rows().iloc[0]` or its `id`",
    )


def _behind(store: Store, row: RowView) -> RunRecords | RowWithoutRun:
    execution = store.execution(row.execution_id) if row.execution_id else None
    program_id = row.program_id or ""
    source = store.program(program_id)
    item = store.item(row.item_id)
    assert item is not None  # rows are joined with their items
    if execution is None or source is None:
        why = row.assisted_detail or row.error or row.assisted_status
        return RowWithoutRun(row, item, why or "the study has no generator")
    return RunRecords(row, execution, item, source, program_id, row.solver, row.ask_call_ids)


def _of_arm(
    store: Store, execution_id: str, row_id: str, answer_id: str, program_id: str
) -> RunRecords:
    """A run that another arm made for a row: of its item, or of a twin of it."""
    [row] = row_views(store, row_id)
    run, source = store.programs.run(execution_id), store.program(program_id)
    item, answer = store.item_of_execution(execution_id), store.answer(answer_id)
    # All four are on record before the answer that names them.
    assert run is not None
    assert source is not None
    assert item is not None
    assert answer is not None
    key = next(one.key for one in answer.runs if one.execution == execution_id)
    mode = mode_of(run.solver)
    before = "ask/" if key == "program" else f"{key}/ask/"
    asked = [
        entry.call
        for entry in (answer.trail if mode == "solve" else _latest(answer.trail))
        if entry.role == "solver"
        and (entry.read is None or mode != "solve")
        # Of several runs each has its own; the arm itself may have asked behind a lone one.
        and (len(answer.runs) == 1 or entry.key.startswith(before))
    ]
    return RunRecords(
        row,
        run.execution,
        item,
        source,
        program_id,
        row.solver,
        tuple(asked),
        split_repeat(answer.arm)[1],
        mode,
        split_repeat(answer.arm)[0],
        key,
    )


def _latest(trail: Sequence[TrailEntry]) -> list[TrailEntry]:
    """The last call behind each question of a walked program, which may be asked again: the one
    whose reply the program was given."""
    latest = {entry.key.partition("/again/")[0]: entry for entry in trail}
    return list(latest.values())
