"""OpenBookQA: nested `question` {stem, choices} with `answerKey`, or the flat columns of its hub
copy.

`fact1`, the book's fact, tells the answer to a closed-book solver and is left out. Also the
instruction-style re-wrap: options embedded as "Answer1: ...", gold "answer1"; the re-wrap of ARC
has the same fields and can't be told apart.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from cgr_nb.items.adapter import Adapter
from cgr_nb.items.embedded import numbered_out
from cgr_nb.items.fields import Row, keep, question, required, text_or_none
from cgr_nb.items.gold import by_letter, by_number
from cgr_nb.items.options import labelled
from cgr_nb.items.parsed_row import ParsedRow

__all__ = ["ADAPTER", "read_stem_and_choices"]

_BEFORE = "Please choose the correct answer to the question:"
_AFTER = "Answer format:"


def read_stem_and_choices(row: Row) -> ParsedRow:
    """Read the schema that OpenBookQA, CommonsenseQA and ARC share."""
    nested = row.get("question")
    inner = nested if isinstance(nested, Mapping) else row
    options = labelled(inner.get("choices"))
    return ParsedRow(
        question=question(inner, "stem", "question_stem", "question"),
        options=options,
        gold=by_letter(options, row.get("answerKey"), "answerKey"),
        id=text_or_none(row, "id"),
        meta=keep(row, "humanScore", "clarity"),
    )


def _read(row: Row) -> ParsedRow:
    if "instruction" not in row:
        return read_stem_and_choices(row)
    text, _, _ = required(row, "instruction").partition(_AFTER)
    stem, options = numbered_out(text.strip(), "Answer")
    gold = by_number(options, row.get("answer"), "answer", word="answer")
    return ParsedRow(question=stem.removeprefix(_BEFORE).strip(), options=options, gold=gold)


def _looks_right(row: Row) -> bool:
    return "instruction" not in row or "Answer1:" in str(row["instruction"])


def _is_own(row: Row) -> bool:
    """ARC and others share the nested form, and the re-wrap; ids such as "8-343" are this set's."""
    if "question_stem" in row:
        return True
    return re.fullmatch(r"\d+-\d+", str(row.get("id"))) is not None


ADAPTER = Adapter(
    name="openbookqa",
    about="OpenBookQA: question {stem, choices}, answerKey; or instruction, answer",
    signatures=(
        frozenset({"question.stem", "question.choices"}),
        frozenset({"question_stem", "choices", "answerKey"}),
        frozenset({"instruction", "output", "answer"}),
    ),
    read=_read,
    looks_right=_looks_right,
    is_own=_is_own,
)
