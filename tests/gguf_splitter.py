"""A GGUF file split over several, as `llama-gguf-split` does it: metadata in the first part."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path

_SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
_TEXT, _ARRAY = 8, 9


@dataclass
class _Tensor:
    """A tensor's entry without its offset, and its bytes with the padding behind them."""

    entry: bytes
    data: bytes


class _Reader:
    def __init__(self, data: bytes) -> None:
        self.data, self.place = data, 4

    def number(self, code: str) -> int:
        (value,) = struct.unpack_from(f"<{code}", self.data, self.place)
        self.place += struct.calcsize(code)
        return value

    def text(self) -> bytes:
        size = self.number("Q")
        self.place += size
        return self.data[self.place - size : self.place]

    def skip_value(self) -> None:
        kind = self.number("I")
        if kind == _TEXT:
            self.text()
        elif kind == _ARRAY:
            inner, count = self.number("I"), self.number("Q")
            if inner == _TEXT:
                for _ in range(count):
                    self.text()
            else:
                self.place += _SIZES[inner] * count
        else:
            self.place += _SIZES[kind]


def split_gguf(file: Path, folder: Path, parts: int, stem: str = "split") -> list[Path]:
    """Write the parts of a GGUF file into a folder, each with about as many tensors.

    Args:
        file: A whole file, with the usual alignment of 32.
        folder: Where the parts shall lie; made.
        parts: How many.
        stem: What their names begin with.

    Returns:
        The parts in order.
    """
    reader = _Reader(file.read_bytes())
    version, count, keys = reader.number("I"), reader.number("Q"), reader.number("Q")
    metadata = []
    for _ in range(keys):
        start = reader.place
        reader.text()
        reader.skip_value()
        metadata.append(reader.data[start : reader.place])
    entries, offsets = [], []
    for _ in range(count):
        start = reader.place
        reader.text()
        dimensions = reader.number("I")
        reader.place += 8 * dimensions + 4
        entries.append(reader.data[start : reader.place])
        offsets.append(reader.number("Q"))
    begin = reader.place + -reader.place % 32
    ends = sorted([*offsets, len(reader.data) - begin])
    tensors = []
    for entry, offset in zip(entries, offsets, strict=True):
        data = reader.data[begin + offset : begin + ends[ends.index(offset) + 1]]
        tensors.append(_Tensor(entry, data + b"\0" * (-len(data) % 32)))

    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for part in range(parts):
        chosen = tensors[part * count // parts : (part + 1) * count // parts]
        own = [
            *(metadata if part == 0 else []),
            _key("split.no", 2, struct.pack("<H", part)),
            _key("split.count", 2, struct.pack("<H", parts)),
            _key("split.tensors.count", 5, struct.pack("<i", count)),
        ]
        path = folder / f"{stem}-{part + 1:05}-of-{parts:05}.gguf"
        path.write_bytes(_file(version, own, chosen))
        paths.append(path)
    return paths


def _key(name: str, kind: int, value: bytes) -> bytes:
    return struct.pack("<Q", len(name)) + name.encode() + struct.pack("<I", kind) + value


def _file(version: int, keys: list[bytes], tensors: list[_Tensor]) -> bytes:
    head = b"GGUF" + struct.pack("<IQQ", version, len(tensors), len(keys)) + b"".join(keys)
    offset = 0
    for tensor in tensors:
        head += tensor.entry + struct.pack("<Q", offset)
        offset += len(tensor.data)
    head += b"\0" * (-len(head) % 32)
    return head + b"".join(tensor.data for tensor in tensors)
