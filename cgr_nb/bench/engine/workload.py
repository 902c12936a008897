"""The calls of a CGR study: items under one instruction, a direct call and six asks each.

Texts are made of words by a seeded draw: what they say does not matter to a random model, how long
they are and how much of them is shared does. Per item, about 140 tokens of instruction are shared
by all items and about 90 of the item by its calls; about 20 are a call's own.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from cgr_nb.records import Message

__all__ = ["ASKS", "Call", "Replies", "cgr_workload"]

ASKS = 6
"""Solver calls of a scaffold."""
_REPLY_TOKENS = (8, 1, 16, 4, 64, 2, 32)
"""Reply lengths of an item's calls where they are "mixed": the direct one, then its asks."""
_LONGEST = 64
Replies = Literal["mixed", "even"]
"""Many short and a few long ones, 18 tokens on average; or any length from 1 to 64 alike."""
_WORDS = (
    "pump",
    "bearing",
    "pressure",
    "mass",
    "energy",
    "patient",
    "dose",
    "signal",
    "period",
    "river",
    "cell",
    "voltage",
    "motor",
    "table",
    "higher",
    "lower",
    "before",
    "after",
    "within",
    "about",
    "value",
    "unit",
    "first",
    "second",
    "total",
    "change",
    "measure",
    "left",
    "right",
    "sample",
    "average",
    "point",
    "between",
    "small",
    "large",
    "field",
    "heat",
    "water",
    "metal",
    "plant",
    "blood",
    "rate",
)
_INSTRUCTION = (
    "You answer questions about science, medicine and machines. Read the text with care, use only "
    "what it says and what is generally known, and keep to the form that the question asks for. "
    "When options are given, exactly one of them is right: reply with its letter. When a number is "
    "asked for, reply with the number alone. Do not explain your reply."
)


@dataclass(frozen=True, slots=True)
class Call:
    """One call of the workload."""

    system: str
    prompt: str
    max_tokens: int

    @property
    def messages(self) -> list[Message]:
        """As turns of a conversation."""
        return [Message("system", self.system), Message("user", self.prompt)]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)


def cgr_workload(items: int, replies: Replies = "mixed", seed: int = 0) -> list[Call]:
    """The calls of so many items, in the order of a study that works through them.

    The first call of an item is its direct one.
    """
    draw = random.Random(seed)

    def words(count: int) -> str:
        return " ".join(draw.choices(_WORDS, k=count))

    calls = []
    for number in range(items):
        options = "\n".join(f"{letter}) {words(3)}" for letter in "ABCD")
        item = f"Question {number}: {words(26)}?\n{options}"
        tails = ["Which option is right?", *(f"{words(6)}?" for _ in range(ASKS))]
        lengths: Sequence[int] = _REPLY_TOKENS
        if replies == "even":
            lengths = [draw.randint(1, _LONGEST) for _ in tails]
        calls += [
            Call(_INSTRUCTION, f"{item}\n{tail}", tokens)
            for tail, tokens in zip(tails, lengths, strict=True)
        ]
    return calls
