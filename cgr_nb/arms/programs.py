"""Runs of programs for one answer: once each, with every question that they put on record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cgr_nb.answer_record import ReadOut
from cgr_nb.arms.budget import OutOfBudget, Spending
from cgr_nb.arms.identity import execution_id
from cgr_nb.arms.ports import Resources
from cgr_nb.arms.requests import ask_request, derive_seed
from cgr_nb.arms.solver_stand_in import SolverStandIn, recorded_behind
from cgr_nb.arms.trail import Trail
from cgr_nb.errors import ConfigError, RequestError
from cgr_nb.items import is_twin_of
from cgr_nb.models.identity import refused_id
from cgr_nb.records import Ask, Execution, Item, ModelCard, Scaffold
from cgr_nb.sandbox import Asker, AskReply, AskRequest, Limits, RunMode
from cgr_nb.scaffolds import program_id

__all__ = ["ProgramRuns", "refused_read", "runnable"]


def refused_read(error: str | None) -> ReadOut:
    """What the record says of a call without a reply."""
    overflow = (error or "").startswith("context_overflow")
    return ReadOut("overflow" if overflow else "refused")


def runnable(program: Scaffold | str, twin: Item | None, item: Item, *, where: str) -> str:
    """The source that can be run.

    Args:
        program: A scaffold, or a source.
        twin: What it is to run for in the item's place.
        item: What is answered.
        where: For the error.

    Raises:
        ConfigError: There is no program, or it is to run for another item.
    """
    if twin is not None and not is_twin_of(twin, item):
        raise ConfigError(
            "a program can be run only for the item and its twins",
            where=where,
            fix="make the twin with cgr_nb.items.written_twin or reordered_twins",
        )
    source = program if isinstance(program, str) else program.source
    if source is None:
        raise ConfigError(
            "the scaffold contains no program to run",
            where=where,
            fix="look at `scaffold.source` first; `Outcome.of_run(None)` is the answer then",
        )
    return source


class ProgramRuns:
    """Runs programs for an item, and notes runs and calls on a trail."""

    def __init__(self, resources: Resources, item: Item, trail: Trail, spending: Spending) -> None:
        """Prepare runs.

        Args:
            resources: What the answer may use.
            item: The item that programs run for.
            trail: Where runs and calls are noted.
            spending: What may still be asked.
        """
        self._resources, self._item = resources, item
        self._trail, self._spending = trail, spending

    async def with_solver(self, source: str, key: str, mode: RunMode = "solve") -> Execution:
        """Run a program with the solver behind `ask`.

        Args:
            source: The program.
            key: Names the run on record.
            mode: How it is run.

        Raises:
            OutOfBudget: Nothing may be asked any more.
        """
        limits = self._resources.settings.limits
        left = self._spending.left("solver")
        if left is not None and left < limits.calls:
            if left < 1:
                raise OutOfBudget("the budget of solver calls is spent")
            limits = replace(limits, calls=left)
        solver, id = self._resources.solver.card, program_id(source)
        run_id = execution_id(self._resources.settings, self._item, solver, id, limits, mode)
        store = self._resources.store
        execution = store.execution(run_id)
        if execution is None:
            async with self._resources.runs.of(run_id):
                # Another may have run it while this one waited.
                execution = store.execution(run_id)
                if execution is None:
                    name = recorded_behind(mode, solver.name)
                    execution = await self._run(run_id, source, name, self.asker(id), limits, mode)
        self._trail.run(key, run_id)
        self.note_asks("ask" if key == "program" else f"{key}/ask", id, execution.calls)
        return execution

    async def with_other(
        self, source: str, key: str, behind: SolverStandIn, mode: RunMode = "solve"
    ) -> Execution:
        """Run a program with something else behind `ask`.

        Args:
            source: The program.
            key: Names the run on record.
            behind: What answers.
            mode: How it is run.
        """
        settings = self._resources.settings
        run_id = execution_id(settings, self._item, behind.name, program_id(source), mode=mode)
        heard = self._heard(behind)
        async with self._resources.runs.of(run_id):
            execution = self._resources.store.execution(run_id)
            new = execution is None
            if execution is None:
                name = recorded_behind(mode, behind.name)
                execution = await self._run(run_id, source, name, heard, settings.limits, mode)
        if not new:
            # What the arm itself called to answer the program belongs to this answer too.
            for asked in execution.calls:
                if asked.reply is not None:
                    await heard(_as_request(asked))
        self._trail.run(key, run_id)
        return execution

    async def _run(
        self,
        run_id: str,
        source: str,
        name: str,
        ask: Asker,
        limits: Limits,
        mode: RunMode,
    ) -> Execution:
        """A new run, put on record."""
        resources, id = self._resources, program_id(source)
        execution = await resources.runner.run(
            source,
            self._item,
            ask,
            limits=limits,
            seed=derive_seed(resources.settings.seed, "program", id),
            trace=resources.trace,
            mode=mode,
        )
        if self._item.use == "twin":
            resources.store.add_item(self._item)
        resources.store.add_execution(run_id, id, self._item.id, name, execution)
        return execution

    def _heard(self, behind: SolverStandIn) -> Asker:
        """Its `ask`; of a question that was not answered nothing stays on record, since a run that
        is read back can't tell how far it had got."""

        async def ask(request: AskRequest) -> str | AskReply:
            trail, spending = self._trail.mark(), self._spending.mark()
            try:
                return await behind.ask(request)
            except BaseException:
                self._trail.back_to(trail)
                self._spending.back_to(spending)
                raise

        return ask

    def asker(self, program_id: str) -> Asker:
        """The solver's `ask` of a program."""
        resources = self._resources

        async def ask(request: AskRequest) -> str | AskReply:
            # What can't be served raises a RequestError, which the sandbox hands to the program.
            asked = ask_request(resources.settings, resources.solver.card, program_id, request)
            call = await resources.calls.call(resources.solver, asked)
            if call.reply is None:
                raise RequestError(call.error or "no reply on record")
            return AskReply.of(request, call.reply)

        return ask

    def note_asks(self, prefix: str, program_id: str, asks: Sequence[Ask]) -> None:
        """Put the calls behind a run's asks on record: found by content, so that a run that was on
        record gives what a new one does."""
        card: ModelCard = self._resources.solver.card
        tokens = 0
        for ask in asks:
            name = f"{prefix}/{ask.index}"
            id = ask_request(self._resources.settings, card, program_id, ask).call_id(card)
            call = self._resources.store.call(id if ask.reply is not None else refused_id(id, card))
            if call is None:
                # The program ended while the solver was still at it.
                self._trail.add(name, "solver", id, None, ReadOut("unanswered"))
                continue
            read = refused_read(call.error) if call.reply is None else None
            self._trail.add(name, "solver", call.id, call.reply, read)
            if call.reply is not None:
                tokens += call.reply.prompt_tokens + call.reply.reply_tokens
        self._spending.count(len(asks), tokens)


def _as_request(ask: Ask) -> AskRequest:
    return AskRequest(
        ask.index,
        ask.prompt,
        ask.choices,
        ask.max_tokens,
        ask.temperature,
        ask.line,
        ask.scores,
    )
