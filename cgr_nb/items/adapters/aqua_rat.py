"""AQuA-RAT: options with the label glued on ("A)5(x + 1)"), gold letter in `correct`.

Also the instruction-style re-wrap, options embedded behind "Answer Choices:". Its `output` is a
model's reasoning that often ends in a wrong answer: neither that nor `rationale` is read.
"""

from __future__ import annotations

from cgr_nb.items.adapter import Adapter
from cgr_nb.items.embedded import split_out
from cgr_nb.items.fields import Row, required
from cgr_nb.items.gold import by_letter
from cgr_nb.items.options import glued
from cgr_nb.items.parsed_row import ParsedRow
from cgr_nb.items.rejection import Reject

__all__ = ["ADAPTER"]

_CHOICES = "Answer Choices:"


def _read(row: Row) -> ParsedRow:
    if "instruction" not in row:
        options = glued(row.get("options"))
        gold = by_letter(options, row.get("correct"), "correct")
        return ParsedRow(question=required(row, "question"), options=options, gold=gold)
    question, mark, choices = required(row, "instruction").rpartition(_CHOICES)
    if not mark:
        raise Reject("no_options", f"no {_CHOICES!r} in 'instruction'")
    _, options = split_out(choices)
    gold = by_letter(options, row.get("answer"), "answer")
    return ParsedRow(question=question.strip(), options=options, gold=gold)


def _looks_right(row: Row) -> bool:
    return "instruction" not in row or _CHOICES in str(row["instruction"])


ADAPTER = Adapter(
    name="aqua_rat",
    about="AQuA-RAT: question, options ('A)text'), correct; or instruction, answer",
    signatures=(
        frozenset({"question", "options", "correct", "rationale"}),
        frozenset({"instruction", "output", "answer"}),
    ),
    read=_read,
    looks_right=_looks_right,
    is_own=lambda row: "rationale" in row,
)
