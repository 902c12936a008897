"""The head of a GGUF file, read without llama.cpp: metadata and tensor list, no weights.

Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, versions 2 and 3, little-endian.
Long arrays (the vocabulary) are stepped over, not kept. Every length is checked against the file's
size, so a damaged head ends in a `ModelError`, never in a huge allocation.
"""

from __future__ import annotations

import math
import mmap
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cgr_nb.errors import ModelError

__all__ = ["GgufHead", "read_head"]

MAGIC = b"GGUF"
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
_FILE_TYPES = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K",
    11: "Q3_K_S", 12: "Q3_K_M", 13: "Q3_K_L", 14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S",
    17: "Q5_K_M", 18: "Q6_K", 19: "IQ2_XXS", 20: "IQ2_XS", 21: "Q2_K_S", 22: "IQ3_XS",
    23: "IQ3_XXS", 24: "IQ1_S", 25: "IQ4_NL", 26: "IQ3_S", 27: "IQ3_M", 28: "IQ2_S", 29: "IQ2_M",
    30: "IQ4_XS", 31: "IQ1_M", 32: "BF16", 36: "TQ1_0", 37: "TQ2_0", 38: "MXFP4",
}  # fmt: skip
"""`general.file_type` -> name (enum llama_ftype)."""


@dataclass(frozen=True, slots=True)
class GgufHead:
    """What a GGUF file says about itself."""

    metadata: Mapping[str, str | int | float | bool]
    """Scalar and text keys; arrays are left out."""
    tensors: int
    parameters: int
    """Number of weights, counted from the tensor shapes."""

    @property
    def architecture(self) -> str:
        """Such as "llama" or "qwen2"; "" when the file does not say."""
        return str(self.metadata.get("general.architecture", ""))

    @property
    def context_tokens(self) -> int | None:
        """Context window the model was trained with."""
        value = self.metadata.get(f"{self.architecture}.context_length")
        return int(value) if value is not None else None

    @property
    def quantisation(self) -> str:
        """Such as "Q8_0"; "unknown" when the file does not say."""
        return _FILE_TYPES.get(int(self.metadata.get("general.file_type", -1)), "unknown")

    @property
    def chat_template(self) -> str | None:
        """The model's own Jinja chat template."""
        value = self.metadata.get("tokenizer.chat_template")
        return str(value) if value else None

    @property
    def embeds_only(self) -> bool:
        """True for models that give vectors, not text."""
        pooled = int(self.metadata.get(f"{self.architecture}.pooling_type", 0)) != 0
        causal = bool(self.metadata.get(f"{self.architecture}.attention.causal", True))
        return pooled or not causal

    @property
    def parts(self) -> int:
        """Number of files the weights are split over."""
        return int(self.metadata.get("split.count", 0)) or 1


class _Cut(Exception):
    """The file ends, or makes no sense, before its head does."""


class _Cursor:
    def __init__(self, data: mmap.mmap) -> None:
        self.data = data
        self.place = 0

    def scalar(self, code: str) -> int | float | bool:
        size = struct.calcsize(code)
        self.skip(size)
        value: int | float | bool = struct.unpack_from(f"<{code}", self.data, self.place - size)[0]
        return value

    def number(self, code: str) -> int:
        return int(self.scalar(code))

    def text(self) -> str:
        size = self.number("Q")
        self.skip(size)
        return self.data[self.place - size : self.place].decode("utf-8", "replace")

    def skip(self, size: int) -> None:
        if size > len(self.data) - self.place:
            raise _Cut
        self.place += size

    def value(self, kind: int) -> str | int | float | bool | None:
        """Read one value; None for an array, which is stepped over."""
        if kind == _STRING:
            return self.text()
        if kind in _SCALARS:
            return self.scalar(_SCALARS[kind])
        if kind != _ARRAY:
            raise _Cut
        inner, count = self.number("I"), self.number("Q")
        if inner in _SCALARS:
            self.skip(count * struct.calcsize(_SCALARS[inner]))
        elif inner == _STRING:
            for _ in range(count):
                self.skip(self.number("Q"))
        else:
            raise _Cut
        return None


def read_head(path: Path) -> GgufHead:
    """Read the head of a GGUF file.

    Raises:
        ModelError: There is no such file, it is not GGUF, or it is cut short or damaged.
    """
    try:
        with path.open("rb") as file:
            if file.read(4) != MAGIC:
                raise ModelError(
                    "not a GGUF file", where=str(path), fix="give the path of a .gguf weight file"
                )
            with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
                return _head(_Cursor(data), len(data))
    except _Cut:
        raise ModelError(
            "the GGUF file is cut short or damaged",
            where=str(path),
            got=f"{path.stat().st_size:,} bytes",
            fix="fetch it again",
        ) from None
    except OSError as error:
        raise ModelError(
            f"the weight file can't be read: {error.strerror or error}", where=str(path)
        ) from error


def _head(cursor: _Cursor, size: int) -> GgufHead:
    cursor.skip(len(MAGIC))
    if cursor.number("I") not in (2, 3):
        raise _Cut
    tensors, keys = cursor.number("Q"), cursor.number("Q")
    metadata = {}
    for _ in range(keys):
        key = cursor.text()
        value = cursor.value(cursor.number("I"))
        if value is not None:
            metadata[key] = value
    parameters, furthest = 0, 0
    for _ in range(tensors):
        cursor.text()
        dimensions = cursor.number("I")
        if dimensions > 8:
            raise _Cut
        shape = [cursor.number("Q") for _ in range(dimensions)]
        cursor.number("I")
        furthest = max(furthest, cursor.number("Q"))
        parameters += math.prod(shape)
    if tensors and cursor.place + furthest >= size:
        raise _Cut
    return GgufHead(metadata, tensors, parameters)
