"""A package in the place of models and store, so that the arms' own code can be run over it.

Arms are called as a study calls them: what they would ask is looked up by content, and what is not
on record ends the attempt with `Missing`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Any, NoReturn

from cgr_nb.arms import CallStore, Resources, Unit
from cgr_nb.bundle.contents import Contents
from cgr_nb.bundle.plain_values import hints_of, unpacker
from cgr_nb.bundle.record_file import plain_by_key, value_by_key
from cgr_nb.bundle.rows import ExecutionLine
from cgr_nb.errors import CgrError
from cgr_nb.models import call_id
from cgr_nb.records import (
    Ask,
    Execution,
    Item,
    Message,
    ModelCall,
    ModelCard,
    Reply,
    Sampling,
    Scaffold,
    SessionCell,
)
from cgr_nb.sandbox import Asker, CellRunner, Cells, Limits, RunMode
from cgr_nb.study.caller import Caller

__all__ = ["Missing", "NoRunner", "RecordedStore", "ReplayStore", "resources_of"]


_LINE: Any = ExecutionLine
_RUN: Any = Execution
_PLACES = {name: place for place, name in enumerate(hints_of(_LINE)) if name in hints_of(_RUN)}
"""What a run is -> its place among the values of its line."""
_ASK_OF: Callable[[Any], Ask] = unpacker(Ask)


class Missing(CgrError):
    """A record that an answer needs is not in the package; `where` names it."""


class RecordedStore:
    """The calls and runs of a package: a `CallStore` with no file behind it.

    Scaffolds are not looked up: they are made again from the generator's replies, and kept here.
    """

    def __init__(self, contents: Contents, scaffolds: dict[str, Scaffold] | None = None) -> None:
        self._contents = contents
        self._run_values = plain_by_key(contents.records.executions)
        self._item_of = value_by_key(contents.records.executions, "item_id")
        self.call: Callable[[str], ModelCall | None] = contents.calls.get
        """See `CallStore.call`."""
        self.scaffolds: dict[str, Scaffold] = {} if scaffolds is None else scaffolds
        """Those that were made again, by id."""

    def add_call(self, call: ModelCall) -> NoReturn:
        """Nothing is asked here, so there is nothing to keep."""
        raise AssertionError(f"call {call.id} was made in a check")

    def scaffold(self, id: str) -> Scaffold | None:
        """See `CallStore.scaffold`."""
        return self.scaffolds.get(id)

    def add_scaffold(self, scaffold: Scaffold) -> None:
        """See `CallStore.add_scaffold`. Its source is the text that the package has, where it is
        the same: a study has some megabytes of them."""
        source = self._contents.programs.get(scaffold.program_id or "")
        if source is not None and source == scaffold.source:
            scaffold = replace(scaffold, source=source)
        self.scaffolds[scaffold.id] = scaffold

    def add_item(self, item: Item) -> None:
        """See `CallStore.add_item`. A twin is known by its id, which the runs that are here name:
        it need not be kept to be checked (see `bundle.identity`)."""

    def execution(self, id: str) -> Execution | None:
        """See `CallStore.execution`.

        Raises:
            Missing: The package does not have it. Nothing is run in its place.
        """
        values = self._run_values(id)
        if values is None:
            raise Missing("the run of the program is missing", where=f"executions.jsonl {id}")
        return _execution(values)

    def item_of(self, run: str) -> str | None:
        """Id of the item that a run is of; None where it is not there."""
        found: str | None = self._item_of(run)
        return found

    def add_execution(
        self, id: str, program_id: str, item_id: str, solver: str, execution: Execution
    ) -> NoReturn:
        """Nothing is run here, so there is nothing to keep.

        Args:
            id: Of the run.
            program_id: The program.
            item_id: The item that it ran for.
            solver: What was behind `ask`: a model's name, or that of something else.
            execution: What came of it.
        """
        raise AssertionError(f"program {program_id} was run in a check")

    def add_session(self, cells: Sequence[SessionCell], *, whole: bool) -> NoReturn:
        """Nothing is run here, so there is nothing to keep."""
        raise AssertionError(f"{len(cells)} cells were run in a check")


class ReplayStore:
    """The calls of a package and none of its runs: programs run again, and their runs stay here."""

    def __init__(self, recorded: RecordedStore) -> None:
        self._recorded = recorded
        self.call, self.add_call = recorded.call, recorded.add_call
        self.scaffold, self.add_scaffold = recorded.scaffold, recorded.add_scaffold
        self.add_item = recorded.add_item
        self.runs: dict[str, tuple[tuple[str, str, str], Execution]] = {}
        """Id of a run -> its program, item and solver, and what it came to."""

    def execution(self, id: str) -> Execution | None:
        """See `CallStore.execution`."""
        return self.runs[id][1] if id in self.runs else None

    def add_execution(
        self, id: str, program_id: str, item_id: str, solver: str, execution: Execution
    ) -> None:
        """See `CallStore.add_execution`."""
        self.runs[id] = ((program_id, item_id, solver), execution)

    def add_session(self, cells: Sequence[SessionCell], *, whole: bool) -> None:
        """See `CallStore.add_session`. A session that came to another end is kept, to be
        compared."""
        for cell in cells:
            self.runs[cell.id] = ((cell.program_id, cell.item_id, cell.solver), cell.execution)


class _Silent:
    """A model that says nothing beyond the record."""

    def __init__(self, card: ModelCard) -> None:
        self.card = card

    async def reply(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        on_text: Callable[[str], None] | None = None,
    ) -> Reply:
        """See `Model.reply`. Only asked for what the store does not have.

        Raises:
            Missing: Always.
        """
        raise Missing(
            f"the call to {self.card.name} is missing",
            where=f"calls.jsonl {call_id(self.card, messages, sampling)}",
            got=repr(messages[-1].content[:80]),
        )

    def count_tokens(self, messages: Sequence[Message]) -> NoReturn:
        """See `Model.count_tokens`: nothing is loaded that could count."""
        raise Missing("token counts are on record for calls only", where=self.card.name)

    async def close(self) -> None:
        """See `Model.close`."""


class NoRunner:
    """Runs nothing: a `CellRunner` for a check of what is on record. A run that is not is
    `Missing` before anybody asks for it."""

    async def run(
        self,
        source: str,
        item: Item | Mapping[str, Any],
        ask: Asker,
        *,
        limits: Limits | None = None,
        seed: int = 0,
        trace: bool = True,
        mode: RunMode = "solve",
    ) -> NoReturn:
        """See `ProgramRunner.run`."""
        raise AssertionError("a program was to be run in a check of the record")

    def session(
        self,
        item: Item | Mapping[str, Any],
        *,
        limits: Limits | None = None,
        seed: int = 0,
        trace: bool = True,
    ) -> AbstractAsyncContextManager[Cells]:
        """See `CellRunner.session`."""
        raise AssertionError("cells were to be run in a check of the record")


def resources_of(
    contents: Contents, unit: Unit, store: RecordedStore | ReplayStore, runner: CellRunner
) -> Resources:
    """What a unit is answered with, when a package answers.

    Args:
        contents: The package.
        unit: What is answered.
        store: The record.
        runner: Runs programs, or says what they did.
    """
    kept: CallStore = store
    return Resources(
        settings=contents.inputs.config,
        store=kept,
        calls=Caller(store),
        runner=runner,
        solver=_Silent(unit.solver),
        generator=_Silent(unit.generator) if unit.generator else None,
        trace=contents.config.run.trace,
        waits=not isinstance(runner, NoRunner),
    )


def _execution(values: Sequence[Any]) -> Execution:
    """A run of the plain values of its line."""
    made: dict[str, Any] = {name: values[place] for name, place in _PLACES.items()}
    made["calls"] = tuple([_ASK_OF(ask) for ask in made["calls"]])
    return Execution(**made)
