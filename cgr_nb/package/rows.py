"""Makes every row anew from the recorded replies and compares it field by field.

The same steps as `study.channels`, with the record in the place of models and sandbox: the direct
prompt is rendered and its call looked up by content, the letter is read from the reply, the program
is cut out of the generator's reply, the run of it is looked up, tokens are added up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from cgr_nb.answers import extract
from cgr_nb.errors import PromptError
from cgr_nb.package.contents import Contents
from cgr_nb.package.lines import ExecutionLine, ScaffoldLine
from cgr_nb.package.verification import Findings
from cgr_nb.records import ModelCall, ModelCard, Row
from cgr_nb.scaffolds import make_scaffold, scaffold_id
from cgr_nb.study import Unit
from cgr_nb.study.channels import execution_id
from cgr_nb.study.requests import (
    Request,
    ask_request,
    direct_request,
    generator_request,
    reask_request,
)
from cgr_nb.study.row import DirectAnswer, make_row

__all__ = ["check_rows"]


class Missing(Exception):
    """A record that a row needs is not in the package. A signal between the functions here."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(where, what)
        self.where = where
        self.what = what


def check_rows(contents: Contents, complete: bool, findings: Findings) -> Iterator[None]:
    """Check every row, one at each step, and then the units that have none.

    Args:
        contents: The package.
        complete: Whether its manifest calls the study complete.
        findings: Where what is found goes.
    """
    for row in contents.records.rows:
        yield
        where = f"rows.jsonl {row.id}"
        unit = contents.units.get(row.id)
        if unit is None:
            what = "its id is not that of any item, solver and generator under these settings"
            findings.problem(where, what)
            continue
        try:
            expected = _row(contents, unit, findings)
        except Missing as missing:
            findings.problem(missing.where, f"{missing.what}, and row {row.id} needs it")
            continue
        except PromptError as error:
            findings.problem(f"items.jsonl {unit.item.id}", f"no prompt can be made: {error}")
            continue
        for field in fields(Row):
            there, due = getattr(row, field.name), getattr(expected, field.name)
            if there != due or type(there) is not type(due):
                findings.problem(where, f"{field.name} is {there!r}; the record gives {due!r}")
    _absent(contents, complete, findings)


def _absent(contents: Contents, complete: bool, findings: Findings) -> None:
    """Units without a row: not done yet, or taken away."""
    rows = contents.records.rows
    seen = {row.id for row in rows}
    runs = {row.execution_id for row in rows}
    waiting = 0
    for unit in contents.units.values():
        if unit.row_id in seen:
            continue
        names = f"item {unit.item.id}, {unit.solver.name}, {unit.generator.name}"
        try:
            run = _row(contents, unit, Findings()).execution_id
        except (Missing, PromptError):
            run = None
        if run is not None and run not in runs:
            what = f"is missing, and its run {run} is here ({names})"
            findings.problem(f"rows.jsonl {unit.row_id}", what)
        elif complete:
            findings.problem(f"rows.jsonl {unit.row_id}", f"is missing ({names})")
        else:
            waiting += 1
    if waiting:
        findings.note("rows.jsonl", f"{waiting} of {len(contents.units)} rows are not there yet")


def _row(contents: Contents, unit: Unit, findings: Findings) -> Row:
    """The row that the records of a unit give."""
    straight = _direct(contents, unit)
    scaffold, refusal = _scaffold(contents, unit, findings)
    run = _run(contents, unit, scaffold)
    return make_row(
        unit,
        straight,
        scaffold_id=scaffold.id if scaffold else None,
        program_id=scaffold.program_id if scaffold else None,
        execution_id=run.id if run else None,
        execution=run,
        asked=_ask_calls(contents, unit.solver, run, findings) if run else [],
        refusal=refusal,
    )


def _call(contents: Contents, card: ModelCard, request: Request, purpose: str) -> ModelCall:
    call = contents.call(card, request)
    if call is None:
        where = f"calls.jsonl {request.call_id(card)}"
        raise Missing(where, f"the {purpose} call to {card.name} is missing")
    return call


def _direct(contents: Contents, unit: Unit) -> DirectAnswer:
    item, card, config = unit.item, unit.solver, contents.config
    request = direct_request(config, card, item)
    calls: list[ModelCall] = []
    for attempt in range(config.reask + 1):
        call = _call(contents, card, request, "direct")
        calls.append(call)
        if call.reply is None:
            return DirectAnswer(None, "error", None, attempt, tuple(calls), call.error)
        found = extract(call.reply.text, item.options)
        if found.status == "answered" or attempt == config.reask:
            break
        request = reask_request(config, card, item, request, call.reply.text)
    return DirectAnswer(found.letter, found.status, found.rule, attempt, tuple(calls), None)


def _scaffold(
    contents: Contents, unit: Unit, findings: Findings
) -> tuple[ScaffoldLine | None, str | None]:
    """What the generator's reply gives; or None and the error of its call."""
    item, card = unit.item, unit.generator
    request = generator_request(contents.config, card, item)
    call = _call(contents, card, request, "generator's")
    if call.reply is None:
        return None, call.error
    assert request.prompt is not None  # a generator's request is rendered from a template
    prompt, seed = request.prompt, request.sampling.seed
    made = make_scaffold(item, card, prompt, call.reply.text, call_id=call.id, seed=seed)
    id = scaffold_id(item, call.id)
    there = contents.scaffolds.get(id)
    if there is None:
        raise Missing(f"scaffolds.jsonl {id}", "the scaffold is missing")
    for field in fields(ScaffoldLine):
        kept, due = getattr(there, field.name), getattr(made, field.name)
        if kept != due:
            what = f"{field.name} is {kept!r}; call {call.id} gives {due!r}"
            findings.problem(f"scaffolds.jsonl {id}", what)
    return there, None


def _run(contents: Contents, unit: Unit, scaffold: ScaffoldLine | None) -> ExecutionLine | None:
    if scaffold is None or scaffold.program_id is None:
        return None
    id = execution_id(contents.config, unit.item, unit.solver, scaffold.program_id)
    if id not in contents.executions:
        raise Missing(f"executions.jsonl {id}", "the run of the program is missing")
    return contents.executions[id]


def _ask_calls(
    contents: Contents, card: ModelCard, run: ExecutionLine, findings: Findings
) -> list[ModelCall]:
    """The calls behind the asks of a run, whose replies must be what the program was given."""
    calls = []
    for number, ask in enumerate(run.calls):
        where = f"executions.jsonl {run.id}"
        if ask.index != number:
            findings.problem(where, f"call {number} has the index {ask.index}")
        if ask.reply is None:
            continue
        request = ask_request(contents.config, run.program_id, ask)
        call = contents.call(card, request)
        if call is None:
            raise Missing(where, f"the call behind its ask {ask.index} is missing")
        if call.reply is None or call.reply.text.strip() != ask.reply:
            given = call.reply.text.strip() if call.reply else None
            what = f"ask {ask.index} was given {ask.reply!r}; call {call.id} has {given!r}"
            findings.problem(where, what)
        calls.append(call)
    return calls
