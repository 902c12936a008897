"""Reading single fields of a row: the small words that adapters are written in."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from cgr_nb.items.rejection import Reject

__all__ = ["Row", "as_text", "is_missing", "keep", "question", "required", "text_or_none"]

Row = Mapping[str, Any]
"""One row as its file holds it: field name -> plain Python value."""


def is_missing(value: object) -> bool:
    """Tell whether a field holds nothing: None, NaN or blank text."""
    if isinstance(value, float):
        return math.isnan(value)
    return value is None or (isinstance(value, str) and not value.strip())


def as_text(value: object) -> str:
    """Return text as it stands, and a number in the digits it is written with."""
    return value if isinstance(value, str) else str(value)


def text_or_none(row: Row, *names: str) -> str | None:
    """Return the first of the named fields that holds something, as text."""
    for name in names:
        value = row.get(name)
        if not is_missing(value):
            return as_text(value)
    return None


def required(row: Row, name: str) -> str:
    """Return a text field that the row must have.

    Raises:
        Reject: "no_question" when it is missing, blank or not text.
    """
    value = row.get(name)
    if is_missing(value):
        raise Reject("no_question", f"{name!r} is missing or empty", f"fill in {name!r}")
    if not isinstance(value, str):
        raise Reject("no_question", f"{name!r} is {type(value).__name__}, not text")
    return value


def question(row: Row, *names: str) -> str:
    """Return the question from the first of the named fields that the row has.

    Raises:
        Reject: "no_question" when none of them holds text.
    """
    present = [name for name in names if not is_missing(row.get(name))]
    return required(row, present[0] if present else names[0])


def keep(row: Row, *names: str) -> dict[str, Any]:
    """Return the named fields that hold something, for `Item.meta`.

    Name fields one by one: explanations, facts and reasoning columns give the answer away and must
    not be kept.
    """
    return {name: row[name] for name in names if not is_missing(row.get(name))}
