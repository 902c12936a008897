"""MedMCQA: columns `opa` ... `opd`, gold `cop` as a position; -1 means not known.

The hub's copy counts `cop` from 0, the set's first release from 1: the file shows which, by a 0 or
a 4. `exp` explains the answer and is left out. `choice_type` "multi" still has one gold.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cgr_nb.items.adapter import Adapter
from cgr_nb.items.fields import Row, is_missing, keep, required, text_or_none
from cgr_nb.items.gold_forms import GoldColumn, gold_column
from cgr_nb.items.item_file import ItemFile
from cgr_nb.items.options import Options, listed
from cgr_nb.items.parsed_row import ParsedRow
from cgr_nb.items.rejection import Reject

__all__ = ["ADAPTER"]

_OPTIONS = ("opa", "opb", "opc", "opd")


def _options(row: Row) -> Options:
    return listed([row.get(name) for name in _OPTIONS])


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the rows of a file whose `cop` counts from what the file shows."""

    cop: GoldColumn

    def read(self, row: Row) -> ParsedRow:
        options = _options(row)
        return ParsedRow(
            question=required(row, "question"),
            options=options,
            gold=self.cop.read(options, row.get("cop")),
            id=text_or_none(row, "id"),
            meta=keep(row, "choice_type", "subject_name", "topic_name"),
        )


def _fit(rows: Sequence[Row], said: ItemFile) -> _Reader:
    cells = []
    for row in rows:
        try:
            cells.append((_options(row), row.get("cop")))
        except Reject:
            continue
    # The first release is JSON, with numbers; where a table holds them as text it is the hub's.
    usual = 0 if all(isinstance(value, str) or value == -1 for _, value in cells) else None
    cop = gold_column("cop", cells, base=said.gold_base, usual=usual, positions_only=True)
    return _Reader(cop)


def _read(row: Row) -> ParsedRow:
    return _fit([row], ItemFile("")).read(row)


ADAPTER = Adapter(
    name="medmcqa",
    about="MedMCQA: question, opa-opd, cop (position from 0, or from 1 where the file shows it)",
    signatures=(frozenset({"question", *_OPTIONS, "cop"}),),
    read=_read,
    looks_right=lambda row: is_missing(row.get("ope")),
    is_own=lambda row: "choice_type" in row or "topic_name" in row,
    fit=_fit,
)
