"""The body of a completion that tells log-probabilities of its prompt -> the prompt's tokens.

Two forms are known. "echo": OpenAI's first API (`echo`, `logprobs`), as llama_cpp.server with all
logits and vLLM speak it; `logprobs` holds the tokens of prompt and reply in three lists.
"prompt_logprobs": vLLM's own field, one table of tokens for each place of the prompt; read where
each holds one token alone, as it does when none beside the prompt's own is asked for.

Every field has its type and range, and what does not is an exception of `endpoint_errors`. What is
no body of such a form, from a server that ignores the fields, is `TellsNothing`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from cgr_nb.models.checked_body import body_of, shown
from cgr_nb.models.endpoint_errors import BrokenReply, NotACompletion, OddReply

__all__ = ["READERS", "TellsNothing", "ToldToken", "ToldTokens", "Way"]

Way: TypeAlias = Literal["echo", "prompt_logprobs"]
_LEAST = -1e9
"""In place of minus infinity, as the engine has it."""
_ABOVE_0 = 1e-3
"""What a server may say above 0, by rounding."""
_MOST_CHARS = 10_000
"""Of one token's text."""
_MORE_TOKENS = 64
"""Tokens beyond one for each byte of a prompt: what stands before it, and what is written."""
_WITHOUT_TEXT = re.compile(r"<[^<>]{1,100}>|\[/?[A-Z_]{2,40}\]|\ufffd*")
"""What a token is called that adds no text: a control token, or a part of a character. (Some
servers call it nothing.)"""
_MOST_TOKENS = (1 << 31) - 1


class TellsNothing(Exception):
    """A good reply that tells no log-probabilities of the prompt; why, in words."""


@dataclass(frozen=True, slots=True)
class ToldToken:
    """One token."""

    text: str
    """As the server spells it: empty or damaged where a token is part of a character, and empty for
    control tokens of some servers."""
    logprob: float | None
    """Natural logarithm of its probability; at most 0. None for the first of all."""
    start: int | None
    """Where it begins, in characters, by the server's count, which may leave some out."""


@dataclass(frozen=True, slots=True)
class ToldTokens:
    """The tokens of one prompt."""

    prompt: tuple[ToldToken, ...]
    written: tuple[ToldToken, ...]
    """What the model wrote behind it: one, or none."""
    text: str
    """What it wrote, as text."""
    prompt_tokens: int | None
    """By the server's count, with what it puts before the prompt; None where it tells none."""
    model: str | None
    fingerprint: str | None


def _read_echo(data: bytes, prompt: str) -> ToldTokens:
    body, choice = _choice(data)
    text = choice.get("text")
    if not isinstance(text, str):
        raise OddReply(f"text of type {type(text).__name__}")
    if not text.startswith(prompt):
        raise TellsNothing("it does not echo the prompt")
    told = choice.get("logprobs")
    if not isinstance(told, dict):
        raise TellsNothing("it tells no log-probabilities of what it echoes")
    tokens, logprobs = (_list(told, name) for name in ("tokens", "token_logprobs"))
    starts = told.get("text_offset")
    starts = [None] * len(tokens) if starts is None else _list(told, "text_offset")
    if not len(tokens) == len(logprobs) == len(starts):
        raise OddReply("lists of tokens that are not of one length")
    _check_count(len(tokens), prompt)
    found = [_token(*one) for one in zip(tokens, logprobs, starts, strict=True)]
    wrote = text[len(prompt) :]
    count = _written(body, wrote)
    if count and not wrote and found and not _WITHOUT_TEXT.fullmatch(found[-1].text):
        # It wrote a token without a text, and does not list it.
        count = 0
    elif count and wrote.strip() != found[-1].text.strip() and "\ufffd" not in wrote:
        raise TellsNothing(
            "the tokens that it tells end with another one than it writes, so their"
            " log-probabilities are those of their neighbours (llama_cpp.server does so where a"
            " prompt does not begin with the model's first token)"
        )
    split = len(found) - count
    return _told(found[:split], found[split:], wrote, body)


def _read_prompt_logprobs(data: bytes, prompt: str) -> ToldTokens:
    body, choice = _choice(data)
    places = choice.get("prompt_logprobs", body.get("prompt_logprobs"))
    if not isinstance(places, list):
        raise TellsNothing("it tells no prompt_logprobs")
    _check_count(len(places), prompt)
    found = []
    for number, place in enumerate(places):
        if place is None and number == 0:
            continue  # of the first token nothing is told, its text neither
        if not isinstance(place, dict) or len(place) != 1:
            raise OddReply(f"prompt_logprobs with a place that is not one token: {shown(place)}")
        [one] = place.values()
        if not isinstance(one, dict):
            raise OddReply(f"prompt_logprobs with {shown(one)}")
        found.append(_token(one.get("decoded_token"), one.get("logprob"), None))
    wrote = choice.get("text")
    if not isinstance(wrote, str):
        raise OddReply(f"text of type {type(wrote).__name__}")
    told = choice.get("logprobs")
    written = []
    if isinstance(told, dict):
        tokens, logprobs = (_list(told, name) for name in ("tokens", "token_logprobs"))
        if len(tokens) != len(logprobs) or len(tokens) > 1:
            raise OddReply("lists of tokens that are not of one length, or of more than one")
        written = [_token(*one, None) for one in zip(tokens, logprobs, strict=True)]
    return _told(found, written, wrote, body)


READERS: Mapping[Way, Callable[[bytes, str], ToldTokens]] = {
    "echo": _read_echo,
    "prompt_logprobs": _read_prompt_logprobs,
}
"""Form -> reads the body of a completion of a prompt with at most one token.

Raises:
    ServerError: It tells an error.
    TellsNothing: It is a completion, and tells nothing of the prompt.
    BrokenReply, OddReply, NotACompletion: See `completion`.
"""


def _told(
    prompt: list[ToldToken], written: list[ToldToken], text: str, body: dict[str, Any]
) -> ToldTokens:
    if any(one.logprob is None for one in (*prompt[1:], *written)):
        raise OddReply("a token without log-probability that is not the first")
    usage = body.get("usage")
    count = usage.get("prompt_tokens") if isinstance(usage, dict) else None
    is_count = type(count) is int and 0 < count <= _MOST_TOKENS
    return ToldTokens(
        tuple(prompt),
        tuple(written),
        text,
        count if is_count else None,
        _name(body.get("model")),
        _name(body.get("system_fingerprint")),
    )


def _choice(data: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    body = body_of(data)
    choices = body.get("choices")
    if not isinstance(choices, list):
        raise NotACompletion(shown(body))
    if len(choices) != 1 or not isinstance(choices[0], dict):
        raise BrokenReply(f"the server sent {len(choices)} choices for one prompt")
    return body, choices[0]


def _written(body: dict[str, Any], wrote: str) -> int:
    """How many tokens the model wrote."""
    usage = body.get("usage")
    count = usage.get("completion_tokens") if isinstance(usage, dict) else None
    if count is None:
        return int(bool(wrote))
    if type(count) is not int or not int(bool(wrote)) <= count <= 1:
        raise OddReply(f"a completion of {shown(count)} tokens where one was asked for")
    return count


def _token(text: object, logprob: object, start: object) -> ToldToken:
    if not isinstance(text, str) or len(text) > _MOST_CHARS:
        raise OddReply(f"a token of {shown(text)}")
    if start is not None and (type(start) is not int or not -_MOST_TOKENS < start <= _MOST_TOKENS):
        raise OddReply(f"a token that begins at {shown(start)}")
    if logprob is None:
        return ToldToken(text, None, start)
    if isinstance(logprob, bool) or not isinstance(logprob, int | float) or math.isnan(logprob):
        raise OddReply(f"a log-probability of {shown(logprob)}")
    if logprob > _ABOVE_0:
        raise OddReply(f"a log-probability above 0: {shown(logprob)}")
    return ToldToken(text, min(0.0, max(_LEAST, float(logprob))), start)


def _list(told: dict[str, Any], name: str) -> list[Any]:
    value = told.get(name)
    if not isinstance(value, list):
        raise OddReply(f"logprobs.{name} of type {type(value).__name__}")
    return value


def _check_count(count: int, prompt: str) -> None:
    most = len(prompt.encode("utf-8", "surrogatepass")) + _MORE_TOKENS
    if not 0 < count <= most:
        raise OddReply(f"{count:,} tokens of a prompt that has {len(prompt):,} characters")


def _name(value: object) -> str | None:
    return value if isinstance(value, str) and 0 < len(value) <= 200 else None
