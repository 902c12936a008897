"""MMLU: `choices` as a list, gold `answer` as a position from 0, config by `subject`."""

from __future__ import annotations

from cgr_nb.items.adapter import Adapter
from cgr_nb.items.fields import Row, required, text_or_none
from cgr_nb.items.gold import by_index
from cgr_nb.items.options import listed
from cgr_nb.items.parsed_row import ParsedRow

__all__ = ["ADAPTER"]


def _read(row: Row) -> ParsedRow:
    options = listed(row.get("choices"))
    return ParsedRow(
        question=required(row, "question"),
        options=options,
        gold=by_index(options, row.get("answer"), "answer"),
        config=text_or_none(row, "subject") or "default",
    )


def _looks_right(row: Row) -> bool:
    choices, answer = row.get("choices"), row.get("answer")
    whole = isinstance(answer, int | str) and str(answer).isdigit()
    return (isinstance(choices, list) or str(choices).startswith("[")) and (whole or answer is None)


ADAPTER = Adapter(
    name="mmlu",
    about="MMLU: question, choices, answer (position from 0), subject",
    signatures=(frozenset({"question", "choices", "answer", "subject"}),),
    read=_read,
    looks_right=_looks_right,
    is_own=lambda row: False,  # many sets have taken over the schema
)
