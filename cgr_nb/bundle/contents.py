"""A package in memory: its records by id, and the units that they can belong to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from itertools import chain
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cgr_nb.answer_record import Answer, Setup, arm_of, split_repeat
from cgr_nb.arms.requests import Request, Settings, repeat_settings
from cgr_nb.bundle.calls import Calls
from cgr_nb.bundle.record_file import by_key, columns
from cgr_nb.bundle.rows import (
    CallLine,
    ConversationLine,
    DependenceLine,
    ExecutionLine,
    ProgramLine,
    PromptLine,
    PromptTextLine,
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
    """The lines of every table, in order; a field for each. Large tables may be files (see
    `record_file`)."""

    sources: Sequence[SourceLine]
    items: Sequence[Item]
    models: Sequence[ModelCard]
    prompts: Sequence[PromptLine]
    conversations: Collection[ConversationLine]
    prompt_texts: Collection[PromptTextLine]
    calls: Collection[CallLine]
    programs: Sequence[ProgramLine]
    scaffolds: Sequence[ScaffoldLine]
    executions: Collection[ExecutionLine]
    traces: Collection[TraceLine]
    setups: Sequence[Setup]
    answers: Collection[Answer]
    rows: Collection[RowView]
    dependence: Collection[DependenceLine]
    verdicts: Sequence[Verdict]
    redos: Sequence[Redo]
    declarations: Sequence[Declaration]


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
        """
        self.recorded_config = config
        self.config = replace(config, prompts=str(prompts_folder) if prompts_folder else None)
        self.records = records
        self.items = {item.id: item for item in records.items}
        self.calls = Calls(records.calls, records.conversations, records.prompt_texts)
        self.programs = {program.id: program.source for program in records.programs}
        self.scaffolds = {scaffold.id: scaffold for scaffold in records.scaffolds}
        self.executions = by_key(records.executions)
        self.traces = by_key(records.traces, "execution_id")
        self.models: dict[str, list[ModelCard]] = {}
        for card in records.models:
            self.models.setdefault(card.name, []).append(card)
        asked = [item for item in records.items if item.use == "asked"]
        aside = [item for item in records.items if item.use == "support"]
        solvers = self._cards(config.models.solvers)
        generators = self._cards(config.models.generators)
        self.absent_arms = absent_arms(self.config)
        """Arm of the study -> why it can't be made here."""
        self.answers = by_key(records.answers)
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

    @cached_property
    def units(self) -> dict[str, Unit]:
        """Row id -> the unit that it is of.

        Raises:
            PromptError: A template can't be read.
        """
        return {unit.row_id: unit for unit in self.inputs.units()}

    def due(self, unit: Unit) -> dict[str, str]:
        """Arm -> id of its answer to a unit, there or not, of arms that are installed here."""
        return dict(zip(self.inputs.roster.arms, self._due[unit.row_id], strict=True))

    def is_of_absent_arm(self, name: str) -> bool:
        """Whether answers of that name are of an arm that is not installed here."""
        return arm_of(name) in self.absent_arms

    def answer_ids(self) -> set[str]:
        """Ids of all answers that the study asks for, of arms that are installed here."""
        return {id for ids in self._due.values() for id in ids}

    def answers_due(self) -> set[str]:
        """As `answer_ids`, with those on record of arms that are not installed here."""
        unchecked = (id for answers in self._unchecked.values() for id, *_ in answers)
        return self.answer_ids() | set(unchecked)

    def answers_of(self, unit: Unit) -> dict[str, str]:
        """Arm -> id of its answer to a unit, of all arms whose answers are there; those of arms
        that are not installed here are known by what they name alone."""
        generator = unit.generator.name if unit.generator else None
        found = {arm: id for arm, id in self.due(unit).items() if id in self.answers}
        for id, arm, theirs, wrote in self._unchecked.get(unit.item.id, ()):
            if theirs in (None, unit.solver.name) and wrote in (None, generator):
                found.setdefault(arm, id)
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
        found: ModelCall | None = self.calls.get(id) or self.calls.get(refused_id(id, card))
        return found

    def reply_text(self, card: ModelCard, request: Request) -> tuple[str, str | None] | None:
        """Id and text of what a request to a model gave; None where there is no such call."""
        id = request.call_id(card)
        text = self.calls.reply_text(id)
        if text is not None or id in self.calls:
            return id, text
        id = refused_id(id, card)
        return (id, self.calls.reply_text(id)) if id in self.calls else None

    def runs_of(self, program_id: str) -> list[ExecutionLine]:
        """The runs of one program, by id."""
        return [self.executions[id] for id in self._runs.get(program_id, ())]

    def prompt_hashes(self) -> set[str]:
        """Hashes of the templates that the models are asked with."""
        return {template.hash for template in self.inputs.templates().values()}

    @cached_property
    def owners(self) -> dict[str, list[tuple[str, str, Settings]]]:
        """Run -> id of each answer and setup that names it, under which key, and the settings that
        it was made with."""
        found: dict[str, list[tuple[str, str, Settings]]] = {}
        made: Iterable[Answer | Setup] = chain(self.records.answers, self.records.setups)
        for one in made:
            number = min(split_repeat(one.arm)[1], len(self.settings))
            for run in one.runs:
                of = (one.id, run.key, self.settings[number - 1])
                found.setdefault(run.execution, []).append(of)
        return found

    @cached_property
    def _due(self) -> dict[str, tuple[str, ...]]:
        """Row id -> ids of its answers, in the order of the arms."""
        ids = self.inputs.roster.ids
        once: dict[str, str] = {}
        found = {}
        for row, unit in self.units.items():
            # What several rows share stands here once.
            found[row] = tuple([once.setdefault(id, id) for id in ids(unit).values()])
        return found

    @cached_property
    def _runs(self) -> dict[str, list[str]]:
        """Program -> ids of its runs, in order."""
        found: dict[str, list[str]] = {}
        for id, program in columns(self.records.executions, "id", "program_id"):
            found.setdefault(program, []).append(id)
        return {program: sorted(ids) for program, ids in found.items()}

    @cached_property
    def _unchecked(self) -> dict[str, list[tuple[str, str, str | None, str | None]]]:
        """Item -> id, arm, solver and generator of its answers of arms that are not installed
        here."""
        found: dict[str, list[tuple[str, str, str | None, str | None]]] = {}
        if self.absent_arms:
            names = ("item_id", "id", "arm", "solver", "generator")
            for item, id, arm, solver, generator in columns(self.records.answers, *names):
                if self.is_of_absent_arm(arm):
                    found.setdefault(item, []).append((id, arm, solver, generator))
        return found

    def _cards(self, names: Iterable[str]) -> tuple[ModelCard, ...]:
        return tuple(card for name in names for card in self.models.get(name, []))


def frame_of(kind: type[Any], records: Iterable[object]) -> pd.DataFrame:
    """Records of one kind as the statistics read them: a column for each field."""
    names = [field.name for field in fields(kind)]
    return frame_of_lines(names, map(attrgetter(*names), records))


def frame_of_lines(names: Sequence[str], lines: Iterable[Sequence[object]]) -> pd.DataFrame:
    """Lines as the statistics read them."""
    import pandas as pd

    # Column by column: lines of a large study beside a frame of them would be held twice.
    columns: list[list[Any]] = [[] for _ in names]
    put = [column.append for column in columns]
    for line in lines:
        for append, value in zip(put, line, strict=True):
            if type(value) is str and not value.isascii():
                value = escape_surrogates(value)
            append(value)
    made = {}
    for name in names:
        column = columns.pop(0)
        made[name] = pd.Series(column, dtype=None if column else object)
    return pd.DataFrame(made, columns=list(names))
