"""What the solver gave to one question of a program: as the host has it, and as the program is
given it."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from cgr_nb.records import Ask, Reply
from cgr_nb.sandbox.frames import AskRequest

__all__ = ["AskReply", "Asker", "made_up_scores", "question_of"]


@dataclass(frozen=True, slots=True)
class AskReply:
    """A reply, as the host hands it to a program."""

    text: str
    finish: Literal["stop", "length"] = "stop"
    """"length": the solver was cut at max_tokens."""
    scores: tuple[float, ...] | None = None
    """Log-probability of each of the choices, in their order (see `Score.logprob`); None where none
    were asked for, or the solver tells none."""

    @classmethod
    def of(cls, request: AskRequest | Ask, reply: Reply) -> AskReply:
        """What a program gets of a model's reply: its text without the white space around it."""
        scores = None
        if request.scores and reply.scores is not None:
            scores = tuple(score.logprob for score in reply.scores)
        return cls(reply.text.strip(), reply.finish, scores)

    @classmethod
    def recorded(cls, ask: Ask) -> AskReply | None:
        """What a program got by the record; None where it got nothing."""
        if ask.reply is None:
            return None
        return cls(ask.reply, ask.finish or "stop", ask.reply_scores)


Asker: TypeAlias = Callable[[AskRequest], Awaitable[str | AskReply]]
"""Answers the questions of a program. A text alone is a reply that was not cut; where scores were
asked for, they are made up (see `made_up_scores`)."""


def question_of(call: Ask | AskRequest) -> tuple[object, ...]:
    """What a program asked: calls of which this is equal get equal replies."""
    return (call.prompt, call.choices, call.max_tokens, call.temperature, call.scores)


def made_up_scores(request: AskRequest, said: str, draw: str = "") -> tuple[float, ...] | None:
    """Scores for a reply that no model gave: that of what was said is the highest, and the others
    are as if drawn at random; the same for the same question. That of a single choice is drawn as
    well: it was not said because it is likely.

    Args:
        request: The question.
        said: What was said.
        draw: Of two draws, the scores of one question differ.

    Returns:
        None where what was said is none of the choices.
    """
    if said not in request.choices:
        return None
    if len(request.choices) == 1:
        return (-16 * _drawn(request.prompt, said, draw),)
    return tuple(
        -0.25 if choice == said else -1 - 15 * _drawn(request.prompt, choice, draw)
        for choice in request.choices
    )


def _drawn(*parts: str) -> float:
    """A number from 0 to 1 that depends on some texts and nothing else."""
    digest = hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest[:4], "big") / (1 << 32)
