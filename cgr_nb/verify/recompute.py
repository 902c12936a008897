"""Makes every answer and every row anew from the record and compares them field by field.

It is the arms' own code that makes them (see `recorded`): prompts are rendered and their calls
looked up by content, letters are read from the replies, programs are cut out of the generator's
replies, runs are looked up, tokens are added up. Rows are put together from the answers.
"""

from __future__ import annotations

import asyncio
from collections import ChainMap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from typing import Any, cast

from cgr_nb.answer_record import CHANNELS, Answer, Setup
from cgr_nb.arms import StudyArm, Unit
from cgr_nb.arms.answering import answer_unit, prepare_setup
from cgr_nb.arms.ports import Resources
from cgr_nb.bundle.contents import Contents
from cgr_nb.bundle.record_file import by_key, columns, has_equal
from cgr_nb.bundle.rows import ScaffoldLine
from cgr_nb.bundle.run_checks import RunChecks
from cgr_nb.bundle.verification import Findings
from cgr_nb.errors import PromptError
from cgr_nb.items import original_of
from cgr_nb.records import Item, Scaffold
from cgr_nb.store.row_view import row_of
from cgr_nb.verify.presence import Absent, check_orphans
from cgr_nb.verify.recorded import Missing, NoRunner, RecordedStore, resources_of

__all__ = ["Remade", "RemadeAnswer", "RemadeSetup", "check_answers"]

_AT_ONCE = 16
"""Units that are checked before others have their turn: some hundredths of a second."""


@dataclass(frozen=True, slots=True)
class RemadeAnswer:
    """One answer as the record gives it, and what it was made from."""

    id: str
    unit: Unit
    arm: StudyArm
    needed: tuple[tuple[str, str], ...]
    """Arm and id of each answer that it was given."""
    setup: Setup | None
    runs: tuple[str, ...]
    """Ids of its runs."""
    kept: Mapping[str, Answer]
    """All answers as the record gives them; they are looked up, as there are many."""

    async def again(self, contents: Contents, resources: Resources) -> None:
        """Make it once more, with other resources."""
        roles = contents.inputs.roster.roles(self.arm.name)
        given = {need: self.kept[id] for need, id in self.needed}
        await answer_unit(self.arm, resources, self.unit, self.id, roles, given, self.setup)


@dataclass(frozen=True, slots=True)
class RemadeSetup:
    """One setup as the record gives it, and what it was made from."""

    id: str
    unit: Unit
    """Any of its dataset and models."""
    arm: StudyArm
    support: tuple[Item, ...]
    runs: tuple[str, ...]
    """Ids of its runs."""

    async def again(self, contents: Contents, resources: Resources) -> None:
        """Make it once more, with other resources."""
        del contents
        await prepare_setup(self.arm, resources, self.unit, self.id, self.support)


@dataclass(frozen=True, slots=True)
class Remade:
    """What the record gives."""

    scaffolds: dict[str, Scaffold] = field(default_factory=dict)
    setups: dict[str, RemadeSetup] = field(default_factory=dict)
    """By id."""
    answers: dict[str, RemadeAnswer] = field(default_factory=dict)
    """By id, those that are in the package and have runs."""


async def check_answers(
    contents: Contents,
    complete: bool,
    findings: Findings,
    runs: RunChecks,
    on_done: Callable[[int, int], None],
    again: bool = True,
) -> Remade:
    """Check answers and rows, what is not there, and runs: those of an item after its answers, for
    which the same calls were looked up.

    Args:
        contents: The package.
        complete: Whether its manifest calls the study complete.
        findings: Where what is found goes.
        runs: Their checks, all still to be made.
        on_done: Called with units done and units to do.
        again: Whether answers shall be made again afterwards: else they are not kept.

    Returns:
        What the record gives for the answers that are there.
    """
    check_orphans(contents, findings)
    check = _Check(contents, complete, again)
    told: dict[int, Findings] = {}
    item = ""
    for done, (place, unit) in enumerate(_by_item(contents.units.values())):
        if unit.item.id != item:
            runs.of_item(item)
            item = unit.item.id
        on_done(done, len(contents.units))
        found = Findings()
        await check.unit(unit, found)
        if found.problems or found.notes:
            told[place] = found
        if done % _AT_ONCE == 0:
            # Nothing above waits for anything: without this nobody could stop it.
            await asyncio.sleep(0)
    runs.end()
    # In the order of the study, as if solver after solver had been looked at.
    for _, found in sorted(told.items()):
        findings.add_new(found)
    check.end(findings)
    return check.remade


def _by_item(units: Iterable[Unit]) -> list[tuple[int, Unit]]:
    """Units and their places, item by item: what solvers are asked alike is made once then, and
    what programs were written for one item is at hand for all of them."""
    groups: dict[str, list[tuple[int, Unit]]] = {}
    for place, unit in enumerate(units):
        groups.setdefault(unit.item.id, []).append((place, unit))
    return [one for group in groups.values() for one in group]


@cache
def _names_of(kind: Any) -> tuple[str, ...]:  # noqa: ANN401 - a dataclass
    return tuple(one.name for one in fields(kind))


class _Check:
    """The check of all units, one after the other."""

    def __init__(self, contents: Contents, complete: bool, again: bool) -> None:
        self._contents, self._findings = contents, Findings()
        self._again, self._of_runs = again, Findings()
        originals = ((item.id, original_of(item)) for item in contents.records.items)
        self._originals = {id: original for id, original in originals if original is not None}
        self._answers = contents.answers
        self._setups_there = {setup.id: setup for setup in contents.records.setups}
        self._rows = by_key(contents.records.rows)
        self._absent = Absent(contents, complete)
        self._store = RecordedStore(contents)
        # Most answers are on record as they come out: those that do not stand here.
        self._others: dict[str, Answer] = {}
        self._kept = ChainMap(self._others, cast(dict[str, Answer], contents.answers))
        self._made: set[str] = set()
        self._written: set[str] = set()
        """Calls of generators behind setups, and behind answers that are not as they are on
        record."""
        self._setups: dict[str, Setup | None] = {}
        self._differing: dict[str, Answer] = {}
        self.remade = Remade(scaffolds=self._store.scaffolds)

    async def unit(self, unit: Unit, findings: Findings) -> None:
        """Its answers, and the row that they make up."""
        self._findings = findings
        resources = resources_of(self._contents, unit, self._store, NoRunner())
        roster = self._contents.inputs.roster
        made: dict[str, Answer] = {}
        for name, id in self._contents.due(unit).items():
            if id not in self._made or id in self._differing:
                await self._answer(roster.arms[name], unit, id, made, resources)
            if id in self._made and name not in made:
                made[name] = self._kept[id]
        self._row(unit, made)

    async def _answer(
        self,
        arm: StudyArm,
        unit: Unit,
        id: str,
        made: dict[str, Answer],
        resources: Resources,
    ) -> None:
        given: dict[str, Answer] | None = None
        setup: Setup | None = None
        try:
            given = {need: made[arm.sources[need]] for need in arm.needs}
            setup = await self._setup(arm, unit, resources)
            roles = self._contents.inputs.roster.roles(arm.name)
            due = await answer_unit(arm, resources, unit, id, roles, given, setup)
        except (KeyError, Missing, PromptError) as error:
            there = self._answers.get(id)
            if there is None:
                self._absent.answer(id, unit, arm.name, None, self._findings)
                return
            self._cannot(error, f"answer {id} ({arm.name})", unit)
            if given is not None and (setup is not None or not arm.prepares):
                # Its programs run again all the same: that may tell which of its runs was changed.
                self._written.update(there.calls_of("generator"))
                self._keep(there, unit, arm, given, setup)
            return
        # Nearly all are equal, and need not be made of the record to tell.
        there = due if has_equal(self._answers, id, due) else self._answers.get(id)
        if there is None:
            self._absent.answer(id, unit, arm.name, due, self._findings)
            return
        self._made.add(id)
        made[arm.name] = due
        if there is due or there == due:
            self._others.pop(id, None)
        else:
            self._others[id] = due
        self._keep(due, unit, arm, given, setup)
        if there is due:
            self._differing.pop(id, None)
            return
        self._written.update(due.calls_of("generator"))
        if there == due or unit.solver.name == there.solver:
            self._differing.pop(id, None)
            self._compare(f"answers.jsonl {id}", there, due)
        else:
            # No solver has a part in it, but the run that it is read from has one: where runs of
            # one program differ, the answer is that of one of them.
            self._differing[id] = due

    def _keep(
        self,
        answer: Answer,
        unit: Unit,
        arm: StudyArm,
        given: Mapping[str, Answer],
        setup: Setup | None,
    ) -> None:
        """Remember how to run its programs again."""
        if not answer.runs:
            return
        runs = tuple([run.execution for run in answer.runs])
        self._check_runs(answer.id, unit, runs)
        if not self._again:
            return
        needed = tuple([(need, other.id) for need, other in given.items()])
        made = RemadeAnswer(answer.id, unit, arm, needed, setup, runs, self._kept)
        self.remade.answers[answer.id] = made

    async def _setup(self, arm: StudyArm, unit: Unit, resources: Resources) -> Setup | None:
        """What the record gives for what an arm prepared, compared once with what is there.

        Raises:
            Missing, PromptError: It can't be made.
        """
        roster = self._contents.inputs.roster
        id = roster.setup_id(arm, unit)
        if id is None:
            return None
        if id not in self._setups:
            support = tuple(roster.support.get(unit.item.dataset, ()))
            there = self._setups_there.get(id)
            if there is not None:
                # Its programs run again also where it can't be made: see `_answer`.
                self._keep_setup(there, unit, arm, support)
            due = await prepare_setup(arm, resources, unit, id, support)
            self._keep_setup(due, unit, arm, support)
            if there is None:
                self._findings.problem(f"setups.jsonl {id}", f"is missing ({arm.name})")
            else:
                self._compare(f"setups.jsonl {id}", there, due)
            self._setups[id] = due
        return self._setups[id]

    def _keep_setup(
        self, setup: Setup, unit: Unit, arm: StudyArm, support: tuple[Item, ...]
    ) -> None:
        runs = tuple([run.execution for run in setup.runs])
        self.remade.setups[setup.id] = RemadeSetup(setup.id, unit, arm, support, runs)
        asked = (entry.call for entry in setup.trail if entry.role == "generator")
        self._written.update(asked)

    def _row(self, unit: Unit, made: dict[str, Answer]) -> None:
        """The row that the answers of a unit make up."""
        where = f"rows.jsonl {unit.row_id}"
        ids = self._contents.due(unit)
        channels = [name for name in CHANNELS if name in ids]
        missing = [name for name in channels if ids[name] not in self._answers]
        if missing:
            if unit.row_id in self._rows:
                self._findings.problem(where, f"its {missing[0]} answer is missing")
            return
        due = None
        if all(name in made for name in channels):
            given = {name: self._recorded(ids[name], made[name]) for name in channels}
            due = row_of(
                unit.row_id,
                unit.item,
                given["direct"],
                given.get("cgr"),
                given.get("generator_only"),
            )
            if has_equal(self._rows, unit.row_id, due):
                return
        there = self._rows.get(unit.row_id)
        if there is None:
            names = f"item {unit.item.id}, {unit.solver.name}"
            self._findings.problem(where, f"is missing, and its answers are here ({names})")
        elif due is not None:
            self._compare(where, there, due)

    def _recorded(self, id: str, made: Answer) -> Answer:
        """An answer that was made as it is on record."""
        return self._answers[id] if id in self._others else made

    def end(self, findings: Findings) -> None:
        """What is left over, and what is not there."""
        self._findings = findings
        for id, due in self._differing.items():
            self._compare(f"answers.jsonl {id}", self._answers[id], due)
        findings.add(self._of_runs)
        self._setup_runs()
        self._absent.tell(findings)
        self._scaffolds()

    def _check_runs(self, id: str, unit: Unit, runs: Sequence[str]) -> None:
        """A run that an answer names is of the answer's item, or of a twin of it."""
        for execution in runs:
            item = self._store.item_of(execution)
            if item is not None and self._originals.get(item, item) != unit.item.id:
                what = f"is not of the item of answer {id}"
                self._of_runs.problem(f"executions.jsonl {execution}", what)

    def _setup_runs(self) -> None:
        """A run of a setup is of an item that was set aside."""
        for id, setup in self.remade.setups.items():
            aside = {item.id for item in setup.support}
            for execution in setup.runs:
                run = self._contents.executions.get(execution)
                if run is not None and run.item_id not in aside:
                    what = f"is of no item that was set aside for setup {id}"
                    self._findings.problem(f"executions.jsonl {run.id}", what)

    def _cannot(self, error: Exception, needs: str, unit: Unit) -> None:
        if isinstance(error, Missing):
            self._findings.problem(error.where or "", f"{error.what}, and {needs} needs it")
        elif isinstance(error, PromptError):
            where = f"items.jsonl {unit.item.id}"
            self._findings.problem(where, f"no prompt can be made: {error}")
        else:
            what = f"arm {error.args[0]!r} has no answer here, and {needs} needs it"
            self._findings.problem(f"items.jsonl {unit.item.id}", what)

    def _compare(self, where: str, there: Any, due: Any) -> None:  # noqa: ANN401
        """Two records of one kind, field by field."""
        kind: Any = type(there)
        for name in _names_of(kind):
            kept, made = getattr(there, name), getattr(due, name)
            if kept != made or type(kept) is not type(made):
                what = f"{name} is {kept!r}; the record gives {made!r}"
                self._findings.problem(where, what)

    def _scaffolds(self) -> None:
        """What the generators' replies hold is what scaffolds.jsonl says."""
        contents = self._contents
        written: set[str] | None = None
        for id, made in self.remade.scaffolds.items():
            there = contents.scaffolds.get(id)
            if there is None:
                if written is None:
                    written = self._calls_of_generators()
                if made.call_id in written:
                    self._findings.problem(f"scaffolds.jsonl {id}", "is missing")
                continue
            for one in fields(ScaffoldLine):
                kept, due = getattr(there, one.name), getattr(made, one.name)
                if kept != due:
                    what = f"{one.name} is {kept!r}; call {made.call_id} gives {due!r}"
                    self._findings.problem(f"scaffolds.jsonl {id}", what)

    def _calls_of_generators(self) -> set[str]:
        """Those behind all setups and answers. Of answers as they are on record they are read there
        once they are asked for, which is where a scaffold is missing."""
        found = set(self._written)
        for id, trail in columns(self._contents.records.answers, "id", "trail"):
            if id in self._made:
                found.update([call for _, role, call, _ in trail if role == "generator"])
        return found
