"""What a study has on record of a program: its runs, what they asked, and its behavioural audit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, cast

from cgr_nb.audit.probes import Dependence, Probe
from cgr_nb.records import Ask
from cgr_nb.store import Store
from cgr_nb.store.row_columns import runs_of_programs

__all__ = ["ProgramRun", "recorded_asks", "recorded_dependence", "runs_by_program"]


class ProgramRun(NamedTuple):
    """One recorded run of a program."""

    solver: str
    item_id: str
    execution_id: str


def runs_by_program(store: Store) -> dict[str, list[ProgramRun]]:
    """Program id -> its recorded runs, in the order of the study's rows."""
    found: dict[str, list[ProgramRun]] = {}
    for program_id, *run in runs_of_programs(store):
        found.setdefault(program_id, []).append(ProgramRun(*run))
    return found


def recorded_asks(store: Store, runs: Sequence[ProgramRun], item_id: str) -> tuple[Ask, ...]:
    """The calls of the first recorded run on an item; none when there is no run.

    Args:
        store: Of the study.
        runs: Of one program.
        item_id: The item.
    """
    ours = [run for run in runs if run.item_id == item_id]
    execution = store.execution(ours[0].execution_id) if ours else None
    return execution.calls if execution is not None else ()


def recorded_dependence(store: Store, program_id: str) -> Dependence | None:
    """The behavioural audit of a program that the study holds; None when there is none."""
    found = store.audits.of(program_id)
    if found is None:
        return None
    probes = tuple(Probe(**probe) for probe in found.probes)
    return Dependence(cast(Any, found.verdict), found.reachable, cast(Any, found.fixed), probes)
