"""The run: units in, answers in the store. Concurrent, resumable, stoppable at any moment."""

from __future__ import annotations

import asyncio
import logging
import platform
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from itertools import groupby
from pathlib import Path

from cgr_nb.answer_record import Answer, Setup
from cgr_nb.arms.answering import answer_unit, prepare_setup
from cgr_nb.arms.ports import OneAtATime, Resources
from cgr_nb.arms.requests import generator_request
from cgr_nb.arms.scaffolding import write_program
from cgr_nb.arms.study_arm import StudyArm
from cgr_nb.arms.unit import Unit
from cgr_nb.errors import CallFailed, ConfigError
from cgr_nb.extras import version_of
from cgr_nb.models import ModelPool, machine_notes
from cgr_nb.records import Item, ModelCard
from cgr_nb.sandbox import Sandbox
from cgr_nb.store import Store
from cgr_nb.store.declarations import declare
from cgr_nb.store.lock import FolderLock
from cgr_nb.store.served import outdated_models
from cgr_nb.study.caller import Caller, OnText
from cgr_nb.study.caps import Caps, Gate
from cgr_nb.study.config import WRITTEN, StudyConfig
from cgr_nb.study.failures import Failures
from cgr_nb.study.given_programs import take_given_programs
from cgr_nb.study.last_run import record_last_run
from cgr_nb.study.units import StudyInputs, item_files, missing_units, resolve_inputs
from cgr_nb.util.atomic_write import write_text
from cgr_nb.util.parallel import in_parallel

__all__ = ["CONFIG_NAME", "Progress", "open_to_fill", "run_study", "write_scaffolds"]

CONFIG_NAME = "study.toml"

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is."""

    done: int
    """Rows of this config that are on record, those of earlier runs included."""
    total: int
    """Rows that the config asks for."""
    unit: Unit | None
    """The unit whose answers are all on record now; None at the start, and while a model is
    loaded."""
    loading: tuple[str, float] | None = None
    """The model whose weights are coming in, and how much of them is there: 0 to 1."""
    cost: float | None = None
    """Of the calls that this run made; None when no model has a price."""
    reached: str | None = None
    """At the end of a run that a cap ended: which one, in words."""
    failed: int = 0
    """Units that failed in this run, of which the next one asks again."""

    @property
    def words(self) -> str:
        """What is going on beside rows, "" for nothing."""
        if self.loading is not None and self.loading[1] < 1:
            return f"loading {self.loading[0]} {self.loading[1]:.0%}"
        return f"{self.failed} failed" if self.failed else ""


async def run_study(
    config: StudyConfig,
    folder: Path,
    on_progress: Callable[[Progress], None] | None = None,
    on_text: OnText | None = None,
    pool: ModelPool | None = None,
    caps: Caps | None = None,
) -> StudyInputs:
    """Do every unit whose row, or whose answer of an arm, is missing.

    Cancelling loses what is in flight and nothing else: the same call goes on from there. So does a
    call that fails: its unit is left out (see `failures`), and the same call asks for it again.

    Args:
        config: What to run.
        folder: Where `study.toml` and `study.sqlite` are or will be.
        on_progress: Called at the start, after each row with its arms, and from another thread
            while a model is loaded.
        on_text: Called with each piece of a reply as it is decoded, from any thread.
        pool: Where models come from, and stay; None is one for this run alone, within the
            config's `run.model_memory_mb`, and freed at its end.
        caps: Where to end before the end (see `cgr_nb.study.caps`); the last progress tells it.

    Returns:
        What was run.

    Raises:
        ConfigError: The folder holds a study with other settings, or the config can't be met.
        StoreError: The folder is in use or damaged.
        ModelError: A model is missing or can't answer, or fails call after call.
        IsolationError: The machine can't give the isolation that the config demands.
    """
    tell = on_progress or (lambda progress: None)
    inputs = resolve_inputs(config)
    gate = Gate(caps or Caps(), (*inputs.solvers, *inputs.generators))
    folder.mkdir(parents=True, exist_ok=True)
    with FolderLock(folder), Store.create(folder) as store:
        _check_or_write_config(config, folder)
        _record_inputs(store, inputs)
        take_given_programs(store, inputs)
        roster = inputs.roster
        units = [(unit, roster.ids(unit)) for unit in inputs.units()]
        missing = missing_units(units, store)
        store.set_expected((unit.row_id, ids) for unit, ids in units)
        done = len(units) - len(missing)
        _LOGGER.info("%s: %s of %s rows done, %s to do", folder, done, len(units), len(missing))
        tell(Progress(done, len(units), None))

        def on_unit(unit: Unit) -> None:
            nonlocal done
            done += 1
            _LOGGER.info("row %s of item %s, %s", unit.row_id, unit.item.id, unit.solver.name)
            tell(Progress(done, len(units), unit, cost=gate.cost, failed=failures.units))

        def on_load(card: ModelCard, share: float) -> None:
            if share in (0, 1):
                _LOGGER.info("model %s: %s", card.name, "loaded" if share else "loading")
            loading = (card.name, share)
            tell(Progress(done, len(units), None, loading, failed=failures.units))

        failures = Failures(config.run.max_failures)
        try:
            if missing:
                record_last_run(store)
                due = gate.first(missing)
                async with _models(config, pool) as models:
                    with models.on_load(on_load):
                        caller = Caller(store, on_text, gate, failures)
                        work = _Work(inputs, store, caller, models, gate, failures)
                        await work.answer_units(due, on_unit)
                record_last_run(store, off=machine_notes())
        finally:
            store.set_meta("failures", failures.told())
        if gate.reached is not None:
            _LOGGER.info("%s: ended at %s", folder, gate.reached)
            tell(Progress(done, len(units), None, cost=gate.cost, reached=gate.reached))
    return inputs


async def write_scaffolds(
    config: StudyConfig, folder: Path, on_progress: Callable[[Progress], None] | None = None
) -> StudyInputs:
    """Have every scaffold written that `run_study` would have written, and nothing else.

    The arguments, what is returned and what is raised are those of `run_study`; progress counts
    scaffolds. A prompt that can't be served is left to the run, which puts it on record, and so is
    a call that fails.
    """
    tell = on_progress or (lambda progress: None)
    inputs = resolve_inputs(config)
    folder.mkdir(parents=True, exist_ok=True)
    with FolderLock(folder), Store.create(folder) as store:
        _check_or_write_config(config, folder)
        _record_inputs(store, inputs)
        take_given_programs(store, inputs)
        wanted = [(card, item) for card in inputs.generators for item in inputs.items]
        done = 0
        tell(Progress(done, len(wanted), None))
        caller = Caller(store, failures=Failures(config.run.max_failures))

        def on_load(card: ModelCard, share: float) -> None:
            tell(Progress(done, len(wanted), None, (card.name, share)))

        async def write(pair: tuple[ModelCard, Item]) -> None:
            nonlocal done
            card, item = pair
            with suppress(CallFailed):
                request = generator_request(config, card, item)
                await write_program(store, caller, models.model(card), item, request)
            done += 1
            tell(Progress(done, len(wanted), None))

        async with AsyncExitStack() as stack:
            models = await stack.enter_async_context(_models(config, None))
            stack.enter_context(models.on_load(on_load))
            stack.push_async_callback(caller.close)
            # One generator after the other, as they may not fit together.
            for _, pairs in groupby(wanted, key=lambda pair: pair[0]):
                await in_parallel(list(pairs), write, config.run.concurrency)
    return inputs


@contextmanager
def open_to_fill(config: StudyConfig, folder: Path) -> Iterator[tuple[Store, StudyInputs]]:
    """The store of a study as a run would have it before it asks anything, locked meanwhile.

    Raises:
        CgrError: As `run_study`.
    """
    inputs = resolve_inputs(config)
    folder.mkdir(parents=True, exist_ok=True)
    with FolderLock(folder), Store.create(folder) as store:
        _check_or_write_config(config, folder)
        _record_inputs(store, inputs)
        take_given_programs(store, inputs)
        yield store, inputs


def _check_or_write_config(config: StudyConfig, folder: Path) -> None:
    """Write the config into the folder, or see that it agrees with the one that is there."""
    path = folder / CONFIG_NAME
    if path.exists():
        there = StudyConfig.load(path)
        if there == config:
            # It may be the user's own file: comments and all, it stays as it is.
            return
        before = there.settings()
        for name, value in config.settings().items():
            if before[name] != value:
                raise ConfigError(
                    f"this folder holds a study with another {name}",
                    where=str(path),
                    got=f"{before[name]} there and {value} now",
                    fix="use a new folder, or put the old value back",
                )
        if not path.read_text("utf-8").startswith(WRITTEN):
            raise ConfigError(
                "this folder holds another study file, written by hand",
                where=str(path),
                fix="run that one, or use another folder",
            )
    write_text(path, config.relocated(folder.resolve()).to_toml())


def _record_inputs(store: Store, inputs: StudyInputs) -> None:
    aside = [item for some in inputs.support.values() for item in some]
    store.add_items((*inputs.items, *aside))
    cards = (*inputs.solvers, *inputs.generators)
    for line in outdated_models(store, cards):
        _LOGGER.warning("%s", line)
    for card in cards:
        store.add_model(card)
    for template in inputs.templates().values():
        named = template.name, template.version, template.profile
        store.add_prompt(template.hash, *named, template.text)
    read = [
        {
            "source": source.name,
            "adapter": source.adapter,
            "rows": len(source),
            "accepted": len(source.items),
            "rejected": dict(Counter(row.reason for row in source.rejected)),
            "options_made": sum(
                item.meta.get("options_from") == "distractors" for item in source.items
            ),
            "sha256": sha256(path.read_bytes()).hexdigest(),
        }
        for source, path in zip(inputs.item_set.sources, item_files(inputs.config), strict=True)
    ]
    store.set_meta("items", read)
    declare(store, inputs.config.report.primary)
    store.set_meta("item remarks", inputs.remarks())
    started = datetime.now(UTC).isoformat(timespec="seconds")
    facts = {
        "python": platform.python_version(),
        "system": platform.platform(),
        "llama-cpp-python": version_of("llama-cpp-python") or "not installed",
    }
    store.begin_run(started, facts)
    if store.meta("run") is None:
        record_last_run(store)


class _Work:
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
    ) -> None:
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
            generator=self._models.model(unit.generator) if unit.generator else None,
            trace=config.run.trace,
            runs=self._runs,
        )

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
async def _models(config: StudyConfig, pool: ModelPool | None) -> AsyncIterator[ModelPool]:
    """The pool that was given, or one that is freed in the end."""
    if pool is not None:
        yield pool
        return
    own = ModelPool((config.run.model_memory_mb << 20) or None)
    try:
        yield own
    finally:
        await own.close()
