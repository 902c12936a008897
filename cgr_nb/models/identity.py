"""What makes two model calls the same call."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import isfinite

from cgr_nb.records import (
    Message,
    ModelCard,
    Sampling,
    canonical_json,
    content_id,
    content_id_of,
)

__all__ = ["call_id", "call_id_of", "drawn_json", "refused_id", "turns_json"]

_CHOSEN = "by likelihood"
"""How a reply is chosen; another way makes other replies. (Calls whose id says nothing of it were
chosen token by token, by constrained decoding.)"""


def call_id(card: ModelCard, messages: Sequence[Message], sampling: Sampling) -> str:
    """Name a call by model, conversation and sampling: equal ids mean equal replies.

    Options that change replies are part of what the model is (`ModelCard.identity`).
    """
    return call_id_of(card, turns_json(messages), drawn_json(sampling))


def call_id_of(card: ModelCard, turns: str, drawn: str) -> str:
    """As `call_id`.

    Args:
        card: The model.
        turns: `turns_json` of the conversation.
        drawn: `drawn_json` of the sampling.
    """
    return content_id_of("call", _name_json(card.identity), turns, drawn)


def drawn_json(sampling: Sampling) -> str:
    """How a reply is drawn as content ids have it, written by hand: it is asked for a million
    times."""
    stop, choices = sampling.stop, sampling.choices
    chosen = f',"chosen":{_name_json(_CHOSEN)}' if choices else ""
    return (
        f'{{"choices":{canonical_json(choices) if choices else "[]"}{chosen}'
        f',"max_tokens":{int(sampling.max_tokens)},"min_p":{_number(sampling.min_p)}'
        f',"seed":{int(sampling.seed)},"stop":{canonical_json(stop) if stop else "[]"}'
        f',"temperature":{_number(sampling.temperature)},"top_k":{int(sampling.top_k)}'
        f',"top_p":{_number(sampling.top_p)}}}'
    )


def _number(value: float) -> str:
    """As JSON has it: of what is no number it has its own words."""
    value = float(value)
    return repr(value) if isfinite(value) else canonical_json(value)


_name_json = lru_cache(maxsize=64)(canonical_json)
_TURNS: dict[int, tuple[tuple[Message, ...], str]] = {}
_MOST_TURNS = 512


def turns_json(messages: Sequence[Message]) -> str:
    """A conversation as content ids have it: several models are asked it, and more than one id
    names it, so the last ones are kept, each with the very messages that it is of."""
    known = _TURNS.get(id(messages))
    if known is not None and known[0] is messages:
        return known[1]
    turns = [
        f"[{canonical_json(message.role)},{canonical_json(message.content)}]"
        for message in messages
    ]
    text = f"[{','.join(turns)}]"
    if isinstance(messages, tuple):
        if len(_TURNS) >= _MOST_TURNS:
            _TURNS.clear()
        _TURNS[id(messages)] = messages, text
    return text


def refused_id(call_id: str, card: ModelCard) -> str:
    """Id of a refused call. A larger window may serve what a smaller one refused, so it counts."""
    return content_id("refused", call_id, card.context_tokens)
