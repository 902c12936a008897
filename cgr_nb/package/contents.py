"""A package in memory: its records by id, and the units that they can belong to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from cgr_nb.items import ItemSet
from cgr_nb.package.lines import (
    ExecutionLine,
    ProgramLine,
    PromptLine,
    ScaffoldLine,
    SourceLine,
    TraceLine,
)
from cgr_nb.records import Item, ModelCall, ModelCard, Row, Verdict
from cgr_nb.study import Material, StudyConfig, Unit
from cgr_nb.study.caller import refused_id
from cgr_nb.study.requests import Request

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Contents", "Records", "row_frame"]


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


class Contents:
    """The records of a package by id, and by row id the units that the study is made of."""

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
        self.material = Material(
            config=config,
            items=tuple(records.items),
            item_set=ItemSet(()),
            solvers=self._cards(config.models.solvers),
            generators=self._cards(config.models.generators),
        )
        self.units: dict[str, Unit] = {unit.row_id: unit for unit in self.material.units()}

    def call(self, card: ModelCard, request: Request) -> ModelCall | None:
        """The call that a request to a model made, served or refused."""
        id = request.call_id(card)
        return self.calls.get(id) or self.calls.get(refused_id(id, card))

    def prompt_hashes(self) -> set[str]:
        """Hashes of the templates that this version of cgr-nb asks the models with."""
        return {template.hash for template in self.material.templates().values()}

    def _cards(self, names: Iterable[str]) -> tuple[ModelCard, ...]:
        return tuple(card for name in names for card in self.models.get(name, []))


def row_frame(rows: Iterable[Row]) -> pd.DataFrame:
    """Rows as the statistics read them."""
    import pandas as pd

    names = [field.name for field in fields(Row)]
    values: list[list[Any]] = [[getattr(row, name) for name in names] for row in rows]
    return pd.DataFrame(values, columns=names)
