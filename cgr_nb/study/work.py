"""The answers of a run: units in, answers in the store."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import groupby

from cgr_nb.answer_record import Answer, Setup
from cgr_nb.arms.answering import answer_unit, prepare_setup
from cgr_nb.arms.ports import OneAtATime, Resources
from cgr_nb.arms.study_arm import StudyArm
from cgr_nb.arms.unit import Unit
from cgr_nb.errors import CallFailed
from cgr_nb.models import Model, ModelPool
from cgr_nb.records import Item, ModelCard
from cgr_nb.sandbox import Sandbox
from cgr_nb.store import Store
from cgr_nb.study.caller import Caller
from cgr_nb.study.caps import Gate
from cgr_nb.study.config import StudyConfig
from cgr_nb.study.failures import Failures
from cgr_nb.study.recorded_generators import AbsentGenerator
from cgr_nb.study.units import StudyInputs
from cgr_nb.util.parallel import in_parallel

__all__ = ["Work", "models_for"]


class Work:
    """Answers units solver by solver, so that few models are needed at a time. What fails is left
    out, and the rest done."""

    def __init__(
        self,
        inputs: StudyInputs,
        store: Store,
        caller: Caller,
        models: ModelPool,
        gate: Gate,
        failures: Failures,
        *,
        asks_generators: bool = True,
    ) -> None:
        """Prepare work.

        Args:
            inputs: What is answered.
            store: Where answers go.
            caller: Makes calls.
            models: Where models come from.
            gate: Holds the run to its caps.
            failures: Told what fails.
            asks_generators: False: of generators, only what is on record is used.
        """
        self._asks_generators = asks_generators
        self._inputs, self._store, self._caller = inputs, store, caller
        self._models, self._gate, self._failures = models, gate, failures
        self._setups: dict[str, asyncio.Task[Setup]] = {}
        self._runs = OneAtATime()

    async def answer_units(self, units: list[Unit], on_unit: Callable[[Unit], None]) -> None:
        """Answer units."""
        run = self._inputs.config.run
        async with AsyncExitStack() as stack:
            memory_mb = run.program_memory_mb or None
            sandbox = await stack.enter_async_context(
                Sandbox(minimum=run.isolation, memory_mb=memory_mb)
            )
            stack.push_async_callback(self._caller.close)

            async def answer(unit: Unit) -> None:
                failure = await self._answer(unit, self._resources(unit, sandbox))
                if failure is not None:
                    return self._failures.unit_failed(unit, failure)
                on_unit(unit)

            for _, group in groupby(units, key=lambda unit: unit.solver.name):
                await in_parallel(list(group), self._gate.within(answer), run.concurrency)
            # What a unit that was given back has asked for is paid for: it is kept.
            await self._caller.finish()

    def _resources(self, unit: Unit, sandbox: Sandbox) -> Resources:
        config = self._inputs.config
        return Resources(
            settings=config,
            store=self._store,
            calls=self._caller,
            runner=sandbox,
            solver=self._models.model(unit.solver),
            generator=self._generator(unit.generator),
            trace=config.run.trace,
            runs=self._runs,
        )

    def _generator(self, card: ModelCard | None) -> Model | None:
        if card is None:
            return None
        return self._models.model(card) if self._asks_generators else AbsentGenerator(card)

    async def _answer(self, unit: Unit, resources: Resources) -> CallFailed | None:
        """Answer a unit with every arm whose answer is missing; the first call that failed."""
        roster, store = self._inputs.roster, self._store
        ids = roster.ids(unit)
        made: dict[str, Answer] = {}
        failed: CallFailed | None = None

        def given(name: str) -> Answer | None:
            return made.get(name) or store.answer(ids[name])

        with self._gate.whole() as keep:
            for name, arm in roster.arms.items():
                if store.has_answer(ids[name]):
                    continue
                needed = {need: given(arm.sources[need]) for need in arm.needs}
                try:
                    if None in needed.values():
                        # What it builds on has failed, and is asked for again with it.
                        continue
                    setup = await self._setup(arm, unit, resources)
                    answers = {need: one for need, one in needed.items() if one is not None}
                    made[name] = await answer_unit(
                        arm, resources, unit, ids[name], roster.roles(name), answers, setup
                    )
                except CallFailed as failure:
                    failed = failed or failure
                else:
                    keep(store.add_answer, made[name])
        return failed

    async def _setup(self, arm: StudyArm, unit: Unit, resources: Resources) -> Setup | None:
        """What an arm prepares once for the dataset of a unit."""
        roster = self._inputs.roster
        id = roster.setup_id(arm, unit)
        if id is None:
            return None
        known = self._store.setup(id)
        if known is not None:
            return known
        task = self._setups.get(id)
        if task is None or (task.done() and (task.cancelled() or task.exception() is not None)):
            support = roster.support.get(unit.item.dataset, ())
            task = asyncio.create_task(self._prepare(arm, resources, unit, id, support))
            self._setups[id] = task
        return await asyncio.shield(task)

    async def _prepare(
        self, arm: StudyArm, resources: Resources, unit: Unit, id: str, support: Sequence[Item]
    ) -> Setup:
        setup = await prepare_setup(arm, resources, unit, id, support)
        self._store.add_setup(setup)
        return setup


@asynccontextmanager
async def models_for(config: StudyConfig, pool: ModelPool | None) -> AsyncIterator[ModelPool]:
    """The pool that was given, or one that is freed in the end."""
    if pool is not None:
        yield pool
        return
    own = ModelPool((config.run.model_memory_mb << 20) or None)
    try:
        yield own
    finally:
        await own.close()
