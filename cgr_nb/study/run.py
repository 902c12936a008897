"""The run: units in, rows in the store. Concurrent, resumable, stoppable at any moment."""

from __future__ import annotations

import logging
import platform
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from itertools import groupby
from pathlib import Path

from cgr_nb.errors import CallFailed, ConfigError, RequestError
from cgr_nb.extras import version_of
from cgr_nb.models import ModelPool, machine_notes
from cgr_nb.parallel import in_parallel
from cgr_nb.records import Item, ModelCard, Row
from cgr_nb.sandbox import Sandbox
from cgr_nb.store import Store
from cgr_nb.store.lock import FolderLock
from cgr_nb.store.served import outdated_models
from cgr_nb.study.arms import Arm, open_arms
from cgr_nb.study.arms.interface import answer_id
from cgr_nb.study.caller import Caller, OnText
from cgr_nb.study.caps import Caps, Gate
from cgr_nb.study.channels import Bench, answer_unit, write_program
from cgr_nb.study.config import WRITTEN, StudyConfig
from cgr_nb.study.failures import Failures
from cgr_nb.study.requests import generator_request
from cgr_nb.study.units import Material, Unit, gather, item_files

__all__ = ["CONFIG_NAME", "Progress", "run_study", "write_scaffolds"]

CONFIG_NAME = "study.toml"

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is."""

    done: int
    """Rows of this config that are on record, those of earlier runs included."""
    total: int
    """Rows that the config asks for."""
    row: Row | None
    """The row that was just finished; None at the start, and while a model is loaded."""
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
) -> Material:
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
    material = gather(config)
    gate = Gate(caps or Caps(), (*material.solvers, *material.generators))
    folder.mkdir(parents=True, exist_ok=True)
    with FolderLock(folder), Store.create(folder) as store:
        _settle(config, folder)
        _record_material(store, material)
        finished = store.row_ids()
        units = list(material.units())
        arms = open_arms(config.arms, material)
        answered = store.arm_ids()

        def is_done(unit: Unit) -> bool:
            return unit.row_id in finished and all(answer_id(arm, unit) in answered for arm in arms)

        missing = [unit for unit in units if not is_done(unit)]
        store.want(
            (unit.row_id for unit in units),
            (answer_id(arm, unit) for unit in units for arm in arms),
        )
        done = len(units) - len(missing)
        _LOGGER.info("%s: %s of %s rows done, %s to do", folder, done, len(units), len(missing))
        tell(Progress(done, len(units), None))

        def on_row(row: Row) -> None:
            nonlocal done
            done += 1
            _LOGGER.info(
                "row %s of item %s, %s: direct %s, assisted %s",
                *(row.id, row.item_id, row.solver, row.direct_status, row.assisted_status),
            )
            tell(Progress(done, len(units), row, cost=gate.cost, failed=failures.units))

        def on_load(card: ModelCard, share: float) -> None:
            if share in (0, 1):
                _LOGGER.info("model %s: %s", card.name, "loaded" if share else "loading")
            loading = (card.name, share)
            tell(Progress(done, len(units), None, loading, failed=failures.units))

        failures = Failures(config.run.max_failures)
        try:
            if missing:
                due = gate.first(missing)
                async with _models(config, pool) as models:
                    with models.told(on_load):
                        caller = Caller(store, on_text, gate, failures)
                        await _answer_all(config, caller, models, due, arms, on_row, gate, failures)
                _record_notes(store)
        finally:
            store.set_meta("failures", failures.told())
        if gate.reached is not None:
            _LOGGER.info("%s: ended at %s", folder, gate.reached)
            tell(Progress(done, len(units), None, cost=gate.cost, reached=gate.reached))
    return material


async def write_scaffolds(
    config: StudyConfig, folder: Path, on_progress: Callable[[Progress], None] | None = None
) -> Material:
    """Have every scaffold written that `run_study` would have written, and nothing else.

    The arguments, what is returned and what is raised are those of `run_study`; progress counts
    scaffolds. A prompt that can't be served is left to the run, which puts it on record, and so is
    a call that fails.
    """
    tell = on_progress or (lambda progress: None)
    material = gather(config)
    folder.mkdir(parents=True, exist_ok=True)
    with FolderLock(folder), Store.create(folder) as store:
        _settle(config, folder)
        _record_material(store, material)
        wanted = [(card, item) for card in material.generators for item in material.items]
        done = 0
        tell(Progress(done, len(wanted), None))
        caller = Caller(store, failures=Failures(config.run.max_failures))

        def on_load(card: ModelCard, share: float) -> None:
            tell(Progress(done, len(wanted), None, (card.name, share)))

        async def write(pair: tuple[ModelCard, Item]) -> None:
            nonlocal done
            card, item = pair
            with suppress(RequestError, CallFailed):
                request = generator_request(config, card, item)
                await write_program(store, caller, models.model(card), item, request)
            done += 1
            tell(Progress(done, len(wanted), None))

        async with AsyncExitStack() as stack:
            models = await stack.enter_async_context(_models(config, None))
            stack.enter_context(models.told(on_load))
            stack.push_async_callback(caller.close)
            # One generator after the other, as they may not fit together.
            for _, pairs in groupby(wanted, key=lambda pair: pair[0]):
                await in_parallel(list(pairs), write, config.run.concurrency)
    return material


def _settle(config: StudyConfig, folder: Path) -> None:
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
    unfinished = path.with_suffix(".toml.making")
    text = config.relocated(folder.resolve()).to_toml()
    unfinished.write_text(text, "utf-8", newline="\n")
    unfinished.replace(path)


def _record_material(store: Store, material: Material) -> None:
    store.add_items(material.items)
    cards = (*material.solvers, *material.generators)
    for line in outdated_models(store, cards):
        _LOGGER.warning("%s", line)
    for card in cards:
        store.add_model(card)
    for template in material.templates().values():
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
        for source, path in zip(material.item_set.sources, item_files(material.config), strict=True)
    ]
    store.set_meta("items", read)
    store.set_meta("item remarks", material.remarks())
    store.set_meta(
        "run",
        {
            "started": datetime.now(UTC).isoformat(timespec="seconds"),
            "python": platform.python_version(),
            "system": platform.platform(),
            "llama-cpp-python": version_of("llama-cpp-python") or "not installed",
        },
    )


def _record_notes(store: Store) -> None:
    """What was found to be off on this machine, beside what ran on it."""
    if notes := machine_notes():
        store.set_meta("run", {**(store.meta("run") or {}), "off on this machine": list(notes)})


async def _answer_all(
    config: StudyConfig,
    caller: Caller,
    models: ModelPool,
    units: list[Unit],
    arms: list[Arm],
    on_row: Callable[[Row], None],
    gate: Gate,
    failures: Failures,
) -> None:
    """Answer units solver by solver, so that few models are needed at a time. What fails is left
    out, and the rest done."""
    store = caller.store
    async with AsyncExitStack() as stack:
        memory_mb = config.run.program_memory_mb or None
        sandbox = await stack.enter_async_context(
            Sandbox(minimum=config.run.isolation, memory_mb=memory_mb)
        )
        stack.push_async_callback(caller.close)

        async def answer(unit: Unit) -> None:
            solver, generator = models.model(unit.solver), models.model(unit.generator)
            bench = Bench(config, store, caller, sandbox, solver, generator)
            row = store.row(unit.row_id)
            failed: CallFailed | None = None
            with gate.whole() as keep:
                try:
                    if row is None:
                        row = await answer_unit(bench, unit)
                        keep(store.add_row, row)
                except CallFailed as failure:
                    return failures.unit_failed(unit, failure)
                answered = store.arm_ids_of(row.id)
                for arm in arms:
                    try:
                        if answer_id(arm, unit) not in answered:
                            keep(store.add_arm, await arm.answer(bench, unit, row))
                    except CallFailed as failure:
                        failed = failure
            if failed is not None:
                return failures.unit_failed(unit, failed)
            on_row(row)

        for _, group in groupby(units, key=lambda unit: unit.solver.name):
            await in_parallel(list(group), gate.within(answer), config.run.concurrency)
        # What a unit that was given back has asked for is paid for: it is kept.
        await caller.finish()


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
