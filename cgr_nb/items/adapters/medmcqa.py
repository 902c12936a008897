"""MedMCQA: columns `opa` ... `opd`, gold `cop` as a position from 0; -1 means not known.

The set's first release counted `cop` from 1: there a 4 is rejected, the rest can't be told apart by
row. `exp` explains the answer and is left out. `choice_type` "multi" still has one gold.
"""

from __future__ import annotations

from cgr_nb.items.adapter import Adapter
from cgr_nb.items.draft import Draft
from cgr_nb.items.fields import Row, keep, required, text_or_none
from cgr_nb.items.gold import by_index
from cgr_nb.items.options import listed

__all__ = ["ADAPTER"]


def _read(row: Row) -> Draft:
    options = listed([row.get(name) for name in ("opa", "opb", "opc", "opd")])
    return Draft(
        question=required(row, "question"),
        options=options,
        gold=by_index(options, row.get("cop"), "cop"),
        id=text_or_none(row, "id"),
        meta=keep(row, "choice_type", "subject_name", "topic_name"),
    )


ADAPTER = Adapter(
    name="medmcqa",
    about="MedMCQA: question, opa-opd, cop (position from 0)",
    signatures=(frozenset({"question", "opa", "opb", "opc", "opd"}),),
    read=_read,
)
