"""What a study has on record of a program: its runs, what they asked, and its behavioural audit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, cast

from cgr_nb.audit.probes import Dependence, Probe
from cgr_nb.records import Ask
from cgr_nb.store import Store
from cgr_nb.store.row_columns import runs_of_program, runs_of_programs
from cgr_nb.store.thread_local import ThreadLocalStore

__all__ = ["ProgramRun", "RecordedRuns", "recorded_asks", "recorded_dependence"]


class ProgramRun(NamedTuple):
    """One recorded run of a program."""

    solver: str
    item_id: str
    execution_id: str


class RecordedRuns:
    """The recorded runs of each program, in the order of the study's rows.

    Those of the first program asked for are read alone, which takes a third of the time: it is the
    one that somebody waits for.

    Args:
        stores: The study.
    """

    def __init__(self, stores: ThreadLocalStore) -> None:
        self._stores = stores
        self._first: dict[str, list[ProgramRun]] = {}
        self._all: dict[str, list[ProgramRun]] | None = None

    def of(self, program_id: str) -> list[ProgramRun]:
        """Those of a program."""
        if self._all is None and not self._first:
            found = runs_of_program(self._stores.here, program_id)
            self._first = {program_id: [ProgramRun(*run) for run in found]}
        if program_id in self._first:
            return self._first[program_id]
        return self.read().get(program_id, [])

    def read(self) -> dict[str, list[ProgramRun]]:
        """Those of all programs that have any, by program; read once."""
        if self._all is None:
            found: dict[str, list[ProgramRun]] = {}
            for program_id, *run in runs_of_programs(self._stores.here):
                found.setdefault(program_id, []).append(ProgramRun(*run))
            self._all = found
        return self._all


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
