"""Columns of a table that stay in memory while its records are in a file: keys that are content
ids, ten bytes each, and fields with few values, four bytes each.

A table is gone through a dozen times for these alone, and reading a record for its id costs what
reading all of it does.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from typing import Any

__all__ = ["FewValues", "Ids"]

_ID_BYTES = 10
"""Of a content id (`records.content_id`): twice as many hexadecimal digits."""
_MOST_VALUES = 1 << 16
"""A field with more is not one of few values, whatever was thought of it."""


class Ids:
    """Texts that are content ids, as many as there are of them. One that is none ends it: then
    nothing is kept."""

    def __init__(self) -> None:
        self._packed = bytearray()
        self.kept = True

    def add(self, text: str) -> None:
        """Keep one behind the others."""
        if not self.kept:
            return
        try:
            packed = bytes.fromhex(text)
        except (ValueError, TypeError):
            packed = b""
        # White space and capital letters can be read too, and would not come back.
        if len(packed) == _ID_BYTES and packed.hex() == text:
            self._packed += packed
        else:
            self.kept, self._packed = False, bytearray()

    def at(self, place: int) -> str:
        """The one of a place, counted from 0."""
        start = place * _ID_BYTES
        return self._packed[start : start + _ID_BYTES].hex()

    def __iter__(self) -> Iterator[str]:
        packed = self._packed
        for start in range(0, len(packed), _ID_BYTES):
            yield packed[start : start + _ID_BYTES].hex()


class FewValues:
    """Values of a field, each text or None once. With too many of them nothing is kept."""

    def __init__(self) -> None:
        self._codes = array("I")
        self._values: list[Any] = []
        self._code_of: dict[Any, int] = {}
        self.kept = True

    def add(self, value: str | None) -> None:
        """Keep one behind the others."""
        if not self.kept:
            return
        code = self._code_of.get(value)
        if code is None:
            code = self._code_of[value] = len(self._values)
            self._values.append(value)
            if code == _MOST_VALUES:
                self.kept = False
                self._codes, self._values, self._code_of = array("I"), [], {}
                return
        self._codes.append(code)

    def at(self, place: int) -> str | None:
        """The one of a place, counted from 0."""
        found: str | None = self._values[self._codes[place]]
        return found

    def __iter__(self) -> Iterator[str | None]:
        return map(self._values.__getitem__, self._codes)
