"""A GGUF file written from keys and tensors: what a test or a benchmark needs of the format.

Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, version 3, little-endian.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import BinaryIO, TypeAlias

__all__ = ["Tensor", "Value", "write_gguf"]

Value: TypeAlias = str | int | float | bool | list[str] | list[int]
"""Lists are not empty; integers are written with 32 bits."""

_F32, _F16 = 0, 1
_ALIGNMENT = 32


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor, its numbers made when they are written."""

    name: str
    sides: tuple[int, ...]
    """The side that lies together in memory first."""
    half: bool
    """Two bytes a number, else four."""
    make: Callable[[], bytes]

    @property
    def size(self) -> int:
        """Bytes."""
        return math.prod(self.sides) * (2 if self.half else 4)


def write_gguf(file: BinaryIO, keys: Mapping[str, Value], tensors: Sequence[Tensor]) -> None:
    """Write a whole file from its beginning."""
    file.write(b"GGUF" + struct.pack("<IQQ", 3, len(tensors), len(keys)))
    for key, value in keys.items():
        file.write(_text(key) + _value(value))
    offset = 0
    for tensor in tensors:
        sides = struct.pack(f"<I{len(tensor.sides)}Q", len(tensor.sides), *tensor.sides)
        kind = _F16 if tensor.half else _F32
        file.write(_text(tensor.name) + sides + struct.pack("<IQ", kind, offset))
        offset += tensor.size + -tensor.size % _ALIGNMENT
    file.write(b"\0" * (-file.tell() % _ALIGNMENT))
    for tensor in tensors:
        file.write(tensor.make() + b"\0" * (-tensor.size % _ALIGNMENT))


def _text(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def _value(value: Value) -> bytes:
    if isinstance(value, bool):
        return struct.pack("<I?", 7, value)
    if isinstance(value, int):
        return struct.pack("<II", 4, value)
    if isinstance(value, float):
        return struct.pack("<If", 6, value)
    if isinstance(value, str):
        return struct.pack("<I", 8) + _text(value)
    if isinstance(value[0], str):
        return struct.pack("<IIQ", 9, 8, len(value)) + b"".join(_text(str(part)) for part in value)
    return struct.pack("<IIQ", 9, 5, len(value)) + struct.pack(f"<{len(value)}i", *value)
