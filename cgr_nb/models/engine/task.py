"""What is done with a prompt once it is computed: what free replies and scored texts have in
common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from cgr_nb.models.engine.context import Logits
from cgr_nb.records import Score

__all__ = ["Jump", "Move", "Next", "Task", "Unfinished"]


@dataclass(frozen=True, slots=True)
class Next:
    """Go on with one more token of the reply."""

    token: int


@dataclass(frozen=True, slots=True)
class Jump:
    """Set a text behind the prompt, in place of the one before."""

    path: tuple[int, ...]
    """Its tokens, at least one. Logits are read after each of them."""


@dataclass(frozen=True, slots=True)
class Unfinished:
    """More logits of the text under way are to come."""


Move: TypeAlias = Next | Jump | Unfinished
"""What must be in memory before logits are read again."""


class Task(Protocol):
    """One reply in the making."""

    needs: int
    """Tokens after the prompt that memory must have room for."""
    text: str
    """The answer."""
    thoughts: str
    """What stands before it."""
    thought_tokens: int | None
    """Tokens of the thoughts; None where there are none."""
    finish: Literal["stop", "length"]
    count: int
    """Tokens of the reply, thoughts included."""
    scores: tuple[Score, ...] | None
    """Of each choice; None where nothing was chosen."""

    def begin(self) -> bool:
        """False when the reply is known before anything is computed."""
        ...

    def read(self, logits: Logits) -> Move | None:
        """Go on from logits; None when the reply is complete.

        Args:
            logits: A row for each token after which they were to be read, of which all, or the next
                ones, are computed.
        """
        ...

    def free(self) -> None:
        """Give back what llama.cpp holds for it. Once only."""
        ...
