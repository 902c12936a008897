"""The head of a GGUF file, read without llama.cpp: metadata and tensor list, no weights.

Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, versions 2 and 3, little-endian.
Long arrays (the vocabulary) are stepped over, not kept. Every length is checked against the file's
size, the head is read within bounds (bytes, texts, keys, tensors), and what it says is held against
itself (see `gguf_check`), so a damaged, senseless or hostile head ends in a `ModelError`, never in
a huge allocation, an endless read or a crash of llama.cpp. Values are asked for by type: `number`,
`numbers`, `text`, `flag`.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from cgr_nb.errors import ModelError
from cgr_nb.models.gguf_check import MalformedGguf, TensorEntry, check_keys, check_tensors
from cgr_nb.models.gguf_cursor import GgufCursor, Value, open_plain

__all__ = ["GgufHead", "read_head"]

MAGIC = b"GGUF"
_MOST_SIDES = 4
_MOST_KEYS = 1 << 16
_MOST_TENSORS = 1 << 18
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

    where: str
    """The file, as errors name it."""
    metadata: Mapping[str, Value]
    """Scalars, texts, and short arrays of whole numbers; other arrays are left out."""
    tensors: int
    parameters: int
    """Number of weights, counted from the tensor shapes."""

    def number(self, key: str, default: int = 0) -> int:
        """A whole number.

        Raises:
            ModelError: Something else stands under the key.
        """
        value = self.metadata.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self._mistyped(key, "a whole number", value)
        return value

    def numbers(self, key: str) -> tuple[int, ...]:
        """A whole number, or one for each layer; empty where the file does not say.

        Raises:
            ModelError: Something else stands under the key.
        """
        value = self.metadata.get(key, ())
        return value if isinstance(value, tuple) else (self.number(key),)

    def text(self, key: str, default: str = "") -> str:
        """A text.

        Raises:
            ModelError: Something else stands under the key.
        """
        value = self.metadata.get(key, default)
        if not isinstance(value, str):
            raise self._mistyped(key, "a text", value)
        return value

    def flag(self, key: str, default: bool) -> bool:
        """True or false.

        Raises:
            ModelError: Something else stands under the key.
        """
        value = self.metadata.get(key, default)
        if not isinstance(value, bool):
            raise self._mistyped(key, "true or false", value)
        return value

    def _mistyped(self, key: str, due: str, value: Value) -> ModelError:
        return ModelError(
            f"{key} is not {due}",
            where=self.where,
            got=repr(value)[:80],
            fix="download the file again, or use another conversion",
        )

    @property
    def architecture(self) -> str:
        """Such as "llama" or "qwen2"; "" when the file does not say."""
        return self.text("general.architecture")

    @property
    def context_tokens(self) -> int | None:
        """Context window the model was trained with."""
        return self.number(f"{self.architecture}.context_length") or None

    @property
    def quantisation(self) -> str:
        """Such as "Q8_0"; "unknown" when the file does not say."""
        return _FILE_TYPES.get(self.number("general.file_type", -1), "unknown")

    @property
    def chat_template(self) -> str | None:
        """The model's own Jinja chat template."""
        return self.text("tokenizer.chat_template") or None

    @property
    def embeds_only(self) -> bool:
        """True for models that give vectors, not text."""
        pooled = self.number(f"{self.architecture}.pooling_type") != 0
        return pooled or not self.flag(f"{self.architecture}.attention.causal", True)

    @property
    def parts(self) -> int:
        """Number of files the weights are split over."""
        return self.number("split.count") or 1

    @property
    def experts(self) -> int:
        """Experts of each layer; 0 where it is not a mixture."""
        return self.number(f"{self.architecture}.expert_count")

    @property
    def cell_numbers(self) -> int:
        """Numbers that the keys and values of one token are, in all layers.

        Where a model has no attention, as if it had one head: its state takes room too.
        """
        said = self.architecture + "."
        layers = self.number(f"{said}block_count") or 1
        heads = [number or 1 for number in self.numbers(f"{said}attention.head_count")] or [1]
        key_heads = self.numbers(f"{said}attention.head_count_kv")
        size = (self.number(f"{said}embedding_length") or 1) // max(heads)
        keys = max(self.numbers(f"{said}attention.key_length"), default=0) or size
        values = max(self.numbers(f"{said}attention.value_length"), default=0) or size
        if len(key_heads) > 1 and any(key_heads):
            return sum(key_heads) * (keys + values)
        return layers * (sum(key_heads) or max(heads)) * (keys + values)


def read_head(*pieces: Path) -> GgufHead:
    """Read the head of a GGUF file.

    Args:
        pieces: The file; of one that was cut into pieces, all of them, in order.

    Raises:
        ModelError: There is no such file, it is not GGUF, or it is cut short, damaged, or says
            what can't be.
    """
    path = pieces[0]
    cursor = None
    try:
        with ExitStack() as opened:
            files = [opened.enter_context(open_plain(piece)) for piece in pieces]
            cursor = GgufCursor(files)
            if files[0].read(len(MAGIC)) != MAGIC:
                raise ModelError(
                    "not a GGUF file", where=str(path), fix="give the path of a .gguf weight file"
                )
            files[0].seek(0)
            return _head(str(path), cursor)
    except MalformedGguf as error:
        raise ModelError(
            f"the GGUF file is cut short or damaged: {error}",
            where=str(path),
            got=f"{cursor.size if cursor else 0:,} bytes",
            fix="fetch it again",
        ) from None
    except OSError as error:
        raise ModelError(
            f"the weight file can't be read: {error.strerror or error}", where=str(path)
        ) from error


def _head(where: str, cursor: GgufCursor) -> GgufHead:
    cursor.skip(len(MAGIC))
    version = cursor.number("I")
    if version not in (2, 3):
        raise MalformedGguf(f"it is of version {version}; versions 2 and 3 are known")
    count, keys = cursor.number("Q"), cursor.number("Q")
    if keys > _MOST_KEYS:
        raise MalformedGguf(f"it says that it has {keys:,} keys")
    metadata: dict[str, Value] = {}
    seen = set()
    for _ in range(keys):
        key = cursor.name()
        if key in seen:
            raise MalformedGguf(f"the key '{key[:80]}' is there twice")
        seen.add(key)
        value = cursor.value(cursor.number("I"))
        if value is not None:
            metadata[key] = value
    tensors = [_tensor(cursor) for _ in _counted(count, cursor)]
    head = GgufHead(where, metadata, count, sum(tensor.numbers for tensor in tensors))
    check_tensors(tensors, cursor.place, cursor.size, head.number("general.alignment", 32))
    check_keys(head)
    return head


def _counted(count: int, cursor: GgufCursor) -> range:
    """So many tensors; as many as the rest of the file could tell of."""
    if count > min(cursor.size - cursor.place, _MOST_TENSORS):
        raise MalformedGguf(f"it says that it has {count:,} tensors")
    return range(count)


def _tensor(cursor: GgufCursor) -> TensorEntry:
    name = cursor.name()
    dimensions = cursor.number("I")
    if dimensions > _MOST_SIDES:
        raise MalformedGguf(f"the tensor '{name[:80]}' has {dimensions} dimensions")
    sides = tuple(cursor.number("Q") for _ in range(dimensions))
    return TensorEntry(name, sides, cursor.number("I"), cursor.number("Q"))
