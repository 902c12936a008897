"""A server's body -> a completion. One strict reader: every field has its type and its range.

What is no completion is an exception of `refusals`, never a reply:

| what came                                   | what it is                                   |
|---------------------------------------------|----------------------------------------------|
| `content` as parts                          | its text parts, joined; thoughts are left out |
| a field of another type, text without end   | `OddReply`                                   |
| an error in a body of HTTP 200              | `ServerError`                                |
| no choice; `finish_reason` not a known good one | `BrokenReply`                            |
| no completion at all                        | `NotACompletion`                             |
| `usage` that is missing, or of odd numbers  | a count of None: the reply itself is good    |
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

from cgr_nb.models.error_body import error_in
from cgr_nb.models.json_body import read_json
from cgr_nb.models.refusals import BrokenReply, NotACompletion, OddReply, ServerError

__all__ = ["Completion", "StreamedCompletion", "read_completion", "read_model_names"]

Finish = Literal["stop", "length", "filtered", "tools"]

_FINISHES: dict[str, Finish] = {
    **dict.fromkeys(("stop", "eos", "eos_token", "stop_sequence", "end_turn", "complete"), "stop"),
    **dict.fromkeys(("length", "max_tokens", "max_output_tokens", "model_length"), "length"),
    **dict.fromkeys(
        (
            *("content_filter", "content_filtered", "safety", "recitation", "sensitive"),
            *("refusal", "prohibited_content", "blocklist", "spii", "error_toxic"),
        ),
        "filtered",
    ),
    **dict.fromkeys(("tool_calls", "tool_use", "function_call"), "tools"),
}
"""Reasons that servers give for the end of a whole reply, and what they mean."""
_TEXT_PARTS = ("text", "output_text")
_THOUGHTS = ("thinking", "redacted_thinking", "reasoning")
_MOST_TOKENS = (1 << 31) - 1
_CHARS_A_TOKEN = 256
_SPARE_CHARS = 65_536
"""Text beyond `max_tokens` that is let pass: servers count as they like, but not without end."""


@dataclass(frozen=True, slots=True)
class Completion:
    """One whole reply of a server."""

    text: str
    """As the server spelt it: halves of characters may be in it."""
    refusal: str
    """The model's words where it declined in a field of its own; else empty."""
    finish: Finish
    """"filtered": by the server's policy; "tools": the model called a tool instead of answering."""
    prompt_tokens: int | None
    """By the server's count; None where it told none that can be."""
    reply_tokens: int | None


@dataclass(frozen=True, slots=True)
class _Usage:
    prompt: int | None = None
    reply: int | None = None


def read_completion(data: bytes, max_tokens: int) -> Completion:
    """Read a body that came in one piece.

    Args:
        data: The body.
        max_tokens: What the reply was limited to.

    Raises:
        ServerError: It tells an error.
        BrokenReply: It holds no whole reply.
        OddReply: A field is not what the API defines.
        NotACompletion: It is something else.
    """
    body = _object(_json(data))
    choices = body.get("choices")
    if "choices" not in body or not (choices is None or isinstance(choices, list)):
        raise NotACompletion(_shown(body))
    if not choices:
        raise BrokenReply("the server sent no choice")
    choice = _dict(choices[0], "choices[0]")
    if error := error_in({"error": choice.get("error")}):
        raise ServerError(error)
    message = _dict(choice.get("message"), "message")
    text, refusal = _content(message.get("content"))
    refusal += _text(message.get("refusal"), "refusal")
    _check_length(text, max_tokens)
    finish = _finish(choice.get("finish_reason"))
    usage = _usage(body.get("usage"))
    return _completion(text, refusal, finish, usage)


class StreamedCompletion:
    """A reply that comes in events."""

    def __init__(self, max_tokens: int) -> None:
        self.ended = False
        """Whether the server said that there is nothing more to come."""
        self._max_tokens = max_tokens
        self._pieces: list[str] = []
        self._refusal = ""
        self._chars = 0
        self._finish: Finish | None = None
        self._usage = _Usage()

    def take(self, data: bytes) -> str:
        """The text that one event adds.

        Args:
            data: Of the event.

        Raises:
            ServerError: It tells an error.
            BrokenReply: It is cut, or ends the reply for no good reason.
            OddReply: A field is not what the API defines.
            NotACompletion: It is something else.
        """
        if data.strip() == b"[DONE]":
            self.ended = True
            return ""
        body = _object(_json(data, broken=True))
        usage = _usage(body.get("usage"))
        self._usage = replace(
            self._usage,
            prompt=self._usage.prompt if usage.prompt is None else usage.prompt,
            reply=self._usage.reply if usage.reply is None else usage.reply,
        )
        choices = body.get("choices")
        if choices is not None and not isinstance(choices, list):
            raise NotACompletion(_shown(body))
        added = "".join(self._choice(_dict(one, "choices[0]")) for one in choices or ())
        self._chars += len(added)
        _check_length(self._chars, self._max_tokens)
        self._pieces.append(added)
        return added

    def completion(self) -> Completion:
        """The whole reply.

        Raises:
            BrokenReply: It has not come to its end.
        """
        if self._finish is None:
            raise BrokenReply("the stream ended before the reply did")
        return _completion("".join(self._pieces), self._refusal, self._finish, self._usage)

    def _choice(self, choice: dict[str, Any]) -> str:
        if choice.get("index") not in (0, None):
            return ""
        if error := error_in({"error": choice.get("error")}):
            raise ServerError(error)
        delta = {} if choice.get("delta") is None else _dict(choice["delta"], "delta")
        text, refusal = _content(delta.get("content"))
        self._refusal += refusal + _text(delta.get("refusal"), "refusal")
        _check_length(self._refusal, self._max_tokens)
        if choice.get("finish_reason") not in (None, ""):
            self._finish = _finish(choice["finish_reason"])
        return text


def read_model_names(data: bytes) -> tuple[str, ...]:
    """Names in a list of models, sorted.

    Raises:
        ServerError: It tells an error.
        NotACompletion: It is no such list.
    """
    body = _object(_json(data))
    models = body.get("data") or body.get("models") or []
    if not ({"data", "models"} & set(body)) or not isinstance(models, list):
        raise NotACompletion(_shown(body))
    names = [model.get("id") or model.get("name") for model in models if isinstance(model, dict)]
    return tuple(sorted(name for name in names if isinstance(name, str)))


def _completion(text: str, refusal: str, finish: Finish, usage: _Usage) -> Completion:
    # Servers that do not count send zeros: no prompt is empty, and no text is made of no token.
    prompt = usage.prompt or None
    reply = None if not usage.reply and text else usage.reply
    return Completion(text, refusal, finish, prompt, reply)


def _json(data: bytes, broken: bool = False) -> object:
    try:
        return read_json(data)
    except ValueError:
        if broken or data.lstrip()[:1] in (b"{", b"["):
            raise BrokenReply("the server's JSON is cut or damaged") from None
        shown = data[:400].decode("utf-8", "replace") if data.strip() else "an empty body"
        raise NotACompletion(shown) from None


def _object(value: object) -> dict[str, Any]:
    """The body, once it is known to be no error."""
    if error := error_in(value):
        raise ServerError(error)
    if not isinstance(value, dict):
        raise NotACompletion(_shown(value))
    return value


def _content(value: object) -> tuple[str, str]:
    """Text and refusal of a message's content."""
    if not isinstance(value, list):
        return _text(value, "content"), ""
    text, refusal = "", ""
    for part in value:
        kind = part.get("type") if isinstance(part, dict) else None
        if kind in _TEXT_PARTS:
            text += _text(part.get("text"), "content")
        elif kind == "refusal":
            refusal += _text(part.get("refusal"), "content")
        elif kind not in _THOUGHTS:
            raise OddReply(f"content with a part of type {_shown(kind)}")
    return text, refusal


def _text(value: object, name: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise OddReply(f"{name} of type {type(value).__name__}: {_shown(value)}")
    return value


def _dict(value: object, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise OddReply(f"{name} of type {type(value).__name__}")
    return value


def _finish(reason: object) -> Finish:
    known = _FINISHES.get(reason.lower()) if isinstance(reason, str) else None
    if known is None:
        raise BrokenReply(f"the reply ended with finish_reason {_shown(reason)}")
    return known


def _usage(value: object) -> _Usage:
    if not isinstance(value, dict):
        return _Usage()
    return _Usage(_count(value.get("prompt_tokens")), _count(value.get("completion_tokens")))


def _count(value: object) -> int | None:
    """A number of tokens, or None for what can be none."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if type(value) is int and 0 <= value <= _MOST_TOKENS else None


def _check_length(text: str | int, max_tokens: int) -> None:
    chars = text if isinstance(text, int) else len(text)
    most = _SPARE_CHARS + _CHARS_A_TOKEN * max_tokens
    if chars > most:
        raise OddReply(f"a reply of more than {most:,} characters for {max_tokens:,} tokens")


def _shown(value: object) -> str:
    try:
        return repr(value)[:400]
    except (RecursionError, ValueError):
        return type(value).__name__
