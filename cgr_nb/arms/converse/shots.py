"""Conversations about support items that reached the correct answer, kept as examples.

They are the writer's own: it sees gold of a support item only in that its own answer was correct.
Items that it never answered correctly are not shown.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from cgr_nb.errors import StoreError
from cgr_nb.prompts import RenderedPrompt
from cgr_nb.records import Message

__all__ = ["read_shots", "shots_text", "with_shots"]

Shot = tuple[Message, ...]


def with_shots(opening: RenderedPrompt, shots: Sequence[Shot]) -> tuple[Message, ...]:
    """The turns of a conversation's opening, with earlier conversations before its question."""
    turns = opening.messages
    head = turns[:1] if turns[0].role == "system" else ()
    return (*head, *(turn for shot in shots for turn in shot), *turns[len(head) :])


def shots_text(shots: Sequence[Shot]) -> str:
    """Conversations as the text of a setup: JSON, a list of turns [role, content] for each."""
    plain = [[[turn.role, turn.content] for turn in shot] for shot in shots]
    return json.dumps(plain, ensure_ascii=False)


def read_shots(text: str) -> tuple[Shot, ...]:
    """The conversations of a setup.

    Raises:
        StoreError: It holds something else.
    """
    try:
        shots = json.loads(text)
        found = tuple(tuple(Message(role, said) for role, said in shot) for shot in shots)
    except (ValueError, TypeError, RecursionError):
        found = None
    turns = [turn for shot in found or () for turn in shot]
    if found is None or not all(
        turn.role in ("user", "assistant") and isinstance(turn.content, str) for turn in turns
    ):
        raise StoreError("a setup of arm code_act holds no conversations", got=repr(text[:60]))
    return found
