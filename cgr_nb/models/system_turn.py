"""System turns for those who take none: their text goes before the first turn that is another's."""

from __future__ import annotations

from collections.abc import Sequence

from cgr_nb.records import Message

__all__ = ["fold_system"]


def fold_system(messages: Sequence[Message]) -> list[Message]:
    """The conversation without system turns, and nothing of it lost."""
    rules = [turn.content for turn in messages if turn.role == "system"]
    turns = [turn for turn in messages if turn.role != "system"]
    if rules and turns:
        turns[0] = Message(turns[0].role, "\n\n".join([*rules, turns[0].content]))
    return turns
