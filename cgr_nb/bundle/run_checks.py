"""Does each run of a package name itself rightly, and was it given what the solver replied?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from itertools import product

from cgr_nb.arms.identity import cell_id, execution_id
from cgr_nb.arms.requests import Settings, ask_request
from cgr_nb.bundle.contents import Contents
from cgr_nb.bundle.record_file import columns, record_at, value_at
from cgr_nb.bundle.rows import ExecutionLine
from cgr_nb.bundle.verification import Findings
from cgr_nb.records import ModelCard
from cgr_nb.sandbox import Limits, is_transcript

__all__ = ["RunChecks", "solver_of"]


class RunChecks:
    """The checks of all runs, item by item and in whatever order of items: whoever asks for what a
    run was given at the time when its calls are at hand anyway finds them there."""

    def __init__(self, contents: Contents, findings: Findings) -> None:
        """Begin.

        Args:
            contents: The package.
            findings: Where what is found goes, when all is found: behind what is there by now.
        """
        self._contents, self._findings = contents, findings
        self._behind = len(findings.problems), len(findings.notes)
        self._told: dict[int, Findings] = {}

    def of_item(self, id: str) -> None:
        """Check the runs of one item."""
        records = self._contents.records.executions
        # In the order of their programs: what one asks several solvers is made once.
        places = self._left.pop(id, ())
        for place in sorted(places, key=lambda place: value_at(records, place, "program_id")):
            found = Findings()
            _execution(self._contents, record_at(records, place), found)
            if found.problems or found.notes:
                self._told[place] = found

    @cached_property
    def _left(self) -> dict[str, list[int]]:
        """Item -> places of its runs that were not checked yet; found once it is asked for."""
        found: dict[str, list[int]] = {}
        records = self._contents.records.executions
        for place, (item,) in enumerate(columns(records, "item_id")):
            found.setdefault(item, []).append(place)
        return found

    def end(self) -> None:
        """Check those that are left, and tell what was found in the order of the table."""
        for item in list(self._left):
            self.of_item(item)
        found = Findings()
        for _, of_run in sorted(self._told.items()):
            found.add(of_run)
        problems, notes = self._behind
        self._findings.problems[problems:problems] = found.problems
        self._findings.notes[notes:notes] = found.notes


def solver_of(contents: Contents, run: ExecutionLine) -> tuple[ModelCard, Settings] | None:
    """The solver of a run, the card of that name that its id was made with, and the settings."""
    item = contents.items.get(run.item_id)
    if item is None:
        return None
    if (of_cell := _solver_of_cell(contents, run)) is not None:
        return of_cell
    for card in contents.models.get(run.solver, []):
        for limits, settings in product(_limits_of_runs(contents), contents.settings):
            if execution_id(settings, item, card, run.program_id, limits) == run.id:
                return card, settings
    return None


def _solver_of_cell(contents: Contents, run: ExecutionLine) -> tuple[ModelCard, Settings] | None:
    """As `solver_of`, of a run that is a cell of a session; None of any other."""
    item = contents.items.get(run.item_id)
    if item is None or not is_transcript(contents.programs.get(run.program_id, "")):
        return None
    cards = contents.models.get(run.solver, [])
    for (owner, key, settings), card in product(contents.owners.get(run.id, ()), cards):
        if cell_id(item, card, run.program_id, owner, key) == run.id:
            return card, settings
    return None


def _limits_of_runs(contents: Contents) -> Iterator[Limits]:
    """The limits that a run can have had: an arm with a budget gives a program fewer calls."""
    limits = contents.config.limits
    yield limits
    if contents.has_budget:
        for calls in range(limits.calls - 1, 0, -1):
            yield replace(limits, calls=calls)


def _execution(contents: Contents, run: ExecutionLine, findings: Findings) -> None:
    solver = solver_of(contents, run)
    where = f"executions.jsonl {run.id}"
    if run.program_id not in contents.programs:
        findings.problem(where, f"there is no program {run.program_id}")
    if run.item_id not in contents.items:
        findings.problem(where, f"there is no item {run.item_id}")
    elif run.solver in contents.models and solver is None:
        findings.problem(where, "its id is not the hash of its program, item, solver and settings")
    if (run.status == "ok") != (run.solver_answer is not None):
        findings.problem(where, f"status {run.status!r} with the answer {run.solver_answer!r}")
    told = run.generator_answer, run.difficulty
    if told != (None, None) and _solver_of_cell(contents, run) is not None:
        what = f"generator_answer and difficulty are {told}; a cell of a session tells neither"
        findings.problem(where, what)
    if problem := _clock(run, contents.config.limits):
        findings.problem(where, problem)
    if contents.config.run.trace and run.id not in contents.traces and run.cpu_s:
        findings.note(where, "its steps are not in traces.jsonl")

    _asks(contents, run, solver, findings)


def _asks(
    contents: Contents,
    run: ExecutionLine,
    solver: tuple[ModelCard, Settings] | None,
    findings: Findings,
) -> None:
    """What a program was given is what the solver replied, where a solver was behind it."""
    where = f"executions.jsonl {run.id}"
    for number, ask in enumerate(run.calls):
        if ask.index != number:
            findings.problem(where, f"call {number} has the index {ask.index}")
        if ask.reply is None or solver is None:
            continue
        card, settings = solver
        found = contents.reply_text(card, ask_request(settings, card, run.program_id, ask))
        if found is None:
            findings.problem(where, f"the call behind its ask {ask.index} is missing")
            continue
        id, text = found
        given = None if text is None else text.strip()
        if given != ask.reply:
            what = f"ask {ask.index} was given {ask.reply!r}; call {id} has {given!r}"
            findings.problem(where, what)


def _clock(run: ExecutionLine, limits: Limits) -> str | None:
    """A run that was stopped by a clock must have used up its time."""
    if run.status == "timeout" and run.wall_s < 0.99 * limits.wall_s:
        return f"a timeout after {run.wall_s:.3g} s of {limits.wall_s:g} s"
    if run.status == "cpu_limit" and (run.cpu_s or 0) < 0.89 * limits.cpu_s:
        return f"a cpu_limit after {run.cpu_s or 0:.3g} s of {limits.cpu_s:g} s"
    return None
