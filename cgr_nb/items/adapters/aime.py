"""AIME: free integer answers from 0 to 999, no options; five are made, seeded.

Fields differ by carrier: `problem` or `question` in either case, `answer`. Leading zeros are
kept ("025"), a degree sign is taken off. Solutions are left out.
"""

from __future__ import annotations

import re

from cgr_nb.items.adapter import Adapter
from cgr_nb.items.fields import Row, as_text, is_missing, keep, question, text_or_none
from cgr_nb.items.item_file import Columns
from cgr_nb.items.layout import find_layout
from cgr_nb.items.parsed_row import Numeric, ParsedRow
from cgr_nb.items.rejection import Reject

__all__ = ["ADAPTER"]

_INTEGER = re.compile(r"\$?([0-9]{1,3})\s?(?:\^\{?\\circ\}?|°)?\$?")


def _answer(row: Row) -> str | None:
    value = next(
        (row[name] for name in ("answer", "Answer") if not is_missing(row.get(name))), None
    )
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # a frame with an empty cell holds its integers as floats
    return None if value is None else as_text(value).strip()


def _read(row: Row) -> ParsedRow:
    stem = question(row, "problem", "Problem", "question", "Question")
    answer = _answer(row)
    if answer is None:
        raise Reject("no_options", "no 'answer' to make options from", "fill in 'answer'")
    match = _INTEGER.fullmatch(answer)
    if match is None:
        raise Reject(
            "not_multiple_choice", f"answer {answer[:60]!r} is not an integer from 0 to 999"
        )
    meta = keep(row, "year", "Year", "url")
    if match[1] != answer:
        meta["withheld"] = {"answer": answer}
    return ParsedRow(
        question=stem,
        numeric=Numeric(match[1], low=0, high=999),
        id=text_or_none(row, "id", "ID"),
        meta=meta,
    )


def _looks_right(row: Row) -> bool:
    answer = _answer(row)
    if find_layout([row], Columns()).has_options:
        return False
    return answer is not None and _INTEGER.fullmatch(answer) is not None


ADAPTER = Adapter(
    name="aime",
    about="AIME: problem, answer (integer 0-999); options are generated",
    signatures=(
        frozenset({"problem", "answer"}),
        frozenset({"Problem", "Answer"}),
        frozenset({"Question", "Answer", "Year"}),
        frozenset({"question", "answer", "solution", "url"}),
    ),
    read=_read,
    looks_right=_looks_right,
    is_own=lambda row: "aime" in f"{row.get('id')} {row.get('ID')} {row.get('url')}".lower(),
)
