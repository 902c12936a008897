"""What of a package belongs to no unit, arm or dataset of its study, and what of the study is not
there."""

from __future__ import annotations

from functools import cached_property

from cgr_nb.answer_record import Answer, arm_of
from cgr_nb.arms import Unit
from cgr_nb.bundle.contents import Contents
from cgr_nb.bundle.record_file import columns
from cgr_nb.bundle.verification import Findings

__all__ = ["Absent", "check_orphans"]


def check_orphans(contents: Contents, findings: Findings) -> None:
    """Rows of no unit, and answers and setups of no unit or arm."""
    for (id,) in columns(contents.records.rows, "id"):
        if id not in contents.units:
            what = "its id is not that of any item, solver and generator under these settings"
            findings.problem(f"rows.jsonl {id}", what)
    ids = contents.answer_ids()
    for id, arm in columns(contents.records.answers, "id", "arm"):
        if contents.is_of_absent_arm(arm):
            continue
        if arm not in contents.inputs.roster.arms:
            findings.problem(f"answers.jsonl {id}", f"arm {arm!r} is not in study.toml")
        elif id not in ids:
            what = f"its id is not that of arm {arm!r} and any item under these settings"
            findings.problem(f"answers.jsonl {id}", what)
    _unchecked(contents, findings)
    setups = contents.setup_ids()
    for setup in contents.records.setups:
        if not contents.is_of_absent_arm(setup.arm) and setup.id not in setups:
            what = "its id is not that of any arm and dataset under these settings"
            findings.problem(f"setups.jsonl {setup.id}", what)


def _unchecked(contents: Contents, findings: Findings) -> None:
    """Answers of arms that are not installed here: each to a unit of the study, and none twice."""
    if not contents.absent_arms:
        return
    known = {id for unit in contents.units.values() for id in contents.answers_of(unit).values()}
    for arm, why in contents.absent_arms.items():
        answers = [answer for answer in contents.records.answers if arm_of(answer.arm) == arm]
        findings.not_rechecked.append(arm)
        what = f"arm {arm!r} is not re-checked ({len(answers)} answers): {why}"
        findings.note("answers.jsonl", what)
        for answer in answers:
            if answer.id not in known:
                what = f"arm {arm!r} was not asked this, or has another answer to it"
                findings.problem(f"answers.jsonl {answer.id}", what)


class Absent:
    """What is not there: not done yet, or taken away."""

    def __init__(self, contents: Contents, complete: bool) -> None:
        self._complete = complete
        self._answers = contents.records.answers
        self._due = len(contents.answer_ids())
        self._told: set[str] = set()
        self._ready = 0

    def answer(self, id: str, unit: Unit, arm: str, due: Answer | None, findings: Findings) -> None:
        """An answer that is not there.

        Args:
            id: Its id.
            unit: What it is of.
            arm: The arm's name.
            due: It as the record gives it; None where the record does not give it.
            findings: Where what is found goes.
        """
        if id in self._told:
            return
        self._told.add(id)
        where, names = f"answers.jsonl {id}", f"{arm} of item {unit.item.id}, {unit.solver.name}"
        run = due.execution_id if due else None
        if run is not None and run not in self._runs:
            findings.problem(where, f"is missing, and its run {run} is here ({names})")
        elif self._complete:
            findings.problem(where, f"is missing ({names})")
        else:
            self._ready += due is not None

    @cached_property
    def _runs(self) -> set[str]:
        """Runs that answers name."""
        return {run for (runs,) in columns(self._answers, "runs") for _, run in runs}

    def tell(self, findings: Findings) -> None:
        """Note what an unfinished study does not have yet."""
        if self._told and not self._complete:
            what = f"{len(self._told)} of {self._due} answers are not there yet"
            if self._ready:
                what += f", though all that {self._ready} of them rest on is"
            findings.note("answers.jsonl", what)
