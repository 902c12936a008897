"""CommonsenseQA: nested `question` {stem, choices} with `answerKey`, or the hub's flat columns."""

from __future__ import annotations

from cgr_nb.items.adapter import Adapter
from cgr_nb.items.adapters.openbookqa import read_stem_and_choices
from cgr_nb.items.fields import Row
from cgr_nb.items.parsed_row import ParsedRow

__all__ = ["ADAPTER"]


def _read(row: Row) -> ParsedRow:
    return read_stem_and_choices(row)


ADAPTER = Adapter(
    name="commonsenseqa",
    about="CommonsenseQA: question {stem, choices}, answerKey",
    signatures=(
        frozenset({"question.stem", "question.choices", "question.question_concept"}),
        frozenset({"question", "question_concept", "choices"}),
    ),
    read=_read,
)
