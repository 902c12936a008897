"""The bytes of a GGUF file from its beginning, value by value, within bounds.

An untrusted file may say anything of itself: what is read is bounded in bytes, texts and what is
kept of them, and every length is held against the file's size.
"""

from __future__ import annotations

import os
import stat
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, TypeAlias

from cgr_nb.models.gguf_check import MalformedGguf

__all__ = ["GgufCursor", "Value", "open_plain"]

_SCALARS = {
    0: "B",
    1: "b",
    2: "H",
    3: "h",
    4: "I",
    5: "i",
    6: "f",
    7: "?",
    10: "Q",
    11: "q",
    12: "d",
}
_STRING, _ARRAY = 8, 9
_LENGTH = struct.Struct("<Q")
"""Of a text, before it."""
_WHOLE = "BbHhIiQq"
_LONG_ARRAY = 16_384
"""Arrays of more whole numbers are stepped over; there is one for each layer at most."""
_LONG_TEXT = 1 << 20
"""Texts of more bytes are stepped over; a chat template is far shorter."""
_LONG_KEY = 65_535
Value: TypeAlias = str | int | float | bool | tuple[int, ...]
_ENDS = "it ends before its head does"
_LONGEST_HEAD = 1 << 28
"""Bytes; the largest of real models, with a vocabulary of 260,000 tokens, has about 16 MB."""
_MOST_TEXTS = 1 << 22
"""Texts in all arrays: tokens and merges."""
_MOST_KEPT = 1 << 26
"""Bytes of texts that are kept."""
_PIECE = 1 << 18


class GgufCursor:
    """Goes through the bytes of one file, or of the pieces of one, and keeps what it has read."""

    def __init__(self, files: Sequence[BinaryIO]) -> None:
        self.size = sum(os.fstat(file.fileno()).st_size for file in files)
        self.data = bytearray()
        self.place = 0
        self._files = list(files)
        self._texts = 0
        self._kept = 0

    def scalar(self, code: str) -> int | float | bool:
        """One number of a kind that `struct` knows."""
        size = struct.calcsize(code)
        self.skip(size)
        value: int | float | bool = struct.unpack_from(f"<{code}", self.data, self.place - size)[0]
        return value

    def number(self, code: str) -> int:
        """One whole number."""
        return int(self.scalar(code))

    def text(self, most: int) -> str | None:
        """A text; None for one of more bytes."""
        size = self.number("Q")
        self.skip(size)
        if size > most:
            return None
        self._kept += size
        if self._kept > _MOST_KEPT:
            raise MalformedGguf("its texts are too long")
        return self.data[self.place - size : self.place].decode("utf-8", "replace")

    def name(self) -> str:
        """A key, or the name of a tensor."""
        name = self.text(_LONG_KEY)
        if not name:
            raise MalformedGguf("a name is empty or too long")
        return name

    def skip(self, size: int) -> None:
        """Step over bytes.

        Raises:
            MalformedGguf: The file has not so many, or its head can't be so long.
        """
        end = self.place + size
        if end > self.size:
            raise MalformedGguf(_ENDS)
        if end > _LONGEST_HEAD:
            raise MalformedGguf("its head is too long")
        while len(self.data) < end:
            piece = self._files[0].read(_PIECE)
            if not piece:
                self._files.pop(0)
                if not self._files:
                    raise MalformedGguf(_ENDS)
            self.data += piece
        self.place = end

    def _skip_texts(self, count: int) -> None:
        """Step over texts: a vocabulary has hundreds of thousands, so bytes that are read already
        take no call each."""
        data, place = self.data, self.place
        for _ in range(count):
            if len(data) < place + _LENGTH.size:
                self.place = place
                self.skip(_LENGTH.size)
            end = place + _LENGTH.size + _LENGTH.unpack_from(data, place)[0]
            if len(data) < end:
                self.place = place
                self.skip(end - place)
            place = end
        self.place = place
        self.skip(0)  # which holds what was stepped over against the bounds

    def value(self, kind: int) -> Value | None:
        """Read one value; None for what is stepped over."""
        if kind == _STRING:
            return self.text(_LONG_TEXT)
        if kind in _SCALARS:
            return self.scalar(_SCALARS[kind])
        if kind != _ARRAY:
            raise MalformedGguf(f"a value is of an unknown type, {kind}")
        inner, count = self.number("I"), self.number("Q")
        if inner in _SCALARS:
            code = _SCALARS[inner]
            self.skip(count * struct.calcsize(code))
            if code in _WHOLE and count <= _LONG_ARRAY:
                place = self.place - count * struct.calcsize(code)
                return struct.unpack_from(f"<{count}{code}", self.data, place)
        elif inner == _STRING:
            if count > (self.size - self.place) // 8:
                raise MalformedGguf(_ENDS)
            self._texts += count
            if self._texts > _MOST_TEXTS:
                raise MalformedGguf(f"an array holds {count:,} texts")
            self._skip_texts(count)
        else:
            raise MalformedGguf(f"an array holds values of an unknown type, {inner}")
        return None


def open_plain(path: Path) -> BinaryIO:
    """A plain file, unbuffered. A pipe is never waited for."""
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    file = open(os.open(path, flags), "rb", buffering=0)  # noqa: SIM115 - closed by the caller
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise OSError(0, "it is not a regular file")
    return file
