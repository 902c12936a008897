"""Pub quizzes: `clue`, options in one text behind semicolons, and the number of the right one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cgr_nb.items import Adapter, ParsedRow, Reject
from cgr_nb.items.fields import question, text_or_none
from cgr_nb.items.gold import by_index
from cgr_nb.items.options import listed


def read(row: Mapping[str, Any]) -> ParsedRow:
    """One row of the file -> what it holds; `Reject` says why it holds no item."""
    parts = (text_or_none(row, "choices") or "").split(";")
    choices = [part.strip() for part in parts if part.strip()]
    if len(choices) < 2:
        raise Reject("no_options", "'choices' holds no two options", fix="leave the row out")
    options = listed(choices)
    return ParsedRow(
        question=question(row, "clue"),
        options=options,
        gold=by_index(options, row.get("answer_no"), "answer_no", base=1),
        config=text_or_none(row, "round") or "default",
    )


ADAPTER = Adapter(
    name="pub_quiz",
    about="pub quizzes: clue, choices, answer_no, round",
    signatures=(frozenset({"clue", "choices", "answer_no"}),),
    read=read,
)
