"""A study folder -> its records in memory, ready to be written in any form.

What names this machine is left out: of item files, the registry, prompts and weight files only the
names are kept. What a model card's `options` say is part of the model's identity and is kept as it
is.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cgr_nb.bundle.archive import PackageError
from cgr_nb.bundle.contents import Contents, Records
from cgr_nb.bundle.record_file import columns
from cgr_nb.bundle.referenced_ids import is_of_a_model, referenced_ids
from cgr_nb.bundle.rows import ExecutionLine, TraceLine
from cgr_nb.bundle.tables import TABLES, file_name
from cgr_nb.records import ModelCard
from cgr_nb.store import Store
from cgr_nb.study import CONFIG_NAME, StudyConfig
from cgr_nb.study.config import BUNDLED

__all__ = ["PROMPTS", "StudyRead", "read_study"]

PROMPTS = "prompts"
"""Folder of a package that holds templates; for a study with templates of its own, those too."""

_BY_REFERENCE = ("calls", "traces")
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


def read_study(folder: Path, tell: Callable[[str, int, int], None]) -> StudyRead:
    """Read a study folder; it is not changed.

    Args:
        folder: The study: `study.toml` and `study.sqlite`.
        tell: Called with the table being read, tables read and tables to read.

    Raises:
        StoreError: There is no study, or it is damaged.
        ConfigError: Its `study.toml` can't be read.
        PackageError: It was last run by a version of cgr-nb that named rows otherwise.
    """
    config = StudyConfig.load(folder / CONFIG_NAME, check=False)
    lines: dict[str, Any] = {}
    # A study that is still running gives one moment of itself.
    with Store.open(folder) as store, store.snapshot():
        for table in TABLES:
            # Which calls and steps belong to the study is known by what the others lead to.
            late = table.name in _BY_REFERENCE
            if not late:
                tell(table.file, len(lines), len(TABLES))
            lines[table.name] = table.held(() if late else table.read(store))
        wanted, ran = set(store.expected()), store.meta("run") or {}
        runs = store.provenance()
        contents = Contents(config, Records(**lines), config.prompts_folder)
        records = _of_study(contents, wanted, store, tell)
    return StudyRead(
        contents=Contents(_without_places(config), records, config.prompts_folder),
        prompts_folder=config.prompts_folder,
        rows_due=len(wanted),
        python=ran.get("python", ""),
        started=runs[0]["started"] if runs else ran.get("started", ""),
    )


def _of_study(
    contents: Contents, wanted: set[str], store: Store, tell: Callable[[str, int, int], None]
) -> Records:
    """The records that the study is made of, without what earlier runs of other items or models
    left in the folder, or a run that was stopped (see `referenced_ids`)."""
    units = [unit for unit in contents.units.values() if unit.row_id in wanted]
    if len(units) != len(wanted):
        raise PackageError(
            "the study was last run by another version of cgr-nb, or with another study.toml or"
            " other templates",
            got=f"{len(units)} of its {len(wanted)} rows are known here",
            fix="run it again, or export with the version that ran it",
        )
    records = contents.records
    items = {unit.item.id for unit in units}
    items |= {item.id for some in contents.inputs.support.values() for item in some}
    asked = {
        (card.name, card.identity)
        for unit in units
        for card in (unit.solver, unit.generator)
        if card is not None
    }
    ours = referenced_ids(contents.config, records, store.call_models())
    ran = {item for _, item in ours.probed}
    items |= {item.id for item in records.items if item.use == "twin" and item.id in ran}
    cards = _cards(records.models, asked, ours.models)
    by_name: dict[str, list[ModelCard]] = {}
    for card in cards:
        by_name.setdefault(card.name, []).append(card)

    def is_ours(record: Any) -> bool:  # noqa: ANN401 - a call or steps
        if isinstance(record, TraceLine):
            return record.execution_id in ours.executions
        return record.id in ours.calls or is_of_a_model(record, by_name)

    late: dict[str, Any] = {}
    for table in TABLES:
        if table.name in _BY_REFERENCE:
            tell(table.file, len(TABLES) - len(_BY_REFERENCE) + len(late), len(TABLES))
            late[table.name] = table.held(filter(is_ours, table.read(store)))
    # Only of the models that are asked now: one of their names may have had another profile.
    prompts = Contents(
        contents.recorded_config, replace(records, models=cards), contents.config.prompts_folder
    ).prompt_hashes()
    setups = contents.setup_ids()
    executions: Collection[ExecutionLine] = records.executions
    if any(id not in ours.executions for (id,) in columns(executions, "id")):
        theirs = (run for run in executions if run.id in ours.executions)
        executions = _TABLE["executions"].held(theirs)
    return replace(
        records,
        **late,
        items=[item for item in records.items if item.id in items],
        models=cards,
        # Which templates an arm asks with that is not installed here, nobody can tell.
        prompts=[
            prompt for prompt in records.prompts if prompt.hash in prompts or contents.absent_arms
        ],
        setups=[
            setup
            for setup in records.setups
            if setup.id in setups or contents.is_of_absent_arm(setup.arm)
        ],
        scaffolds=[one for one in records.scaffolds if one.id in ours.scaffolds],
        programs=[program for program in records.programs if program.id in ours.programs],
        executions=executions,
        dependence=_TABLE["dependence"].held(
            audit
            for audit in records.dependence
            if audit.program_id in ours.programs
            and (audit.program_id, audit.item_id) in ours.probed
        ),
        verdicts=[verdict for verdict in records.verdicts if verdict.program_id in ours.programs],
    )


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
