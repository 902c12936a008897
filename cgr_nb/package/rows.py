"""Makes every row anew from the recorded replies and compares it field by field.

The same steps as `study.channels`, with the record in the place of models and sandbox: the direct
prompt is rendered and its call looked up by content, the letter is read from the reply, the program
is cut out of the generator's reply, the run of it is looked up, tokens are added up.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

from cgr_nb.answers import extract
from cgr_nb.models.identity import call_id
from cgr_nb.package.contents import Contents, PackageUnit
from cgr_nb.package.identity import spellings
from cgr_nb.package.lines import ExecutionLine, ScaffoldLine
from cgr_nb.package.verification import Findings
from cgr_nb.prompts import render, render_reask
from cgr_nb.records import Message, ModelCall, ModelCard, Row, Sampling
from cgr_nb.scaffolds import make_scaffold, scaffold_id
from cgr_nb.study.channels import (
    DirectAnswer,
    ask_sampling,
    conversation_seed,
    execution_id,
    token_count,
)
from cgr_nb.study.units import sampling

__all__ = ["check_rows"]


@dataclass(frozen=True)
class Missing(Exception):  # noqa: N818 - a signal between functions here
    """A record that a row needs is not in the package."""

    where: str
    what: str


def check_rows(contents: Contents, prompts: Path, findings: Findings) -> Iterator[None]:
    """Check every row, one at each step.

    Args:
        contents: The package.
        prompts: Folder that holds its prompt templates.
        findings: Where what is found goes.
    """
    seen = set()
    for row in contents.records.rows:
        yield
        where = f"rows.jsonl {row.id}"
        unit = contents.units.get(row.id)
        seen.add(row.id)
        if unit is None:
            what = "its id is not that of any item, solver and generator under these settings"
            findings.problem(where, what)
            continue
        try:
            expected = _row(contents, unit, row, prompts, findings)
        except Missing as missing:
            findings.problem(missing.where, f"{missing.what}, and row {row.id} needs it")
            continue
        for field in fields(Row):
            there, due = getattr(row, field.name), getattr(expected, field.name)
            if there != due or type(there) is not type(due):
                findings.problem(where, f"{field.name} is {there!r}; the record gives {due!r}")
    _absent(contents, seen, findings)


def _absent(contents: Contents, seen: set[str], findings: Findings) -> None:
    for unit in contents.units.values():
        if unit.row_id not in seen:
            what = f"no row for item {unit.item.id}, {unit.solver.name}, {unit.generator.name}"
            findings.note(f"rows.jsonl {unit.row_id}", what)


def _row(
    contents: Contents, unit: PackageUnit, row: Row, prompts: Path, findings: Findings
) -> Row:
    """The row that the records of a unit give (as `study.channels.answer_unit`)."""
    item = unit.item
    straight = _direct(contents, unit, prompts)
    scaffold, error = _scaffold(contents, unit, prompts, findings)
    run = _run(contents, unit, scaffold, row)
    status, detail = "no_program", "the generator's reply holds no program"
    if run is not None:
        status, detail = run.status, run.detail
    elif scaffold is None:
        status, detail = "error", error or ""
    elif scaffold.program_id is not None:
        # The run was given up over a call that could not be served; replaying it says which.
        status, detail, error = "error", row.assisted_detail, row.assisted_detail
        _failed(contents, unit.solver, detail, f"rows.jsonl {row.id}", findings)
    calls = _ask_calls(contents, unit.solver, run, findings) if run else []
    return Row(
        id=unit.row_id,
        item_id=item.id,
        dataset=item.dataset,
        config=item.config,
        solver=unit.solver.name,
        generator=unit.generator.name,
        gold=item.gold,
        direct_letter=straight.letter,
        direct_status=straight.status,
        direct_rule=straight.rule,
        direct_retries=straight.retries,
        assisted_letter=run.solver_answer if run else None,
        assisted_status=status,
        assisted_detail=detail,
        asks=len(run.calls) if run else 0,
        generator_letter=run.generator_answer if run else None,
        difficulty=run.difficulty if run else None,
        scaffold_id=scaffold.id if scaffold else None,
        program_id=scaffold.program_id if scaffold else None,
        execution_id=run.id if run else None,
        direct_call_ids=tuple(call.id for call in straight.calls),
        ask_call_ids=tuple(call.id for call in calls),
        direct_tokens=token_count(straight.calls),
        assisted_tokens=token_count(calls),
        isolation=run.isolation if run else None,
        error=straight.error or error,
    )


def _call(
    contents: Contents,
    card: ModelCard,
    messages: tuple[Message, ...],
    how: Sampling,
    purpose: str,
) -> ModelCall:
    id = call_id(card, messages, how)
    if id not in contents.calls:
        raise Missing(f"calls.jsonl {id}", f"the {purpose} call to {card.name} is missing")
    return contents.calls[id]


def _direct(contents: Contents, unit: PackageUnit, prompts: Path) -> DirectAnswer:
    item, card, config = unit.item, unit.solver, contents.config
    versions = unit.versions
    messages = render("direct", item, card.prompts, versions["direct"], prompts).messages
    calls: list[ModelCall] = []
    for attempt in range(config.reask + 1):
        how = sampling(config.direct, conversation_seed(config, "direct", messages))
        call = _call(contents, card, messages, how, "direct")
        calls.append(call)
        if call.reply is None:
            return DirectAnswer(None, "error", None, attempt, tuple(calls), call.error)
        found = extract(call.reply.text, item.options)
        if found.status == "answered" or attempt == config.reask:
            break
        messages = render_reask(
            item, messages, call.reply.text, card.prompts, versions["reask"], prompts
        ).messages
    return DirectAnswer(found.letter, found.status, found.rule, attempt, tuple(calls), None)


def _scaffold(
    contents: Contents, unit: PackageUnit, prompts: Path, findings: Findings
) -> tuple[ScaffoldLine | None, str | None]:
    """What the generator's reply gives; or None and the error of its call."""
    item, card, config = unit.item, unit.generator, contents.config
    prompt = render("generator", item, card.prompts, unit.versions["generator"], prompts)
    how = sampling(config.generator, conversation_seed(config, "generator", prompt.messages))
    call = _call(contents, card, prompt.messages, how, "generator's")
    if call.reply is None:
        return None, call.error
    made = make_scaffold(item, card, prompt, call.reply.text, call_id=call.id, seed=how.seed)
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


def _run(
    contents: Contents, unit: PackageUnit, scaffold: ScaffoldLine | None, row: Row
) -> ExecutionLine | None:
    if scaffold is None or scaffold.program_id is None:
        return None
    ids = [
        execution_id(config, unit.item, unit.solver, scaffold.program_id)
        for config in spellings(contents.config)
    ]
    found = next((contents.executions[id] for id in ids if id in contents.executions), None)
    if found is None and row.assisted_status != "error":
        raise Missing(f"executions.jsonl {ids[0]}", "the run of the program is missing")
    return found


def _failed(
    contents: Contents, card: ModelCard, detail: str, where: str, findings: Findings
) -> None:
    """A run without a record is one that a failed call put an end to: the call is on record."""
    errors = {call.error for call in contents.records.calls if call.model == card.name}
    if detail not in errors - {None}:
        findings.problem(where, f"no call of {card.name} failed with {detail!r}")


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
        how = ask_sampling(contents.config, run.program_id, ask)
        messages = (Message("user", ask.prompt),)
        call = _call(contents, card, messages, how, f"run's (ask {ask.index})")
        if call.reply is None or call.reply.text.strip() != ask.reply:
            given = call.reply.text.strip() if call.reply else None
            what = f"ask {ask.index} was given {ask.reply!r}; call {call.id} has {given!r}"
            findings.problem(where, what)
        calls.append(call)
    return calls
