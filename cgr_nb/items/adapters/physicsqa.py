"""PhysicsQA: not public, so read in the shapes that such a file is likely to have.

Name it with `adapter="physicsqa"`; nothing is guessed to be PhysicsQA. It reads plain rows
(question, options, answer; options embedded in the question; a number without options) and the
schemas of the exam sets that stand in for it, JEEBench and MMLU.
"""

from __future__ import annotations

from dataclasses import replace

from cgr_nb.items.adapter import Adapter
from cgr_nb.items.adapters import generic, jeebench, mmlu
from cgr_nb.items.fields import Row
from cgr_nb.items.parsed_row import ParsedRow

__all__ = ["ADAPTER"]


def _read(row: Row) -> ParsedRow:
    for other in (jeebench.ADAPTER, mmlu.ADAPTER):
        if any(signature <= set(row) for signature in other.signatures) and other.looks_right(row):
            draft = other.read(row)
            return replace(draft, dataset="physicsqa", meta={**draft.meta, "schema": other.name})
    return replace(generic.ADAPTER.read(row), dataset="physicsqa")


ADAPTER = Adapter(
    name="physicsqa",
    about="PhysicsQA (not public): plain rows, or the schema of JEEBench or MMLU",
    signatures=(),
    read=_read,
)
