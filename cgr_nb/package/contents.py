"""A package in memory: its records by id, and the units that they can belong to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cgr_nb.items import ItemSet
from cgr_nb.package.lines import (
    DependenceLine,
    ExecutionLine,
    ProgramLine,
    PromptLine,
    ScaffoldLine,
    SourceLine,
    TraceLine,
)
from cgr_nb.records import ArmAnswer, Item, ModelCall, ModelCard, Row, Verdict
from cgr_nb.store.superseding import Redo
from cgr_nb.study import Material, StudyConfig, Unit
from cgr_nb.study.caller import refused_id
from cgr_nb.study.requests import Request
from cgr_nb.surrogates import escape_surrogates

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Contents", "Records", "frame_of"]


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
    arms: list[ArmAnswer]
    dependence: list[DependenceLine]
    verdicts: list[Verdict]
    redos: list[Redo]


class Contents:
    """The records of a package by id, and by row id the units that the study is made of."""

    def __init__(
        self, config: StudyConfig, records: Records, prompts_folder: Path | None = None
    ) -> None:
        """Index records.

        Args:
            config: The settings, as the package has them.
            records: Its tables.
            prompts_folder: Where its templates lie on this machine; None: the bundled ones.
        """
        self.recorded_config = config
        self.config = replace(config, prompts=str(prompts_folder) if prompts_folder else None)
        self.records = records
        self.items = {item.id: item for item in records.items}
        self.calls = {call.id: call for call in records.calls}
        self.programs = {program.id: program.source for program in records.programs}
        self.scaffolds = {scaffold.id: scaffold for scaffold in records.scaffolds}
        self.executions = {run.id: run for run in records.executions}
        self._runs: dict[str, list[ExecutionLine]] = {}
        for run in sorted(records.executions, key=lambda run: run.id):
            self._runs.setdefault(run.program_id, []).append(run)
        self.traces = {trace.execution_id: trace.trace for trace in records.traces}
        self.models: dict[str, list[ModelCard]] = {}
        for card in records.models:
            self.models.setdefault(card.name, []).append(card)
        self.material = Material(
            config=self.config,
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

    def runs_of(self, program_id: str) -> list[ExecutionLine]:
        """The runs of one program, by id."""
        return self._runs.get(program_id, [])

    def prompt_hashes(self) -> set[str]:
        """Hashes of the templates that the models are asked with."""
        return {template.hash for template in self.material.templates().values()}

    def _cards(self, names: Iterable[str]) -> tuple[ModelCard, ...]:
        return tuple(card for name in names for card in self.models.get(name, []))


def frame_of(kind: type[Any], records: Iterable[object]) -> pd.DataFrame:
    """Records of one kind as the statistics read them: a column for each field."""
    import pandas as pd

    names = [field.name for field in fields(kind)]
    values: list[list[Any]] = [[_valid(getattr(one, name)) for name in names] for one in records]
    return pd.DataFrame(values, columns=names)


def _valid(value: Any) -> Any:  # noqa: ANN401 - whatever a field holds
    return escape_surrogates(value) if isinstance(value, str) else value
