"""Can a GGUF head be? Its numbers against each other, and its tensors against the file.

llama.cpp divides by what a file says, and ends the whole process where an assertion fails. So what
can't be is refused before it is given the file. Only what is certain is refused: architectures
differ, and models without attention, with one number for each layer, with experts or with keys of
another size than values are all real.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cgr_nb.errors import ModelError

if TYPE_CHECKING:
    from cgr_nb.models.gguf import GgufHead

__all__ = ["MalformedGguf", "TensorEntry", "check_keys", "check_tensors"]

_BLOCKS: Mapping[int, tuple[int, int]] = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34),
    10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292),
    16: (256, 66), 17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110),
    22: (256, 82), 23: (256, 136), 24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8),
    29: (256, 56), 30: (1, 2), 34: (256, 54), 35: (256, 66), 39: (32, 17),
}  # fmt: skip
"""Type of a tensor (enum ggml_type) -> numbers in a block, and its bytes. Newer types are not
measured."""
_MOST_NUMBERS = 1 << 50
_LIMITS: Mapping[str, tuple[int, int]] = {
    "block_count": (1, 10_000),
    "embedding_length": (1, 1 << 20),
    "context_length": (0, 1 << 30),
    "vocab_size": (0, 1 << 24),
    "feed_forward_length": (0, 1 << 24),
    "expert_count": (0, 1 << 16),
    "expert_used_count": (0, 1 << 16),
    "attention.head_count": (0, 1 << 16),
    "attention.head_count_kv": (0, 1 << 16),
    "attention.key_length": (0, 1 << 16),
    "attention.value_length": (0, 1 << 16),
    "attention.sliding_window": (0, 1 << 30),
    "rope.dimension_count": (0, 1 << 16),
    "pooling_type": (-1, 255),
}
"""Least and most of a whole number, or of each of those of the layers."""
_ONE = frozenset(
    ("block_count", "embedding_length", "context_length", "expert_count", "expert_used_count")
)
"""What is one number for all layers."""
_FIX = "fetch it again, or a file of this model that was converted otherwise"


class MalformedGguf(Exception):
    """The file ends, or makes no sense, before its head does."""


@dataclass(frozen=True, slots=True)
class TensorEntry:
    """One tensor, as the head tells it."""

    name: str
    sides: tuple[int, ...]
    kind: int
    """Type (enum ggml_type)."""
    offset: int
    """Where it begins, bytes from where the tensors begin."""

    @property
    def numbers(self) -> int:
        """How many numbers it holds."""
        return math.prod(self.sides)

    @property
    def bytes(self) -> int | None:
        """Its size; None for types that are not known here."""
        block, size = _BLOCKS.get(self.kind, (0, 0))
        if not block:
            return None
        row = self.sides[0] if self.sides else 1
        if row % block:
            raise MalformedGguf(f"the tensor '{self.name[:80]}' has rows of {row} numbers")
        return self.numbers // block * size


def check_tensors(tensors: Sequence[TensorEntry], start: int, size: int, alignment: int) -> None:
    """See that tensors lie within the file and apart from each other.

    Args:
        tensors: All of them.
        start: Where the head ends, bytes.
        size: Of the file.
        alignment: What their places are multiples of.

    Raises:
        MalformedGguf: They do not.
    """
    if not 1 <= alignment <= 1 << 20 or alignment & (alignment - 1):
        raise MalformedGguf(f"general.alignment is {alignment}")
    start += -start % alignment
    end, names = 0, set()
    for tensor in sorted(tensors, key=lambda tensor: tensor.offset):
        name = f"the tensor '{tensor.name[:80]}'"
        if tensor.name in names:
            raise MalformedGguf(f"{name} is there twice")
        names.add(tensor.name)
        if not all(side < 1 << 40 for side in tensor.sides) or tensor.numbers > _MOST_NUMBERS:
            raise MalformedGguf(f"{name} has the sides {tensor.sides}")
        if tensor.offset % alignment:
            raise MalformedGguf(f"{name} begins at {tensor.offset}, no multiple of {alignment}")
        if tensor.offset < end:
            raise MalformedGguf(f"{name} lies on another")
        end = tensor.offset + (tensor.bytes or 0)
        if start + end > size or start + tensor.offset >= size:
            raise MalformedGguf(f"{name} lies beyond the end of the file")


def check_keys(head: GgufHead) -> None:
    """See that the numbers of a model can be, each and together.

    Raises:
        ModelError: One can't, or is of another type than it must be.
    """
    # Asked once here, so that whoever asks later gets an answer.
    _ = head.quantisation, head.chat_template, head.embeds_only, head.parts, head.experts
    _ = head.text("general.license"), head.text("general.source.url")
    _ = head.flag("tokenizer.ggml.add_bos_token", False)
    prefix = f"{head.architecture}."
    for key, (least, most) in _LIMITS.items():
        name = prefix + key
        numbers = (head.number(name, least),) if key in _ONE else head.numbers(name)
        if name in head.metadata and not (numbers and all(least <= n <= most for n in numbers)):
            raise _absurd(head, name, f"it must be {least} to {most:,}")
    for name, value in head.metadata.items():
        if isinstance(value, float) and name.startswith(prefix) and math.isnan(value):
            raise _absurd(head, name, "it must be a number")
    _check_heads(head, prefix)
    _check_experts(head, prefix)
    _ = head.cell_numbers


def _check_heads(head: GgufHead, prefix: str) -> None:
    name, kv_name = f"{prefix}attention.head_count", f"{prefix}attention.head_count_kv"
    heads, kv_heads = head.numbers(name), head.numbers(kv_name)
    # A recurrent model has no heads, or says that it has none; a hybrid has them in some layers.
    recurrent = any(key.startswith((f"{prefix}ssm.", f"{prefix}wkv.")) for key in head.metadata)
    if not recurrent:
        for key, numbers in ((name, heads), (kv_name, kv_heads)):
            if numbers and not any(numbers):
                raise _absurd(head, key, "a model with attention has at least one head")
    pairs = _pairs(heads, kv_heads)
    for many, few in pairs:
        # Each head of keys serves as many of queries.
        if many and few and many % few:
            raise _absurd(head, kv_name, f"it must divide the number of heads, {many}")
    width, sized = head.number(f"{prefix}embedding_length"), f"{prefix}attention.key_length"
    if len(heads) == 1 and heads[0] and width and sized not in head.metadata and width % heads[0]:
        raise _absurd(head, name, f"the width of the model, {width}, must be a multiple of it")


def _pairs(heads: tuple[int, ...], kv_heads: tuple[int, ...]) -> list[tuple[int, int]]:
    """The two numbers of each layer, where both are known."""
    if len(heads) == 1:
        heads *= len(kv_heads)
    elif len(kv_heads) == 1:
        kv_heads *= len(heads)
    return list(zip(heads, kv_heads, strict=False))


def _check_experts(head: GgufHead, prefix: str) -> None:
    name = f"{prefix}expert_used_count"
    used = head.number(name)
    if used > head.experts:
        raise _absurd(head, name, f"there are {head.experts} experts")
    if head.experts and name in head.metadata and not used:
        raise _absurd(head, name, "a mixture uses at least one expert")


def _absurd(head: GgufHead, key: str, why: str) -> ModelError:
    return ModelError(
        f"{key} is inconsistent: {why}",
        where=head.where,
        got=repr(head.metadata.get(key))[:80],
        fix=_FIX,
    )
