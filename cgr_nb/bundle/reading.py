"""A study folder -> its records in memory, ready to be written in any form.

What names this machine is left out: of item files, the registry, prompts and weight files only the
names are kept. What a model card's `options` say is part of the model's identity and is kept as it
is.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cgr_nb.bundle.archive_form import ArchiveLimits, PackageError
from cgr_nb.bundle.calls import CALL_TABLES, CallTables
from cgr_nb.bundle.contents import Contents, Records
from cgr_nb.bundle.record_file import RecordFile
from cgr_nb.bundle.referenced_ids import is_of_a_model, referenced_ids
from cgr_nb.bundle.rows import ExecutionLine, TraceLine
from cgr_nb.bundle.tables import TABLES, executions, file_name, traces
from cgr_nb.records import ModelCard
from cgr_nb.store import Store
from cgr_nb.study import CONFIG_NAME, StudyConfig
from cgr_nb.study.config import BUNDLED

__all__ = ["PROMPTS", "StudyRead", "read_study"]

PROMPTS = "prompts"
"""Folder of a package that holds templates; for a study with templates of its own, those too."""

_BY_REFERENCE = (*CALL_TABLES, "executions", "traces")
"""Tables of which only what others lead to is read: the largest."""
_TABLE = {table.name: table for table in TABLES}


@dataclass(frozen=True, slots=True)
class StudyRead:
    """A study as it is on disk at one moment."""

    contents: Contents
    """The records that the study is made of, and its config without places of this machine."""
    prompts_folder: Path | None
    """Where the study's own templates are; None when it has none."""
    rows_due: int
    """Rows that the study asks for, done or not."""
    python: str
    """Python that last ran it, such as "3.11.9"; empty when that is not on record."""
    started: str
    """When its first run was begun, ISO 8601, UTC, so that a run which finds nothing to do dates
    nothing anew; empty when that is not on record."""


def read_study(
    folder: Path,
    tell: Callable[[str, int, int], None],
    limits: ArchiveLimits | None = None,
) -> StudyRead:
    """Read a study folder; it is not changed.

    Args:
        folder: The study: `study.toml` and `study.sqlite`.
        tell: Called with the table being read, tables read and tables to read.
        limits: Of the package that it is read for; None: it is read for none.

    Raises:
        StoreError: There is no study, or it is damaged.
        ConfigError: Its `study.toml` can't be read.
        PackageError: It was last run by a version of cgr-nb that named rows otherwise, or is more
            than a package holds.
    """
    config = StudyConfig.load(folder / CONFIG_NAME, check=False)
    lines: dict[str, Any] = {}
    # A study that is still running gives one moment of itself.
    with Store.open(folder) as store, store.snapshot():
        for table in TABLES:
            # Which calls, runs and steps belong to the study is known by what the others lead to.
            early = table.read is not None and table.name not in _BY_REFERENCE
            if early:
                tell(table.file, len(lines), len(TABLES))
            lines[table.name] = table.held(table.read(store) if early and table.read else ())
        wanted, ran = set(store.expected()), store.meta("run") or {}
        runs = store.provenance()
        contents = Contents(config, Records(**lines), config.prompts_folder)
        reading = _Reading(contents, wanted, store, tell)
        if limits is not None:
            reading.check_size(limits)
        records = reading.records()
    return StudyRead(
        contents=Contents(_without_places(config), records, config.prompts_folder),
        prompts_folder=config.prompts_folder,
        rows_due=len(wanted),
        python=ran.get("python", ""),
        started=runs[0]["started"] if runs else ran.get("started", ""),
    )


class _Reading:
    """The records that the study is made of, without what earlier runs of other items or models
    left in the folder, or a run that was stopped (see `referenced_ids`)."""

    def __init__(
        self,
        contents: Contents,
        wanted: set[str],
        store: Store,
        tell: Callable[[str, int, int], None],
    ) -> None:
        self._contents, self._store, self._tell = contents, store, tell
        self._units = [unit for unit in contents.units.values() if unit.row_id in wanted]
        if len(self._units) != len(wanted):
            raise PackageError(
                "the study was last run by another version of cgr-nb, or with another study.toml or"
                " other templates",
                got=f"{len(self._units)} of its {len(wanted)} rows are known here",
                fix="run it again, or export with the version that ran it",
            )
        setups = contents.setup_ids()
        self._records = replace(
            contents.records,
            setups=[
                setup
                for setup in contents.records.setups
                if setup.id in setups or contents.is_of_absent_arm(setup.arm)
            ],
        )
        self._ours = referenced_ids(
            contents.config, self._records, store.call_models(), store.programs.run_heads()
        )

    def check_size(self, limits: ArchiveLimits) -> None:
        """Refuse at once what can't become a package, by what it holds at the least.

        Raises:
            PackageError: It is more.
        """
        ours, store = self._ours, self._store
        least = sum(size for id, size in store.call_sizes() if id in ours.calls)
        for id, size, steps in store.programs.run_sizes():
            if id in ours.executions:
                # Steps are written in base64.
                least += size + 4 * ((steps + 2) // 3)
        if least > limits.total_bytes:
            raise PackageError(
                f"a package holds at most {limits.total_bytes:,} bytes",
                got=f"replies, runs and steps of {least:,}",
                fix="export studies of fewer items or models, or without traces",
            )

    def records(self) -> Records:
        """The records, large tables in files."""
        contents, ours = self._contents, self._ours
        records = self._records
        items = {unit.item.id for unit in self._units}
        items |= {item.id for some in contents.inputs.support.values() for item in some}
        asked = {
            (card.name, card.identity)
            for unit in self._units
            for card in (unit.solver, unit.generator)
            if card is not None
        }
        ran = {item for _, item in ours.probed}
        items |= {item.id for item in records.items if item.use == "twin" and item.id in ran}
        cards = _cards(records.models, asked, ours.models)
        # Only of the models that are asked now: one of their names may have had another profile.
        prompts = Contents(
            contents.recorded_config,
            replace(records, models=cards),
            contents.config.prompts_folder,
        ).prompt_hashes()
        return replace(
            records,
            **self._late(cards),
            items=[item for item in records.items if item.id in items],
            models=cards,
            # Which templates an arm asks with that is not installed here, nobody can tell.
            prompts=[
                prompt
                for prompt in records.prompts
                if prompt.hash in prompts or contents.absent_arms
            ],
            scaffolds=[one for one in records.scaffolds if one.id in ours.scaffolds],
            programs=[program for program in records.programs if program.id in ours.programs],
            dependence=_TABLE["dependence"].held(
                audit
                for audit in records.dependence
                if audit.program_id in ours.programs
                and (audit.program_id, audit.item_id) in ours.probed
            ),
            verdicts=[
                verdict for verdict in records.verdicts if verdict.program_id in ours.programs
            ],
        )

    def _late(self, cards: Sequence[ModelCard]) -> dict[str, Any]:
        """The tables of `_BY_REFERENCE`."""
        ours, store = self._ours, self._store
        by_name: dict[str, list[ModelCard]] = {}
        for card in cards:
            by_name.setdefault(card.name, []).append(card)
        self._say("calls", 0)
        calls = CallTables()
        for call in store.calls():
            if call.id in ours.calls or is_of_a_model(call, by_name):
                calls.add(call)
        self._say("executions", len(CALL_TABLES))
        runs = RecordFile(ExecutionLine, "id")
        for run in executions(store):
            if run.id in ours.executions:
                runs.add(run)
        self._say("traces", len(CALL_TABLES) + 1)
        steps = RecordFile(TraceLine, "execution_id")
        for trace in traces(store):
            if trace.execution_id in ours.executions:
                steps.add(trace)
        return {**calls.tables(), "executions": runs, "traces": steps}

    def _say(self, table: str, done: int) -> None:
        self._tell(_TABLE[table].file, len(TABLES) - len(_BY_REFERENCE) + done, len(TABLES))


def _cards(
    cards: Iterable[ModelCard], asked: set[tuple[str, str]], names: frozenset[str]
) -> list[ModelCard]:
    """The models that the study asks, and other names that one of them was asked under before."""
    of_config, identities = {name for name, _ in asked}, {identity for _, identity in asked}
    return [
        card
        for card in cards
        if (card.name, card.identity) in asked
        or (card.name not in of_config and card.name in names and card.identity in identities)
    ]


def _without_places(config: StudyConfig) -> StudyConfig:
    """The config with files by name."""
    # Files of one name from two folders are one name here.
    names = dict.fromkeys(
        file if file.startswith(BUNDLED) else file_name(file) for file in config.items.files
    )
    registry = config.models.registry
    moved = replace(
        config,
        items=replace(
            config.items,
            files=tuple(names),
            file=tuple(
                {
                    name: replace(one, path=name)
                    for one in config.items.file
                    for name in [file_name(one.path)]
                }.values()
            ),
        ),
        models=replace(config.models, registry=file_name(registry) if registry else None),
        prompts=PROMPTS if config.prompts is not None else None,
    )
    # Read back once: a default that is a whole number is written otherwise than the same value
    # read from a file, and a package is written in one way only.
    return StudyConfig.from_dict(tomllib.loads(moved.to_toml()), check=False)
