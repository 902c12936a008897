"""MMLU-Pro: 1 to 10 `options` as a list, gold letter in `answer`, its position from 0 in
`answer_index`.

Option texts that begin with "A. " or "B. F." are texts, not labels. `cot_content` is left out.
"""

from __future__ import annotations

from cgr_nb.items.adapter import Adapter
from cgr_nb.items.fields import Row, keep, required, text_or_none
from cgr_nb.items.gold import by_index, by_letter
from cgr_nb.items.options import listed
from cgr_nb.items.parsed_row import ParsedRow
from cgr_nb.items.rejection import Reject

__all__ = ["ADAPTER"]


def _read(row: Row) -> ParsedRow:
    options = listed(row.get("options"))
    gold = by_letter(options, row.get("answer"), "answer")
    position = by_index(options, row.get("answer_index"), "answer_index")
    if gold is not None and position is not None and gold != position:
        raise Reject(
            "gold_conflict",
            f"answer is {row['answer']!r} but answer_index is {row['answer_index']!r}",
            "correct one of them",
        )
    return ParsedRow(
        question=required(row, "question"),
        options=options,
        gold=gold or position,
        config=text_or_none(row, "category") or "default",
        id=text_or_none(row, "question_id"),
        meta=keep(row, "src"),
    )


ADAPTER = Adapter(
    name="mmlu_pro",
    about="MMLU-Pro: question, options, answer, answer_index, category",
    signatures=(
        frozenset({"question_id", "question", "options", "answer", "answer_index"}),
        frozenset({"question", "options", "answer_index", "category"}),
    ),
    read=_read,
    is_own=lambda row: "src" in row or "cot_content" in row,
)
