"""Do the records of a package name themselves rightly, and does what they refer to exist?

Ids are content hashes; each is made again here. A call's id covers model, messages and sampling,
not its reply; an item's covers what a reader sees and gold, not `config` and `meta`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import fields
from itertools import pairwise
from typing import Any

from cgr_nb.answer_record import ReadOut
from cgr_nb.bundle.calls import conversation_id, prompt_text_id
from cgr_nb.bundle.contents import Contents
from cgr_nb.bundle.record_file import columns, value_at
from cgr_nb.bundle.referenced_ids import ReferencedIds, names_a_call, referenced_ids
from cgr_nb.bundle.rows import DependenceLine, ScaffoldLine
from cgr_nb.bundle.run_checks import RunChecks
from cgr_nb.bundle.tables import TABLES, prompt_file
from cgr_nb.bundle.verification import Findings
from cgr_nb.items import (
    base_id,
    is_copy_of,
    is_twin_of,
    item_id,
    original_of,
    question_key,
)
from cgr_nb.models.identity import drawn_json, turns_json
from cgr_nb.records import Sampling
from cgr_nb.scaffolds import program_id, scaffold_id

__all__ = ["check_all_but_runs", "check_identity"]

_STATUS = [one.name for one in fields(ReadOut)].index("status")


def check_identity(contents: Contents, findings: Findings) -> None:
    """Check order, ids and references of every table."""
    check_all_but_runs(contents, findings).end()


def check_all_but_runs(contents: Contents, findings: Findings) -> RunChecks:
    """As `check_identity`, without what concerns one run alone.

    Returns:
        The checks of runs, still to be made.
    """
    _order(contents, findings)
    _sources(contents, findings)
    _items(contents, findings)
    served = _calls(contents, findings)
    for program, source in contents.programs.items():
        if program_id(source) != program:
            findings.problem(f"programs.jsonl {program}", "its id is not the hash of its source")
    _prompts(contents, findings)
    for scaffold in contents.records.scaffolds:
        _scaffold(contents, scaffold, findings)
    runs = RunChecks(contents, findings)
    for trace in contents.traces:
        if trace not in contents.executions:
            findings.problem(f"traces.jsonl {trace}", "there is no such run in executions.jsonl")
    for number, verdict in enumerate(contents.records.verdicts, 1):
        if verdict.program_id not in contents.programs:
            where = f"verdicts.jsonl line {number}"
            findings.problem(where, f"there is no program {verdict.program_id}")
    for audit in contents.records.dependence:
        _dependence(contents, audit, findings)
    ours = referenced_ids(contents.config, contents.records)
    _references(contents, ours, findings)
    _unreferred(contents, ours, served, findings)
    return runs


def _order(contents: Contents, findings: Findings) -> None:
    for table in TABLES:
        records = getattr(contents.records, table.name)
        findings.checked[table.name] = len(records)
        if table.order is None:
            continue
        keys = columns(records, table.key) if table.key else map(table.order, records)
        for before, after in pairwise(keys):
            if before == after:
                findings.problem(f"{table.file} {after[-1]}", "is there twice")
            elif before > after:
                findings.problem(f"{table.file} {after[-1]}", "stands in the wrong place")
        if table.name in ("items", "rows"):
            # These are sorted by more than their id, so that two of an id need not be neighbours.
            counts = Counter(id for (id,) in columns(records, "id"))
            for id, count in counts.items():
                if count > 1:
                    findings.problem(f"{table.file} {id}", f"is there {count} times")


def _sources(contents: Contents, findings: Findings) -> None:
    """The rows of an item file became items or were refused, and all items came from files."""
    accepted = 0
    for number, source in enumerate(contents.records.sources, 1):
        accepted += source.accepted
        counts = (source.accepted, *source.rejected.values(), source.options_made)
        if source.rows != source.accepted + sum(source.rejected.values()) or min(counts) < 0:
            what = f"of {source.rows} rows {source.accepted} are accepted and"
            where = f"sources.jsonl line {number}"
            findings.problem(where, f"{what} {sum(source.rejected.values())} rejected")
    originals = sum(
        base_id(item) == item.id and item.use != "twin" for item in contents.records.items
    )
    if accepted < originals:
        what = f"{accepted} items came from files; there are {originals}"
        findings.problem("sources.jsonl", what)


def _items(contents: Contents, findings: Findings) -> None:
    items = contents.records.items
    asked = {question_key(item) for item in items if item.use == "asked"}
    for item in items:
        where = f"items.jsonl {item.id}"
        if item.use == "support" and question_key(item) in asked:
            findings.problem(where, "was set aside for arms, and its question is asked too")
        if item.use == "twin":
            of = contents.items.get(original_of(item) or "")
            if of is None or not is_twin_of(item, of):
                findings.problem(where, "is no twin of an item of the study")
            continue
        made = item_id(item.dataset, item.question, item.context, item.options, item.gold)
        if made != item.id:
            findings.problem(where, "its id is not the hash of its question, options and gold")
        if (base := base_id(item)) != item.id:
            original = contents.items.get(base)
            if original is None or not is_copy_of(item, original):
                findings.problem(where, f"is not item {base!r} with its options in another order")


def _calls(contents: Contents, findings: Findings) -> bytearray:
    """Calls, in the order of what they ask: each conversation is read and hashed once.

    Returns:
        Of each call whether it has a reply.
    """
    records, models = contents.records, contents.models
    found: list[tuple[int, str]] = []
    asking: dict[str, list[int]] = {}
    having: dict[str, list[int]] = {}
    # What solvers are asked alike is drawn alike too.
    drawn: list[str] = []
    once: dict[Any, str] = {}
    served = bytearray()
    names = ("model", "conversation", "sampling", "reply.prompt_text", "error")
    for place, values in enumerate(columns(records.calls, *names)):
        model, conversation, sampling, text, error = values
        asking.setdefault(conversation, []).append(place)
        drawn.append(once.get(sampling) or once.setdefault(sampling, _drawn(sampling)))
        served.append(text is not None)
        if text is not None:
            having.setdefault(text, []).append(place)
        if model not in models:
            found.append((place, f"there is no model {model!r} in models.jsonl"))
        if (text is None) == (error is None):
            found.append((place, "it should have either a reply or an error"))
    for asked in records.conversations:
        places, turns = asking.pop(asked.id, []), turns_json(asked.messages)
        _shared("conversations", asked.id, conversation_id(asked.messages), places, findings)
        for place in places:
            cards = models.get(value_at(records.calls, place, "model"), ())
            id = value_at(records.calls, place, "id")
            if cards and not names_a_call(id, cards, turns, drawn[place], bool(served[place])):
                found.append((place, "its id is not the hash of its model, messages and sampling"))
    for prompt in records.prompt_texts:
        places = having.pop(prompt.id, [])
        _shared("prompt_texts", prompt.id, prompt_text_id(prompt.text), places, findings)
    for table, left in (("conversations", asking), ("prompt_texts", having)):
        for id, places in left.items():
            found += [(place, f"there is no {id} in {table}.jsonl") for place in places]
    for place, what in sorted(found):
        findings.problem(f"calls.jsonl {value_at(records.calls, place, 'id')}", what)
    return served


def _drawn(sampling: Sequence[Any]) -> str:
    """How a reply is drawn, as ids have it, of the plain values of its sampling."""
    try:
        return drawn_json(Sampling(*sampling))
    except OverflowError:
        return "null"  # a whole number that is no fraction: no call was ever drawn so


def _shared(table: str, id: str, due: str, places: list[int], findings: Findings) -> None:
    """What calls share is what its id says, and is there for some of them."""
    if due != id:
        findings.problem(f"{table}.jsonl {id}", "its id is not the hash of what it holds")
    if not places:
        findings.problem(f"{table}.jsonl {id}", "no call in calls.jsonl leads to it")


def _prompts(contents: Contents, findings: Findings) -> None:
    for prompt in contents.records.prompts:
        if prompt.file != prompt_file(prompt.name, prompt.profile, prompt.version):
            findings.problem(f"prompts.jsonl {prompt.file}", "is not the file of this template")


def _scaffold(contents: Contents, scaffold: ScaffoldLine, findings: Findings) -> None:
    where = f"scaffolds.jsonl {scaffold.id}"
    item = contents.items.get(scaffold.item_id)
    if item is None:
        findings.problem(where, f"there is no item {scaffold.item_id}")
    elif scaffold_id(item, scaffold.call_id) != scaffold.id:
        findings.problem(where, "its id is not the hash of its item and call")
    if scaffold.call_id not in contents.calls:
        findings.problem(where, f"there is no call {scaffold.call_id}")
    if scaffold.program_id is not None and scaffold.program_id not in contents.programs:
        findings.problem(where, f"there is no program {scaffold.program_id}")


def _dependence(contents: Contents, audit: DependenceLine, findings: Findings) -> None:
    where = f"dependence.jsonl {audit.program_id}"
    if audit.program_id not in contents.programs:
        findings.problem(where, f"there is no program {audit.program_id}")
    if audit.item_id not in contents.items:
        findings.problem(where, f"there is no item {audit.item_id}")
    elif audit.item_id not in {run.item_id for run in contents.runs_of(audit.program_id)}:
        findings.problem(where, f"the program was not run on item {audit.item_id}")


def _references(contents: Contents, ours: ReferencedIds, findings: Findings) -> None:
    """What answers and setups name is there."""
    calls = {id for (id,) in columns(contents.records.calls, "id")}
    runs_there = {id for (id,) in columns(contents.records.executions, "id")}
    if ours.calls <= calls and ours.executions <= runs_there:
        return
    for table in ("answers", "setups"):
        for id, trail, runs in columns(getattr(contents.records, table), "id", "trail", "runs"):
            for key, _, call, read in trail:
                lost = read is not None and read[_STATUS] == "unanswered"
                if call not in calls and not lost:
                    findings.problem(f"{table}.jsonl {id}", f"there is no call {call} ({key})")
            for key, run in runs:
                if run not in runs_there:
                    findings.problem(f"{table}.jsonl {id}", f"there is no run {run} ({key})")


def _unreferred(
    contents: Contents, ours: ReferencedIds, served: bytearray, findings: Findings
) -> None:
    """Records that no answer leads to: an export has none, but for calls of runs that were given up
    or begun again.

    Args:
        contents: The package.
        ours: What its answers lead to.
        served: Of each call whether it has a reply.
        findings: Where what is found goes.
    """
    for table in ("programs", "scaffolds", "executions", "models"):
        held: Iterable[str] = getattr(contents, table)
        known = getattr(ours, table)
        for id in held:
            if id not in known:
                findings.problem(f"{table}.jsonl {id}", "nothing in the study leads to it")
    tried = {item for _, item in ours.probed}
    for item in contents.records.items:
        if item.use == "twin" and item.id not in tried:
            findings.problem(f"items.jsonl {item.id}", "nothing in the study leads to it")
    idle = [
        id
        for (id,), has_reply in zip(columns(contents.records.calls, "id"), served, strict=True)
        if has_reply and id not in ours.calls
    ]
    if idle:
        shown = ", ".join(idle[:20])
        findings.note("calls.jsonl", f"{len(idle)} calls that no answer leads to: {shown}")
