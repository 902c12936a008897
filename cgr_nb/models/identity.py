"""What makes two model calls the same call."""

from __future__ import annotations

from collections.abc import Sequence

from cgr_nb.records import Message, ModelCard, Sampling, content_id

__all__ = ["call_id", "refused_id"]

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
    turns = [[message.role, message.content] for message in messages]
    return content_id("call", card.identity, turns, drawn)


def refused_id(call_id: str, card: ModelCard) -> str:
    """Id of a refused call. A larger window may serve what a smaller one refused, so it counts."""
    return content_id("refused", call_id, card.context_tokens)
