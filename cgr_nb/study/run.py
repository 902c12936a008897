"""The run: units in, answers in the store. Concurrent, resumable, stoppable at any moment."""

from __future__ import annotations

import logging
import os
import platform
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from cgr_nb.arms.unit import Unit
from cgr_nb.errors import ConfigError
from cgr_nb.extras import version_of
from cgr_nb.models import ModelPool
from cgr_nb.records import ModelCard
from cgr_nb.store import Store
from cgr_nb.store.declarations import declare
from cgr_nb.store.lock import FolderLock
from cgr_nb.store.merge import take_redos
from cgr_nb.store.merge_meta import MADE_OF, difference
from cgr_nb.store.served import outdated_models
from cgr_nb.study.caller import Caller, OnText
from cgr_nb.study.caps import Caps, Gate
from cgr_nb.study.config import WRITTEN, StudyConfig
from cgr_nb.study.failures import Failures
from cgr_nb.study.generate import ask_generators, generator_prompts
from cgr_nb.study.given_programs import take_given_programs, take_recorded_replies
from cgr_nb.study.last_run import record_last_run
from cgr_nb.study.lineage import arms_given
from cgr_nb.study.made_of import made_of
from cgr_nb.study.part import Phase, StudyPart
from cgr_nb.study.run_machine import machine_facts
from cgr_nb.study.shard import Shard
from cgr_nb.study.study_items import item_files
from cgr_nb.study.units import (
    StudyInputs,
    missing_units,
    needed_items,
    resolve_inputs,
)
from cgr_nb.study.work import Work, models_for
from cgr_nb.util.atomic_write import write_text
from cgr_nb.util.network_disk import network_file_system
from cgr_nb.util.plugins import Places, package_places

__all__ = ["CONFIG_NAME", "Progress", "check_or_write_config", "open_to_fill", "run_study"]

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
    servers: tuple[int, int] | None = None
    """Of models with several servers: how many of them are in use, and how many there are; None
    where no such model was asked yet."""

    @property
    def words(self) -> str:
        """What is going on beside rows, "" for nothing."""
        if self.loading is not None and self.loading[1] < 1:
            return f"loading {self.loading[0]} {self.loading[1]:.0%}"
        told = [f"{self.failed} failed"] if self.failed else []
        if self.servers is not None:
            told.append(f"{self.servers[0]} of {self.servers[1]} servers in use")
        return ", ".join(told)


async def run_study(
    config: StudyConfig,
    folder: Path,
    on_progress: Callable[[Progress], None] | None = None,
    on_text: OnText | None = None,
    pool: ModelPool | None = None,
    caps: Caps | None = None,
    *,
    shard: Shard | None = None,
    phase: Phase | None = None,
    programs: Path | None = None,
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
        shard: Do the units of this shard only; the folder is the shard's.
        phase: Do one phase only (see `cgr_nb.study.part`): "generate" has every generator asked,
            and no unit answered; in "answer" no generator is asked.
        programs: For phase "answer": folder of the study that has what generators replied; None is
            the folder itself.

    Returns:
        What was run.

    Raises:
        ConfigError: The folder holds a study with other settings, or the config can't be met.
        StoreError: The folder is in use or damaged.
        ModelError: A model is missing or can't answer, or fails call after call.
        IsolationError: The machine can't give the isolation that the config demands.
    """
    tell = on_progress or (lambda progress: None)
    if phase == "answer":
        programs = programs or folder
    part = StudyPart(shard, phase, programs)
    inputs = resolve_inputs(config, part)
    gate = Gate(caps or Caps(), (*inputs.solvers, *inputs.generators))
    with _filling(inputs, folder, part) as (store, is_whole):
        if phase == "generate":
            await _generate(inputs, store, tell, on_text, pool, gate, is_whole=is_whole)
            return inputs
        roster = inputs.roster
        units = [(unit, roster.ids(unit)) for unit in inputs.units(part.shard)]
        ours = None if shard is None else needed_items(inputs, (unit.item for unit, _ in units))
        if phase != "answer":
            take_given_programs(store, inputs, ours)
        elif inputs.generators and programs and programs.resolve() != folder.resolve():
            take_redos(store, programs, arms_given(config))
            take_recorded_replies(store, inputs, programs, ours)
        missing = missing_units(units, store)
        store.set_expected((unit.row_id, ids) for unit, ids in units)
        done = len(units) - len(missing)
        _LOGGER.info("%s: %s of %s rows done, %s to do", folder, done, len(units), len(missing))
        tell(Progress(done, len(units), None))
        serving: ModelPool | None = None

        def now(unit: Unit | None, loading: tuple[str, float] | None = None) -> Progress:
            of = serving.servers if serving is not None else ()
            # One server may serve several models, and be put aside by one of them.
            there = {one.address for one in of}
            aside = {one.address for one in of if one.problem is not None}
            in_use = (len(there - aside), len(there)) if there else None
            cost, failed = gate.cost, failures.units
            return Progress(done, len(units), unit, loading, cost, failed=failed, servers=in_use)

        def on_unit(unit: Unit) -> None:
            nonlocal done
            done += 1
            _LOGGER.info("row %s of item %s, %s", unit.row_id, unit.item.id, unit.solver.name)
            tell(now(unit))

        def on_load(card: ModelCard, share: float) -> None:
            if share in (0, 1):
                _LOGGER.info("model %s: %s", card.name, "loaded" if share else "loading")
            tell(now(None, (card.name, share)))

        failures = Failures(config.run.max_failures)
        try:
            if missing:
                asked = (*inputs.solvers, *(() if phase == "answer" else inputs.generators))
                store.tell_run(machine_facts(asked))
                record_last_run(store)
                due = gate.first(missing)
                async with models_for(config, pool) as models:
                    serving = models
                    with models.on_load(on_load):
                        caller = Caller(store, on_text, gate, failures)
                        asks = phase != "answer"
                        work = Work(
                            inputs, store, caller, models, gate, failures, asks_generators=asks
                        )
                        await work.answer_units(due, on_unit)
                record_last_run(store)
        finally:
            store.set_meta("failures", failures.told())
        if gate.reached is not None:
            _LOGGER.info("%s: ended at %s", folder, gate.reached)
            tell(Progress(done, len(units), None, cost=gate.cost, reached=gate.reached))
    return inputs


async def _generate(
    inputs: StudyInputs,
    store: Store,
    tell: Callable[[Progress], None],
    on_text: OnText | None,
    pool: ModelPool | None,
    gate: Gate,
    *,
    is_whole: bool,
) -> None:
    config = inputs.config
    take_given_programs(store, inputs)
    # Nobody is there to be asked for programs that come from files.
    asked = {card.name for card in inputs.generators if card.backend != "programs"}
    prompts = [one for one in generator_prompts(inputs) if one.card.name in asked]
    # What a study that is whole has not asked, such as twins of an item to which no program gave a
    # letter, its arms had no use for.
    missing = [prompt for prompt in prompts if not (is_whole or prompt.is_done(store))]
    done, total = len(prompts) - len(missing), len(prompts)
    failures = Failures(config.run.max_failures)

    def progress(loading: tuple[str, float] | None = None, reached: str | None = None) -> Progress:
        return Progress(done, total, None, loading, gate.cost, reached, failures.units)

    def on_done() -> None:
        nonlocal done
        done += 1
        tell(progress())

    tell(progress())
    try:
        if missing:
            store.tell_run(machine_facts(inputs.generators))
            record_last_run(store)
            due = gate.first(missing)
            async with models_for(config, pool) as models:
                with models.on_load(lambda card, share: tell(progress((card.name, share)))):
                    caller = Caller(store, on_text, gate, failures)
                    width = config.run.concurrency
                    await ask_generators(due, store, caller, models, gate, failures, on_done, width)
            record_last_run(store)
    finally:
        store.set_meta("failures", failures.told())
    if gate.reached is not None:
        tell(progress(reached=gate.reached))


@contextmanager
def open_to_fill(config: StudyConfig, folder: Path) -> Iterator[tuple[Store, StudyInputs]]:
    """The store of a study as a run would have it before it asks anything, locked meanwhile.

    Raises:
        CgrError: As `run_study`.
    """
    inputs = resolve_inputs(config)
    with _filling(inputs, folder, StudyPart()) as (store, _):
        take_given_programs(store, inputs)
        yield store, inputs


@contextmanager
def _filling(inputs: StudyInputs, folder: Path, part: StudyPart) -> Iterator[tuple[Store, bool]]:
    """The store of a study with all that was read for it on record, locked meanwhile; and whether
    all of it had been answered before, as it is now."""
    folder.mkdir(parents=True, exist_ok=True)
    if (kind := network_file_system(folder)) is not None:
        _LOGGER.warning(
            "%s is on a network file system (%s), where a study that is written to can be damaged:"
            " run it on a disk of this machine, and publish it there (study run --shard --scratch,"
            " study publish)",
            *(folder, kind),
        )
    with FolderLock(folder), Store.create(folder) as store:
        check_or_write_config(inputs.config, folder)
        is_whole = part.phase == "generate" and _is_whole(store, inputs)
        _record_inputs(store, inputs, part)
        yield store, is_whole


def _is_whole(store: Store, inputs: StudyInputs) -> bool:
    """Whether every answer of the study is on record, and generators, items and settings are as
    they were then. Solvers may not be known here."""
    before, now = store.meta(MADE_OF), made_of(inputs)
    if before is None or (store.meta("part") or {}).get("shard"):
        return False
    for card in inputs.solvers:
        now["models"].pop(card.name, None)
    rows = store.expected() if difference(before, now) is None else {}
    return bool(rows) and not any(map(store.lacks_answers, rows))


def check_or_write_config(config: StudyConfig, folder: Path) -> None:
    """Write the config into the folder, or see that it agrees with the one that is there.

    Raises:
        ConfigError: It does not.
    """
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
                    fix="use a new folder, or restore the old value",
                )
        if not path.read_text("utf-8").startswith(WRITTEN):
            raise ConfigError(
                "this folder holds another study file, written by hand",
                where=str(path),
                fix="use that file, or another folder",
            )
    write_text(path, config.relocated(folder.resolve()).to_toml())


def _record_inputs(store: Store, inputs: StudyInputs, part: StudyPart) -> None:
    aside = [item for some in inputs.support.values() for item in some]
    # Solvers that are not asked were not opened: what they are is not known here.
    cards = (*(() if part.phase == "generate" else inputs.solvers), *inputs.generators)
    for line in outdated_models(store, cards):
        _LOGGER.warning("%s", line)
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
    told = part.to_dict()
    started = datetime.now(UTC).isoformat(timespec="seconds")
    facts = {
        "python": platform.python_version(),
        "system": platform.platform(),
        "llama-cpp-python": _llama_version(package_places()) or "not installed",
    }
    remarks, of = inputs.remarks(), made_of(inputs)
    templates = inputs.templates().values()
    with store.transaction():
        store.add_items((*inputs.items, *aside))
        for card in cards:
            store.add_model(card)
        for template in templates:
            named = template.name, template.version, template.profile
            store.add_prompt(template.hash, *named, template.text)
        store.set_meta("items", read)
        declare(store, inputs.config.report.primary)
        store.set_meta("item remarks", remarks)
        if told or store.meta("part"):
            store.set_meta("part", told)
        store.set_meta(MADE_OF, of)
        # Stores of two shards know one run by its facts: those of two must not be the same.
        own = {"process": os.getpid(), **({"part": told} if told else {})}
        store.begin_run(started, {**facts, **own})
    if store.meta("run") is None:
        record_last_run(store)


@lru_cache(maxsize=1)
def _llama_version(places: Places) -> str | None:
    """The installed one: for as long as packages lie as they do, it stays."""
    return version_of("llama-cpp-python")
