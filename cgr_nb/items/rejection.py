"""Why a row of an item file did not become an item.

An adapter raises `Reject`; the reader catches it, adds where the row stands, and keeps a
`Rejection`. A `Reject` never reaches a user: only files that can't be read at all are errors
(`ItemError`).
"""

from __future__ import annotations

from dataclasses import dataclass

from cgr_nb.errors import CgrError

__all__ = ["REASONS", "Reject", "Rejection"]

REASONS: dict[str, str] = {
    "malformed_json": "the line is not valid JSON, or contains a key twice",
    "bad_encoding": "the line is not UTF-8",
    "malformed_csv": "the record has a different number of cells from the header, or broken quotes",
    "unreadable_cell": "a cell of the row can't be read, such as a date out of range",
    "not_an_object": "the row is not an object with named fields",
    "no_question": "the question is missing or empty",
    "no_options": "there are no options, and no number to generate them from",
    "not_multiple_choice": "the row asks for free text",
    "too_many_options": "more than 26 options",
    "empty_option": "an option has no text",
    "bad_options": "labels repeat, lists are of unequal length, or there is no list at all",
    "gold_not_an_option": "the stated answer is not among the options",
    "gold_ambiguous": "the stated answer can be read in two ways",
    "gold_conflict": "two fields of the row state different answers",
    "adapter_failed": "the adapter stopped with an error of its own",
    "duplicate": "an identical item was read before",
}
"""Every reason this package gives, in words. An adapter of your own may add others."""


class Reject(CgrError):
    """Raised by an adapter for a row that can't become an item.

    Args:
        reason: Short slug to count by, one of `REASONS` or the adapter's own.
        what: What is wrong, in one clause, with the value that was found.
        fix: What the reader can do about it.
    """

    def __init__(self, reason: str, what: str, fix: str | None = None) -> None:
        self.reason = reason
        super().__init__(what, fix=fix)

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.reason, self.what, self.fix)


@dataclass(frozen=True, slots=True)
class Rejection:
    """One row that did not become an item."""

    reason: str
    """Slug to count by; see `REASONS`."""
    detail: str
    """What is wrong and how to fix it, in words."""
    where: str
    """File and line or row: "items.jsonl line 7"."""
    id: str | None = None
    """The row's own id, when it has one."""

    def __str__(self) -> str:
        name = f" (id {self.id!r})" if self.id is not None else ""
        return f"{self.where}{name}: {self.detail}."
