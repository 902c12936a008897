"""SuperGPQA: 4 to 10 `options` as a list, gold letter in `answer_letter`, its text in `answer`."""

from __future__ import annotations

from cgr_nb.items.adapter import Adapter
from cgr_nb.items.fields import Row, keep, required, text_or_none
from cgr_nb.items.gold import by_letter, check_text
from cgr_nb.items.options import listed
from cgr_nb.items.parsed_row import ParsedRow

__all__ = ["ADAPTER"]


def _read(row: Row) -> ParsedRow:
    options = listed(row.get("options"))
    gold = by_letter(options, row.get("answer_letter"), "answer_letter")
    return ParsedRow(
        question=required(row, "question"),
        options=options,
        gold=check_text(options, gold, row.get("answer"), "answer"),
        config=text_or_none(row, "field") or "default",
        id=text_or_none(row, "uuid"),
        meta=keep(row, "discipline", "subfield", "difficulty", "is_calculation"),
    )


ADAPTER = Adapter(
    name="supergpqa",
    about="SuperGPQA: question, options, answer_letter, answer, field",
    signatures=(frozenset({"question", "options", "answer_letter"}),),
    read=_read,
    is_own=lambda row: "discipline" in row or "subfield" in row,
)
