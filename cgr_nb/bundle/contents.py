"""A package in memory: its records by id, and the units that they can belong to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cgr_nb.answer_record import Answer, Setup, arm_of
from cgr_nb.arms.requests import Request, Settings, repeat_settings
from cgr_nb.bundle.rows import (
    DependenceLine,
    ExecutionLine,
    ProgramLine,
    PromptLine,
    ScaffoldLine,
    SourceLine,
    TraceLine,
)
from cgr_nb.items import ItemSet
from cgr_nb.models.identity import refused_id
from cgr_nb.records import Item, ModelCall, ModelCard, Verdict
from cgr_nb.store.declarations import Declaration
from cgr_nb.store.row_view import RowView
from cgr_nb.store.superseding import Redo
from cgr_nb.study import StudyConfig, StudyInputs, Unit
from cgr_nb.study.absent_arms import absent_arms, without_arms
from cgr_nb.study.study_items import by_dataset
from cgr_nb.util.surrogates import escape_surrogates

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Contents", "Records", "frame_of", "frame_of_lines"]


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
    setups: list[Setup]
    answers: list[Answer]
    rows: list[RowView]
    dependence: list[DependenceLine]
    verdicts: list[Verdict]
    redos: list[Redo]
    declarations: list[Declaration]


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

        Raises:
            ConfigError: The study can't be made of these settings.
            PromptError: A template can't be read.
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
        asked = [item for item in records.items if item.use == "asked"]
        aside = [item for item in records.items if item.use == "support"]
        solvers = self._cards(config.models.solvers)
        generators = self._cards(config.models.generators)
        self.absent_arms = absent_arms(self.config)
        """Arm of the study -> why it can't be made here."""
        self.answers = {answer.id: answer for answer in records.answers}
        self._unchecked: dict[str, list[Answer]] = {}
        for answer in records.answers:
            if self.is_of_absent_arm(answer.arm):
                self._unchecked.setdefault(answer.item_id, []).append(answer)
        self.inputs = StudyInputs(
            config=without_arms(self.config, self.absent_arms),
            items=tuple(asked),
            item_set=ItemSet(()),
            solvers=solvers,
            generators=generators,
            support=by_dataset(config.seed, aside),
        )
        rules = [arm.budget.of(1) for arm in self.inputs.roster.arms.values()]
        self.has_budget = bool(self.absent_arms) or any(
            rule.solver_calls is not None for rule in rules
        )
        """Whether an arm's programs may have had fewer calls than the study's limits give."""
        self.settings: tuple[Settings, ...] = tuple(
            repeat_settings(self.config, number) for number in range(1, config.repeats + 1)
        )
        """Those that answers can have been made with: one for each seed."""
        self.units: dict[str, Unit] = {unit.row_id: unit for unit in self.inputs.units()}

    def is_of_absent_arm(self, name: str) -> bool:
        """Whether answers of that name are of an arm that is not installed here."""
        return arm_of(name) in self.absent_arms

    def answer_ids(self) -> set[str]:
        """Ids of all answers that the study asks for, of arms that are installed here."""
        ids = self.inputs.roster.ids
        return {id for unit in self.units.values() for id in ids(unit).values()}

    def answers_due(self) -> set[str]:
        """As `answer_ids`, with those on record of arms that are not installed here."""
        unchecked = (answer.id for answers in self._unchecked.values() for answer in answers)
        return self.answer_ids() | set(unchecked)

    def answers_of(self, unit: Unit) -> dict[str, str]:
        """Arm -> id of its answer to a unit, of all arms whose answers are there; those of arms
        that are not installed here are known by what they name alone."""
        generator = unit.generator.name if unit.generator else None
        found = {arm: id for arm, id in self.inputs.roster.ids(unit).items() if id in self.answers}
        for answer in self._unchecked.get(unit.item.id, ()):
            ours = answer.solver in (None, unit.solver.name)
            if ours and answer.generator in (None, generator):
                found.setdefault(answer.arm, answer.id)
        return found

    def setup_ids(self) -> set[str]:
        """Ids of all that arms prepare, of arms that are installed here."""
        roster = self.inputs.roster
        found = (
            roster.setup_id(arm, unit)
            for arm in roster.arms.values()
            if arm.prepares
            for unit in self.units.values()
        )
        return {id for id in found if id is not None}

    def call(self, card: ModelCard, request: Request) -> ModelCall | None:
        """The call that a request to a model made, served or refused."""
        id = request.call_id(card)
        return self.calls.get(id) or self.calls.get(refused_id(id, card))

    def runs_of(self, program_id: str) -> list[ExecutionLine]:
        """The runs of one program, by id."""
        return self._runs.get(program_id, [])

    def prompt_hashes(self) -> set[str]:
        """Hashes of the templates that the models are asked with."""
        return {template.hash for template in self.inputs.templates().values()}

    def _cards(self, names: Iterable[str]) -> tuple[ModelCard, ...]:
        return tuple(card for name in names for card in self.models.get(name, []))


def frame_of(kind: type[Any], records: Iterable[object]) -> pd.DataFrame:
    """Records of one kind as the statistics read them: a column for each field."""
    names = [field.name for field in fields(kind)]
    return frame_of_lines(names, ([getattr(one, name) for name in names] for one in records))


def frame_of_lines(names: Sequence[str], lines: Iterable[Sequence[object]]) -> pd.DataFrame:
    """Lines as the statistics read them."""
    import pandas as pd

    values: list[list[Any]] = [[_valid(value) for value in line] for line in lines]
    return pd.DataFrame(values, columns=list(names))


def _valid(value: Any) -> Any:  # noqa: ANN401 - whatever a field holds
    return escape_surrogates(value) if isinstance(value, str) else value
