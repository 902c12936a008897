"""A package in memory: its records by id, and the units that they can belong to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from itertools import product
from typing import TYPE_CHECKING, Any

from cgr_nb.package.lines import (
    ExecutionLine,
    ProgramLine,
    PromptLine,
    ScaffoldLine,
    SourceLine,
    TraceLine,
)
from cgr_nb.records import Item, ModelCall, ModelCard, Row, Verdict, content_id
from cgr_nb.study import StudyConfig

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Contents", "PackageUnit", "Records", "row_frame"]


@dataclass(frozen=True)
class Records:
    """The lines of every table, in order; a field for each."""

    sources: list[SourceLine]
    items: list[Item]
    models: list[ModelCard]
    prompts: list[PromptLine]
    calls: list[ModelCall]
    programs: list[ProgramLine]
    scaffolds: list[ScaffoldLine]
    executions: list[ExecutionLine]
    traces: list[TraceLine]
    rows: list[Row]
    verdicts: list[Verdict]


@dataclass(frozen=True, slots=True)
class PackageUnit:
    """One row that could be, and what it would be made with."""

    row_id: str
    item: Item
    solver: ModelCard
    generator: ModelCard
    versions: Mapping[str, int]
    """Template name -> version."""


class Contents:
    """The records of a package by id."""

    def __init__(self, config: StudyConfig, records: Records) -> None:
        self.config = config
        self.records = records
        self.items = {item.id: item for item in records.items}
        self.calls = {call.id: call for call in records.calls}
        self.programs = {program.id: program.source for program in records.programs}
        self.scaffolds = {scaffold.id: scaffold for scaffold in records.scaffolds}
        self.executions = {run.id: run for run in records.executions}
        self.traces = {trace.execution_id: trace.trace for trace in records.traces}
        self.models: dict[str, list[ModelCard]] = {}
        for card in records.models:
            self.models.setdefault(card.name, []).append(card)
        self.units = {unit.row_id: unit for unit in self._units()}

    def used(self) -> tuple[set[str], set[str]]:
        """Names of solvers and of generators: those of the config, and those that have rows."""
        rows, models = self.records.rows, self.config.models
        return (
            {*models.solvers, *(row.solver for row in rows)},
            {*models.generators, *(row.generator for row in rows)},
        )

    def _units(self) -> Iterator[PackageUnit]:
        """Every item with every solver and generator that the study used."""
        solvers, generators = self.used()
        settings = self.config.settings()
        for solver, generator in product(self._cards(solvers), self._cards(generators)):
            prompts = product(
                self._prompts("direct", solver),
                self._prompts("reask", solver),
                self._prompts("generator", generator),
            )
            for direct, reask, written in prompts:
                versions = {prompt.name: prompt.version for prompt in (direct, reask, written)}
                for item in self.records.items:
                    # As `study.units` names a row.
                    row_id = content_id(
                        "row",
                        item.id,
                        [solver.name, solver.identity, generator.name, generator.identity],
                        direct.hash,
                        reask.hash,
                        written.hash,
                        settings,
                    )
                    yield PackageUnit(row_id, item, solver, generator, versions)

    def _cards(self, names: set[str]) -> list[ModelCard]:
        return [card for name in sorted(names) for card in self.models.get(name, [])]

    def _prompts(self, name: str, card: ModelCard) -> list[PromptLine]:
        prompts = self.records.prompts
        return [each for each in prompts if (each.name, each.profile) == (name, card.prompts)]


def row_frame(rows: Iterable[Row]) -> pd.DataFrame:
    """Rows as the statistics read them."""
    import pandas as pd

    names = [field.name for field in fields(Row)]
    values: list[list[Any]] = [[getattr(row, name) for name in names] for row in rows]
    return pd.DataFrame(values, columns=names)
