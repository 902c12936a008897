"""What is done with a prompt once it is computed: the part that free replies and choices share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from cgr_nb.models.engine.context import Logits

__all__ = ["Jump", "Move", "Next", "Task"]


@dataclass(frozen=True, slots=True)
class Next:
    """Go on with one more token of the reply."""

    token: int


@dataclass(frozen=True, slots=True)
class Jump:
    """Go to another end of the prompt."""

    path: tuple[int, ...]
    """All tokens after the prompt, at least one; may share a beginning with the path before."""


Move: TypeAlias = Next | Jump
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
    logprobs: tuple[float, ...] | None
    """Of each choice; None where nothing was chosen."""

    def begin(self) -> bool:
        """False when the reply is known before anything is computed."""
        ...

    def read(self, logits: Logits) -> Move | None:
        """Go on from the logits after the last token; None when the reply is complete."""
        ...

    def free(self) -> None:
        """Give back what llama.cpp holds for it. Once only."""
        ...
