"""Any multiple-choice file that has no adapter of its own; also the form to write your own items
in.

    {"id": "q-1", "dataset": "mine", "config": "easy", "question": "...", "options": {"A": "...",
    "B": "..."}, "gold": "B"}

Columns are known by name, without regard to case and separators, and by what they hold: see
`cgr_nb.items.plain`. Options may be letter -> text, a list, objects with or without flags, a text
that lists them, columns of one option each, a right and several wrong ones, or stand in the
question. The answer may be a letter, a label, an option's text, a position or truth values. What
can be read in two ways is rejected, with the words of `[[items.file]]` that decide it. All other
columns are left out: they may tell the answer.
"""

from __future__ import annotations

from collections.abc import Sequence

from cgr_nb.items.adapter import Adapter
from cgr_nb.items.fields import Row
from cgr_nb.items.item_file import ItemFile
from cgr_nb.items.parsed_row import ParsedRow
from cgr_nb.items.plain import PlainReader

__all__ = ["ADAPTER"]


def _read(row: Row) -> ParsedRow:
    return PlainReader([row], ItemFile("")).read(row)


def _fit(rows: Sequence[Row], said: ItemFile) -> PlainReader:
    return PlainReader(rows, said)


ADAPTER = Adapter(
    name="generic",
    about="any rows with a question, options and an answer, found by name and content",
    signatures=(),
    read=_read,
    fit=_fit,
)
