"""One row as a reader found it: where it stands, and its fields or what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, field

from cgr_nb.items.fields import Row
from cgr_nb.items.rejection import Reject

__all__ = ["RawRow", "ReaderNotes"]


@dataclass(frozen=True, slots=True)
class RawRow:
    """One row of a source."""

    where: str
    """"items.jsonl line 7", "items.parquet row 7", "frame index 6"."""
    fields: Row | None
    """Field name -> plain Python value; None when the row could not be read."""
    problem: Reject | None = None
    """Why it could not be read."""


@dataclass(slots=True)
class ReaderNotes:
    """What a reader has to tell besides the rows; filled while it reads."""

    notes: list[str] = field(default_factory=list)
    """What was found otherwise than expected, and how it was read."""
    dataset: str | None = None
    """What the source calls itself, such as the task of a harness log; None when it does not."""
