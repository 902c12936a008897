"""What models said behind an answer: every call in order, with what was read and where.

The place that was read is the recorded one, or, where a record has none, that which this version's
reader finds when it reads the recorded reply again. Where it reads otherwise than the record says,
nothing is marked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from cgr_nb.answer_record import READ_OUT, Answer, ReadOut, TrailEntry
from cgr_nb.answers import extract_reply
from cgr_nb.errors import CgrError
from cgr_nb.records import Item, ModelCall, Reply
from cgr_nb.store import Store
from cgr_nb.store.replies import answer_ids_of_row

__all__ = ["MOST_CALLS", "AnswerReplies", "RecordedCall", "Span", "answer_replies", "arms_of_row"]

MOST_CALLS = 40
"""Most calls of one answer that are read."""
_MOST_LETTERS = 50
_SETUP = "setup"
_BELIEVES = re.compile(r"^GENERATOR_ANSWER\b[^\n]*", re.MULTILINE)

Span = tuple[int, int]
"""Start and end in the text of a reply."""


@dataclass(frozen=True, slots=True)
class RecordedCall:
    """One call behind an answer."""

    entry: TrailEntry
    """Its place in the answer's trail."""
    call: ModelCall | None
    """None where it is not on record."""
    span: Span | None
    """What was read of the reply; None: nothing, or it can't be said."""
    letters: tuple[Span, ...]
    """Letters of options that stand alone in a reply of which none was read."""
    remark: str
    """What is to be said of the marks; empty when there is nothing."""


@dataclass(frozen=True, slots=True)
class AnswerReplies:
    """An answer of a row, and the calls behind it."""

    row_id: str
    arm: str
    answer: Answer
    calls: tuple[RecordedCall, ...]
    left_out: int
    """Calls after `MOST_CALLS`."""


def arms_of_row(store: Store, row_id: str) -> dict[str, Answer]:
    """Arm -> its answer, of one row, as far as they are on record; the three channels first."""
    found = {arm: store.answer(id) for arm, id in answer_ids_of_row(store, row_id).items()}
    return {arm: answer for arm, answer in found.items() if answer is not None}


def answer_replies(store: Store, row_id: str, arm: str = "direct") -> AnswerReplies:
    """The calls behind the answer of one arm, and behind them those with which it prepared for the
    dataset, as "setup/..." each.

    Args:
        store: The store.
        row_id: A row.
        arm: "direct", "cgr", "generator_only", or another arm of the study.

    Raises:
        CgrError: There is no such row, or it has no answer of this arm.
    """
    known = arms_of_row(store, row_id)
    answer = known.get(arm)
    item = store.item(answer.item_id) if answer is not None else None
    if answer is None or item is None:
        raise CgrError(
            "no answer of this arm is recorded for this row",
            where=f"row {row_id}",
            got=repr(arm),
            fix=f"one of {', '.join(known)}" if known else "ids are in column `id` of rows()",
        )
    setup = store.setup(answer.setup) if answer.setup is not None else None
    before = () if setup is None else setup.trail
    trail = (*answer.trail, *(replace(entry, key=f"{_SETUP}/{entry.key}") for entry in before))
    seen = trail[:MOST_CALLS]
    calls = tuple(_recorded(store, item, arm, entry) for entry in seen)
    return AnswerReplies(row_id, arm, answer, calls, len(trail) - len(seen))


def _recorded(store: Store, item: Item, arm: str, entry: TrailEntry) -> RecordedCall:
    call = store.call(entry.call)
    if call is None or call.reply is None or entry.read is None:
        return RecordedCall(entry, call, None, (), "")
    reply, read = call.reply, entry.read
    if read.status in ("program", "no_program"):
        return RecordedCall(entry, call, _of_program(store, item, arm, call), (), "")
    span, remark = _read_at(reply, item, read)
    if read.status == "ambiguous" or (span is None and not remark and read.rule is None):
        return RecordedCall(entry, call, None, _standing_alone(reply.text, item.options), remark)
    return RecordedCall(entry, call, span, (), remark)


def _read_at(reply: Reply, item: Item, read: ReadOut) -> tuple[Span | None, str]:
    """Where a letter was read, or why that is not told."""
    if read.span is not None:
        start, end = read.span
        if 0 <= start < end <= len(reply.text):
            return read.span, ""
        return None, "the recorded position is outside the reply"
    if read.rule is None or read.rule == READ_OUT:
        return None, ""
    again = extract_reply(reply, item.options, multi=item.multi)
    if (again.status, again.letters, again.rule) == (read.status, read.letters, read.rule):
        return again.span, ""
    return None, "this version extracts a different answer than recorded: nothing is marked"


def _of_program(store: Store, item: Item, arm: str, call: ModelCall) -> Span | None:
    """Where the program stands in a generator's reply, or the letter that it believes."""
    assert call.reply is not None  # asked before
    text = call.reply.text
    source = store.programs.source_of_call(item.id, call.id)
    start = text.find(source) if source else -1
    if source is None or start < 0:
        return None
    if arm != "generator_only":
        return start, start + len(source)
    believes = _BELIEVES.search(text, start, start + len(source))
    return believes.span() if believes else None


def _standing_alone(text: str, options: Mapping[str, str]) -> tuple[Span, ...]:
    """Letters of options that are no part of a word, the first of them."""
    letters = "".join(map(re.escape, options))
    if not letters:
        return ()
    found = re.finditer(rf"(?<!\w)[{letters}](?![\w'’])", text)
    return tuple(match.span() for _, match in zip(range(_MOST_LETTERS), found, strict=False))
