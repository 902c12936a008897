"""An interpreter for one answer: cell after cell in one namespace, each on record as a run.

    async with ctx.interpreter() as python:
        run = await python.run("x = 1")     # on record as "cell/1"

It takes a place among sessions from its first cell on. While it is held nothing else is run for
the answer: whoever waits for another place could wait for itself.

What is on record is used, and nothing is run then. Else the session begins with its first cell and
goes on while the arm writes the next one; its cells are put on record together when it is over. So
a study that is stopped meanwhile begins the session anew: what was asked is on record, and gives
the same cells in the same order (ours).
"""

from __future__ import annotations

from contextlib import AsyncExitStack
from types import TracebackType

from cgr_nb.arms.begun import noting
from cgr_nb.arms.budget import OutOfBudget, Spending
from cgr_nb.arms.identity import cell_id
from cgr_nb.arms.place import Place
from cgr_nb.arms.ports import Resources
from cgr_nb.arms.programs import ProgramRuns
from cgr_nb.arms.requests import derive_seed
from cgr_nb.arms.trail import Trail
from cgr_nb.errors import ConfigError, RequestError
from cgr_nb.records import Execution, SessionCell
from cgr_nb.sandbox import CellLine, Cells, place_of, transcript
from cgr_nb.scaffolds import program_id

__all__ = ["ENDING", "Interpreter"]

ENDING = frozenset(
    ("killed", "timeout", "cpu_limit", "memory_limit", "call_limit", "output_limit")
) | {"interface_error"}
"""Statuses of a cell behind which there can be no other."""


@noting(run="interpreter.run(...)")
class Interpreter:
    """A session of one answer. Made by `ArmContext.interpreter`."""

    def __init__(
        self,
        resources: Resources,
        place: Place,
        trail: Trail,
        spending: Spending,
        key: str,
    ) -> None:
        """Prepare a session.

        Args:
            resources: What the answer may use.
            place: The item that cells run for, and whose answer or setup they are of.
            trail: Where runs and calls are noted.
            spending: What may still be asked.
            key: Names its runs on record.
        """
        self._resources, self._item, self._trail = resources, place.item, trail
        self.begun = place.begun
        self._spending, self._owner, self._key = spending, place.owner, key
        self._runs = ProgramRuns(resources, place.item, trail, spending)
        self._held = AsyncExitStack()
        self._live: Cells | None = None
        self._cells: list[str] = []
        self._new: list[SessionCell] = []
        self._ended = False

    @property
    def ended(self) -> bool:
        """Whether a cell has ended it (`ENDING`): then there can be no more."""
        return self._ended

    def place_of(self, line: int | None) -> CellLine | None:
        """The cell, and the line in it, that a line of an outcome is."""
        return place_of(self._cells, line)

    async def run(self, source: str) -> Execution:
        """Run one cell, with the solver behind `ask`.

        Args:
            source: The cell.

        Returns:
            What happened (see `CellSession.run`). A cell that asks more than the budget leaves ends
            the session.

        Raises:
            ConfigError: The session has ended.
        """
        if self._ended:
            raise ConfigError(
                "the session of the interpreter has ended",
                where=f"{self._key}/{len(self._cells) + 1}",
                fix="look at `ended` before the next cell",
            )
        self._cells.append(source)
        text = transcript(self._cells)
        program, key = program_id(text), f"{self._key}/{len(self._cells)}"
        solver = self._resources.solver.card
        id = cell_id(self._item, solver, program, self._owner, key)
        execution = None if self._live is not None else self._resources.store.execution(id)
        if execution is None:
            live = await self._session(program)
            left = self._spending.left("solver")
            execution = await live.run(source, self._runs.asker(program), calls=left)
            cell = SessionCell(id, program, text, self._item.id, solver.name, execution)
            self._new.append(cell)
        self._ended = execution.status in ENDING
        self._trail.run(key, id)
        self._runs.note_asks(f"{key}/ask", program, execution.calls)
        return execution

    async def _session(self, program: str) -> Cells:
        """The session that runs, begun where it has not."""
        if self._live is None:
            resources = self._resources
            self._live = await self._held.enter_async_context(
                resources.runner.session(
                    self._item,
                    limits=resources.settings.limits,
                    seed=derive_seed(resources.settings.seed, "cells", program),
                    trace=resources.trace,
                )
            )
        return self._live

    async def __aenter__(self) -> Interpreter:
        self._trail.check_no_session(f"ctx.interpreter(key={self._key!r})")
        self._trail.in_session = True
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._trail.in_session = False
        await self._held.aclose()
        if self._new:
            # What an arm is refused, or may not spend any more, is its own end.
            whole = error is None or isinstance(error, OutOfBudget | RequestError)
            self._resources.store.add_session(self._new, whole=whole)
