"""A server's body -> a completion. One strict reader: every field has its type and its range.

What is no completion is an exception of `refusals`, never a reply:

| what came                                   | what it is                                   |
|---------------------------------------------|----------------------------------------------|
| `content` as parts                          | its text parts, joined; thoughts apart       |
| `reasoning_content`, `reasoning`            | thoughts; of another type: none              |
| a field of another type, text without end   | `OddReply`                                   |
| an error in a body of HTTP 200              | `ServerError`                                |
| no choice; `finish_reason` not a known good one | `BrokenReply`                            |
| no completion at all                        | `NotACompletion`                             |
| `usage` that is missing, or of odd numbers  | a count of None: the reply itself is good    |
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from cgr_nb.models.checked_body import body_of, shown
from cgr_nb.models.endpoint_errors import BrokenReply, NotACompletion, OddReply, ServerError
from cgr_nb.models.error_body import error_in

__all__ = ["Completion", "StreamedCompletion", "read_completion"]

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
_THOUGHT_PARTS = ("thinking", "redacted_thinking", "reasoning")
_THOUGHTS = ("reasoning_content", "reasoning", "thinking")
"""Fields of thoughts: llama-server, LM Studio and DeepSeek; newer vLLM, Ollama and OpenRouter. A
server that fills two of them says the same in both."""
_MOST_NAME = 200
_MOST_TOKENS = (1 << 31) - 1
_CHARS_A_TOKEN = 256
_SPARE_CHARS = 65_536
"""Text beyond `max_tokens` that is let pass: servers count as they like, but not without end."""


@dataclass(frozen=True, slots=True)
class Completion:
    """One whole reply of a server."""

    text: str
    """As the server spelt it: halves of characters may be in it."""
    thoughts: str
    """What the server tells apart from the answer, as it spelt it; empty when it tells nothing."""
    refusal: str
    """The model's words where it declined in a field of its own; else empty."""
    finish: Finish
    """"filtered": by the server's policy; "tools": the model called a tool instead of answering."""
    prompt_tokens: int | None
    """By the server's count; None where it told none that can be."""
    reply_tokens: int | None
    thought_tokens: int | None
    model: str | None
    """Name of the model that answered, as the server tells it."""
    fingerprint: str | None
    """`system_fingerprint`, as the server tells it."""


@dataclass(frozen=True, slots=True)
class _Usage:
    prompt: int | None = None
    reply: int | None = None
    thoughts: int | None = None

    def later(self, other: _Usage) -> _Usage:
        """What is known after one more was told."""
        return _Usage(
            prompt=self.prompt if other.prompt is None else other.prompt,
            reply=self.reply if other.reply is None else other.reply,
            thoughts=self.thoughts if other.thoughts is None else other.thoughts,
        )


@dataclass(frozen=True, slots=True)
class _Origin:
    model: str | None = None
    fingerprint: str | None = None

    def later(self, other: _Origin) -> _Origin:
        return _Origin(other.model or self.model, other.fingerprint or self.fingerprint)


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
    body = body_of(data)
    choices = body.get("choices")
    if "choices" not in body or not (choices is None or isinstance(choices, list)):
        raise NotACompletion(shown(body))
    if not choices:
        raise BrokenReply(f"the server sent no choice: {shown(body)}")
    choice = _dict(choices[0], "choices[0]")
    if error := error_in({"error": choice.get("error")}):
        raise ServerError(error)
    message = _dict(choice.get("message"), "message")
    said = _said(message)
    _check_length(len(said.text) + len(said.thoughts), max_tokens)
    finish = _finish(choice.get("finish_reason"))
    return _completion(said, finish, _usage(body.get("usage")), _origin(body))


class StreamedCompletion:
    """A reply that comes in events."""

    def __init__(self, max_tokens: int) -> None:
        self.ended = False
        """Whether the server said that there is nothing more to come."""
        self._max_tokens = max_tokens
        self._pieces: list[_Said] = []
        self._chars = 0
        self._finish: Finish | None = None
        self._usage = _Usage()
        self._origin = _Origin()

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
        body = body_of(data, is_event=True)
        self._usage = self._usage.later(_usage(body.get("usage")))
        self._origin = self._origin.later(_origin(body))
        choices = body.get("choices")
        if choices is not None and not isinstance(choices, list):
            raise NotACompletion(shown(body))
        return "".join(self._choice(_dict(one, "choices[0]")) for one in choices or ())

    def completion(self) -> Completion:
        """The whole reply.

        Raises:
            BrokenReply: It has not come to its end.
        """
        if self._finish is None:
            raise BrokenReply("the stream ended before the reply did")
        said = _Said(
            "".join(piece.text for piece in self._pieces),
            "".join(piece.thoughts for piece in self._pieces),
            "".join(piece.refusal for piece in self._pieces),
        )
        return _completion(said, self._finish, self._usage, self._origin)

    def _choice(self, choice: dict[str, Any]) -> str:
        if choice.get("index") not in (0, None):
            return ""
        if error := error_in({"error": choice.get("error")}):
            raise ServerError(error)
        delta = {} if choice.get("delta") is None else _dict(choice["delta"], "delta")
        said = _said(delta)
        self._chars += len(said.text) + len(said.thoughts) + len(said.refusal)
        _check_length(self._chars, self._max_tokens)
        self._pieces.append(said)
        if choice.get("finish_reason") not in (None, ""):
            self._finish = _finish(choice["finish_reason"])
        return said.text


@dataclass(frozen=True, slots=True)
class _Said:
    """What a message, or a piece of one, says."""

    text: str
    thoughts: str
    refusal: str


def _completion(said: _Said, finish: Finish, usage: _Usage, origin: _Origin) -> Completion:
    # Servers that do not count send zeros: no prompt is empty, and no text is made of no token.
    is_said = said.text or said.thoughts
    reply = None if not usage.reply and is_said else usage.reply
    return Completion(
        text=said.text,
        thoughts=said.thoughts,
        refusal=said.refusal,
        finish=finish,
        prompt_tokens=usage.prompt or None,
        reply_tokens=reply,
        thought_tokens=(usage.thoughts or None) if said.thoughts else None,
        model=origin.model,
        fingerprint=origin.fingerprint,
    )


def _said(message: dict[str, Any]) -> _Said:
    """Text, thoughts and refusal of a message, or of a piece of one."""
    refusal = _text(message.get("refusal"), "refusal")
    told = (message.get(name) for name in _THOUGHTS)
    thoughts = next((value for value in told if isinstance(value, str) and value), "")
    content = message.get("content")
    if not isinstance(content, list):
        return _Said(_text(content, "content"), thoughts, refusal)
    text = ""
    for part in content:
        kind = part.get("type") if isinstance(part, dict) else None
        if kind in _TEXT_PARTS:
            text += _text(part.get("text"), "content")
        elif kind == "refusal":
            refusal += _text(part.get("refusal"), "content")
        elif kind in _THOUGHT_PARTS:
            thoughts += _thought(part)
        else:
            raise OddReply(f"content with a part of type {shown(kind)}")
    return _Said(text, thoughts, refusal)


def _thought(part: dict[str, Any]) -> str:
    """The text of a part that is thoughts: as it is, or in parts of its own."""
    values = (part.get(name) for name in ("thinking", "reasoning", "text"))
    value = next((value for value in values if value), "")
    if isinstance(value, list):
        texts = (inner.get("text") for inner in value if isinstance(inner, dict))
        return "".join(text for text in texts if isinstance(text, str))
    return value if isinstance(value, str) else ""


def _origin(body: dict[str, Any]) -> _Origin:
    return _Origin(_name(body.get("model")), _name(body.get("system_fingerprint")))


def _name(value: object) -> str | None:
    """A name that is told for the record: nothing rests on it, so an odd one is none."""
    return value if isinstance(value, str) and 0 < len(value) <= _MOST_NAME else None


def _text(value: object, name: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise OddReply(f"{name} of type {type(value).__name__}: {shown(value)}")
    return value


def _dict(value: object, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise OddReply(f"{name} of type {type(value).__name__}")
    return value


def _finish(reason: object) -> Finish:
    known = _FINISHES.get(reason.lower()) if isinstance(reason, str) else None
    if known is None:
        raise BrokenReply(f"the reply ended with finish_reason {shown(reason)}")
    return known


def _usage(value: object) -> _Usage:
    if not isinstance(value, dict):
        return _Usage()
    details = value.get("completion_tokens_details")
    thoughts = details.get("reasoning_tokens") if isinstance(details, dict) else None
    return _Usage(
        prompt=_count(value.get("prompt_tokens")),
        reply=_count(value.get("completion_tokens")),
        thoughts=_count(thoughts),
    )


def _count(value: object) -> int | None:
    """A number of tokens, or None for what can be none."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return value if type(value) is int and 0 <= value <= _MOST_TOKENS else None


def _check_length(chars: int, max_tokens: int) -> None:
    most = _SPARE_CHARS + _CHARS_A_TOKEN * max_tokens
    if chars > most:
        raise OddReply(f"a reply of more than {most:,} characters for {max_tokens:,} tokens")
