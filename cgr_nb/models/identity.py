"""What makes two model calls the same call."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from cgr_nb.records import (
    Message,
    ModelCard,
    Sampling,
    canonical_json,
    content_id,
    content_id_of,
)

__all__ = ["call_id", "refused_id", "turns_json"]

_CHOSEN = "by likelihood"
"""How a reply is chosen; another way makes other replies. (Calls whose id says nothing of it were
chosen token by token, by constrained decoding.)"""


def call_id(card: ModelCard, messages: Sequence[Message], sampling: Sampling) -> str:
    """Name a call by model, conversation and sampling: equal ids mean equal replies.

    Options that change replies are part of what the model is (`ModelCard.identity`).
    """
    drawn = {
        "max_tokens": int(sampling.max_tokens),
        "temperature": float(sampling.temperature),
        "top_p": float(sampling.top_p),
        "top_k": int(sampling.top_k),
        "min_p": float(sampling.min_p),
        "seed": int(sampling.seed),
        "stop": list(sampling.stop),
        "choices": list(sampling.choices),
    }
    if sampling.choices:
        drawn["chosen"] = _CHOSEN
    turns = turns_json(tuple(messages))
    return content_id_of("call", canonical_json(card.identity), turns, canonical_json(drawn))


@lru_cache(maxsize=512)
def turns_json(messages: tuple[Message, ...]) -> str:
    """A conversation as content ids have it: several models are asked it, and more than one id
    names it."""
    return canonical_json([[message.role, message.content] for message in messages])


def refused_id(call_id: str, card: ModelCard) -> str:
    """Id of a refused call. A larger window may serve what a smaller one refused, so it counts."""
    return content_id("refused", call_id, card.context_tokens)
