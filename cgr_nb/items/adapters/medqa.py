"""MedQA (US): `options` as letter -> text, gold letter in `answer_idx`, its text in `answer`.

The 4- and 5-option files letter the same question differently, so they are two configs.
"""

from __future__ import annotations

from cgr_nb.items.adapter import Adapter
from cgr_nb.items.fields import Row, keep, required, text_or_none
from cgr_nb.items.gold import by_letter, check_text
from cgr_nb.items.options import any_shape
from cgr_nb.items.parsed_row import ParsedRow

__all__ = ["ADAPTER"]


def _read(row: Row) -> ParsedRow:
    options = any_shape(row.get("options"))
    gold = by_letter(options, row.get("answer_idx"), "answer_idx")
    return ParsedRow(
        question=required(row, "question"),
        options=options,
        gold=check_text(options, gold, row.get("answer"), "answer"),
        config=f"{len(options)}_options",
        id=text_or_none(row, "realidx", "id"),
        meta=keep(row, "meta_info"),
    )


ADAPTER = Adapter(
    name="medqa",
    about="MedQA: question, options (letter -> text), answer_idx, answer",
    signatures=(frozenset({"question", "options", "answer_idx"}),),
    read=_read,
    looks_right=lambda row: (
        len(str(row.get("answer_idx")).strip()) == 1 and str(row["answer_idx"]).strip().isalpha()
    ),
    is_own=lambda row: "meta_info" in row,
)
