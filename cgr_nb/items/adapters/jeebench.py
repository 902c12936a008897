"""JEEBench: exam items in LaTeX with the options embedded in `question`; `type` says what `gold`
is.

MCQ has one letter, MCQ(multiple) one or more ("BD"), Integer a single digit and Numeric a decimal;
for the last two, four options are made, seeded.
"""

from __future__ import annotations

from cgr_nb.items.adapter import Adapter
from cgr_nb.items.embedded import split_out
from cgr_nb.items.fields import Row, keep, required, text_or_none
from cgr_nb.items.gold import by_letters
from cgr_nb.items.parsed_row import Numeric, ParsedRow
from cgr_nb.items.rejection import Reject

__all__ = ["ADAPTER"]


def _read(row: Row) -> ParsedRow:
    text = required(row, "question")
    kind = text_or_none(row, "type") or ""
    config = text_or_none(row, "subject") or "default"
    name = ", ".join(str(part) for part in keep(row, "description", "index").values()) or None
    meta = keep(row, "description", "type")
    if kind.startswith("MCQ"):
        stem, options = split_out(text)
        gold = by_letters(options, row.get("gold"), "gold")
        return ParsedRow(stem, options, gold, config=config, id=name, meta=meta)
    answer = text_or_none(row, "gold")
    if answer is None:
        raise Reject("no_options", "no 'gold' to make options from", "fill in 'gold'")
    numeric = Numeric(answer, options=4)
    if kind == "Integer" and answer.strip().isdigit() and int(answer) <= 9:
        numeric = Numeric(answer, options=4, low=0, high=9)
    return ParsedRow(text, numeric=numeric, config=config, id=name, meta=meta)


ADAPTER = Adapter(
    name="jeebench",
    about="JEEBench: question with embedded options, type, gold ('B', 'BD', '0.50')",
    signatures=(frozenset({"question", "subject", "type", "gold"}),),
    read=_read,
    is_own=lambda row: str(row.get("description", "")).startswith("JEE"),
    looks_right=lambda row: str(row.get("type", "")).startswith(("MCQ", "Integer", "Numeric")),
)
