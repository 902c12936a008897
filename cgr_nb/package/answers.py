"""Makes every row and every answer of an arm anew from the record and compares them field by field.

It is the study's own code that makes them (see `recorded`): the direct prompt is rendered and its
call looked up by content, the letter is read from the reply, the program is cut out of the
generator's reply, the run of it is looked up, tokens are added up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields
from typing import Any

from cgr_nb.errors import ConfigError, PromptError
from cgr_nb.package.contents import Contents
from cgr_nb.package.lines import ScaffoldLine
from cgr_nb.package.recorded import Missing, RecordedStore, bench_of
from cgr_nb.package.verification import Findings
from cgr_nb.records import ArmAnswer, Row, Scaffold
from cgr_nb.sandbox import Sandbox
from cgr_nb.study import Unit
from cgr_nb.study.arms import Arm, open_arms
from cgr_nb.study.arms.interface import answer_id
from cgr_nb.study.channels import Bench, answer_unit

__all__ = ["Remade", "check_answers"]


@dataclass(frozen=True, slots=True)
class Remade:
    """What the record gives."""

    scaffolds: dict[str, Scaffold] = field(default_factory=dict)
    rows: list[tuple[Unit, Row]] = field(default_factory=list)
    answers: list[tuple[Unit, Row, Arm, ArmAnswer]] = field(default_factory=list)


async def check_answers(
    contents: Contents,
    complete: bool,
    findings: Findings,
    on_done: Callable[[int, int], None],
) -> Remade:
    """Check rows and answers, and what is not there.

    Args:
        contents: The package.
        complete: Whether its manifest calls the study complete.
        findings: Where what is found goes.
        on_done: Called with units done and units to do.

    Returns:
        What the record gives for the rows and answers that are there.
    """
    _strangers(contents, findings)
    check = _Check(contents, complete, findings)
    for done, unit in enumerate(contents.units.values()):
        on_done(done, len(contents.units))
        await check.unit(unit)
        # Nothing above waits for anything: without this nobody could stop it.
        await asyncio.sleep(0)
    check.end()
    return check.remade


class _Check:
    """The check of all units, one after the other."""

    def __init__(self, contents: Contents, complete: bool, findings: Findings) -> None:
        self._contents, self._findings = contents, findings
        self._rows = {row.id: row for row in contents.records.rows}
        self._answers = {answer.id: answer for answer in contents.records.arms}
        self._arms = _arms(contents, findings)
        self._absent = _Absent(contents, complete, findings)
        self._store = RecordedStore(contents)
        # Never opened: a run that is not on record is `Missing`.
        self._sandbox = Sandbox()
        self.remade = Remade(scaffolds=self._store.scaffolds)

    async def unit(self, unit: Unit) -> None:
        """Its row, and the answer of every arm to it."""
        there = self._rows.get(unit.row_id)
        bench = bench_of(self._contents, unit, self._store, self._sandbox)
        try:
            due = await answer_unit(bench, unit)
        except (Missing, PromptError) as error:
            if there is None:
                self._absent.row(unit, None)
            else:
                self._cannot(error, f"row {unit.row_id}", unit)
            return
        if there is None:
            self._absent.row(unit, due)
            return
        self._compare(f"rows.jsonl {unit.row_id}", there, due)
        self.remade.rows.append((unit, due))
        for arm in self._arms:
            await self._answer(bench, unit, due, arm)

    async def _answer(self, bench: Bench, unit: Unit, row: Row, arm: Arm) -> None:
        id = answer_id(arm, unit)
        there = self._answers.pop(id, None)
        try:
            due = await arm.answer(bench, unit, row)
        except (Missing, PromptError) as error:
            if there is None:
                self._absent.answer(id, unit, arm, ready=False)
            else:
                self._cannot(error, f"answer {id} ({arm.name})", unit)
            return
        if there is None:
            self._absent.answer(id, unit, arm, ready=True)
            return
        self._compare(f"arms.jsonl {id}", there, due)
        run = self._contents.executions.get(due.execution_id or "")
        if run is not None and (run.program_id, run.item_id) != (due.program_id, unit.item.id):
            what = f"is not of the program and item of answer {id}"
            self._findings.problem(f"executions.jsonl {run.id}", what)
        self.remade.answers.append((unit, row, arm, due))

    def end(self) -> None:
        """What is left over, and what is not there."""
        if self._arms:
            for id, answer in self._answers.items():
                what = f"its id is not that of arm {answer.arm!r} and its row under these settings"
                self._findings.problem(f"arms.jsonl {id}", what)
        self._absent.tell()
        _scaffolds(self._contents, self.remade, self._findings)

    def _cannot(self, error: Missing | PromptError, needs: str, unit: Unit) -> None:
        if isinstance(error, Missing):
            self._findings.problem(error.where or "", f"{error.what}, and {needs} needs it")
        else:
            where = f"items.jsonl {unit.item.id}"
            self._findings.problem(where, f"no prompt can be made: {error}")

    def _compare(self, where: str, there: Any, due: Any) -> None:  # noqa: ANN401
        """Two records of one kind, field by field."""
        for one in fields(there):
            kept, made = getattr(there, one.name), getattr(due, one.name)
            if kept != made or type(kept) is not type(made):
                what = f"{one.name} is {kept!r}; the record gives {made!r}"
                self._findings.problem(where, what)


def _arms(contents: Contents, findings: Findings) -> list[Arm]:
    try:
        return open_arms(contents.config.arms, contents.material)
    except (ConfigError, PromptError) as error:
        findings.problem("study.toml", f"its arms can't be checked here: {error}")
        return []


def _strangers(contents: Contents, findings: Findings) -> None:
    """Rows of no unit, and answers of no row or arm."""
    rows = {row.id for row in contents.records.rows}
    for row in contents.records.rows:
        if row.id not in contents.units:
            what = "its id is not that of any item, solver and generator under these settings"
            findings.problem(f"rows.jsonl {row.id}", what)
    for answer in contents.records.arms:
        if answer.row_id not in rows:
            findings.problem(f"arms.jsonl {answer.id}", f"there is no row {answer.row_id}")
        if answer.arm not in contents.config.arms:
            findings.problem(f"arms.jsonl {answer.id}", f"arm {answer.arm!r} is not in study.toml")


def _scaffolds(contents: Contents, remade: Remade, findings: Findings) -> None:
    """What the generators' replies hold is what scaffolds.jsonl says."""
    led_to: Iterable[str | None] = [row.scaffold_id for _, row in remade.rows]
    calls = {id for _, _, _, answer in remade.answers for id in answer.call_ids}
    needed = {*led_to, *(id for id, one in remade.scaffolds.items() if one.call_id in calls)}
    for id, made in remade.scaffolds.items():
        there = contents.scaffolds.get(id)
        if there is None and id in needed:
            findings.problem(f"scaffolds.jsonl {id}", "is missing")
        if there is None:
            continue
        for one in fields(ScaffoldLine):
            kept, due = getattr(there, one.name), getattr(made, one.name)
            if kept != due:
                what = f"{one.name} is {kept!r}; call {made.call_id} gives {due!r}"
                findings.problem(f"scaffolds.jsonl {id}", what)


class _Absent:
    """What is not there: not done yet, or taken away."""

    def __init__(self, contents: Contents, complete: bool, findings: Findings) -> None:
        self._contents, self._complete, self._findings = contents, complete, findings
        self._runs = {row.execution_id for row in contents.records.rows}
        self._rows = self._answers = self._ready = 0

    def row(self, unit: Unit, due: Row | None) -> None:
        """A unit without a row; `due` is the row that the record gives, if it gives one."""
        where = f"rows.jsonl {unit.row_id}"
        names = f"item {unit.item.id}, {unit.solver.name}, {unit.generator.name}"
        run = due.execution_id if due else None
        if run is not None and run not in self._runs:
            self._findings.problem(where, f"is missing, and its run {run} is here ({names})")
        elif self._complete:
            self._findings.problem(where, f"is missing ({names})")
        else:
            self._rows += 1

    def answer(self, id: str, unit: Unit, arm: Arm, *, ready: bool) -> None:
        """A row without the answer of an arm; `ready`: all that it rests on is here."""
        if self._complete:
            what = f"is missing ({arm.name} of row {unit.row_id})"
            self._findings.problem(f"arms.jsonl {id}", what)
        else:
            self._answers += 1
            self._ready += ready

    def tell(self) -> None:
        """Note what an unfinished study does not have yet."""
        units = len(self._contents.units)
        if self._rows:
            self._findings.note("rows.jsonl", f"{self._rows} of {units} rows are not there yet")
        if self._answers:
            what = f"{self._answers} answers of arms to rows that are here are not there yet"
            if self._ready:
                what += f", though all that {self._ready} of them rest on is"
            self._findings.note("arms.jsonl", what)
