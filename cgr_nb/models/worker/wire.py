"""Records as JSON on the wire and back.

The worker reads untrusted files in native code, so the client believes nothing that comes from
it: each field is checked, and what does not fit is a `FrameError`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Final, TypeVar

from cgr_nb.errors import ContextOverflow, ModelError, RequestError
from cgr_nb.models.engine.stats import EngineStats
from cgr_nb.models.rates import Rates
from cgr_nb.models.worker.frames import FrameError
from cgr_nb.records import Message, Reply, Sampling, Score

__all__ = [
    "CallOrder",
    "LoadedFacts",
    "counters_from_json",
    "error_from_json",
    "error_to_json",
    "facts_from_json",
    "field_of",
    "messages_from_json",
    "order_from_json",
    "rates_from_json",
    "reply_from_json",
]

_ERRORS: Final = {kind.__name__: kind for kind in (ModelError, RequestError, ContextOverflow)}
_MOST_TEXT: Final = 2_000
"""Characters of one part of an error's message."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class CallOrder:
    """One call as the worker is to make it."""

    messages: tuple[Message, ...]
    sampling: Sampling
    grammar: str | None = None
    """GBNF text that the reply follows; not together with choices."""
    bias: Mapping[int, float] | None = None
    """Token -> what is added to its logit; not together with choices."""
    time_limit_s: float | None = None
    """Wall time from when the engine has it, waiting included, after which it fails."""

    def to_json(self) -> dict[str, Any]:
        """JSON-ready; see `order_from_json`."""
        return {
            "messages": messages_to_json(self.messages),
            "sampling": asdict(self.sampling),
            "grammar": self.grammar,
            "bias": None if self.bias is None else list(self.bias.items()),
            "time_limit_s": self.time_limit_s,
        }


@dataclass(frozen=True, slots=True)
class LoadedFacts:
    """What a worker says of a model that it has loaded and tried."""

    placement: str
    """Where its layers lie, in words."""
    buffers: tuple[str, ...]
    """Kinds of buffers that its weights lie in, llama.cpp's names: "CPU_Mapped", "CPU_REPACK"."""
    memory_bytes: int | None
    """What the process takes, if this is its first model, else what it takes more since it was
    asked to load; None where the system tells nothing."""


def messages_to_json(messages: Sequence[Message]) -> list[list[str]]:
    """JSON-ready; see `messages_from_json`."""
    return [[message.role, message.content] for message in messages]


def messages_from_json(data: list[list[Any]]) -> tuple[Message, ...]:
    """Turns, as the client sent them."""
    return tuple(Message(role, content) for role, content in data)


def order_from_json(data: dict[str, Any]) -> CallOrder:
    """An order, as the client sent it."""
    sampling = data["sampling"]
    for name in ("stop", "choices"):
        sampling[name] = tuple(sampling[name])
    bias = data["bias"]
    return CallOrder(
        messages_from_json(data["messages"]),
        Sampling(**sampling),
        data["grammar"],
        None if bias is None else dict(map(tuple, bias)),
        data["time_limit_s"],
    )


def error_to_json(error: BaseException) -> dict[str, Any]:
    """An error as the client is to raise it; what is not meant to be raised keeps its name."""
    if isinstance(error, ModelError):
        kind = type(error).__name__
        parts = (error.what, error.where, error.got, error.fix)
        what, where, got, fix = (part if part is None else part[:_MOST_TEXT] for part in parts)
        return {"kind": kind, "what": what, "where": where, "got": got, "fix": fix}
    got = f"{type(error).__name__}: {error}"[:_MOST_TEXT]
    return {"kind": "ModelError", "what": "the engine failed", "where": None, "got": got}


def error_from_json(data: dict[str, Any]) -> ModelError:
    """The error that a worker tells.

    Raises:
        FrameError: It tells none.
    """
    kind = _ERRORS.get(field_of(data, "kind", str), ModelError)
    where, got, fix = (_text_or_none(data.get(name)) for name in ("where", "got", "fix"))
    return kind(field_of(data, "what", str)[:_MOST_TEXT], where=where, got=got, fix=fix)


def reply_from_json(data: object, choices: Sequence[str] = ()) -> Reply:
    """The reply that a worker tells.

    Args:
        data: What it tells.
        choices: What it was to choose among.

    Raises:
        FrameError: It tells none, or another than was asked for.
    """
    if not isinstance(data, dict):
        raise FrameError("a reply that is no object")
    finish = field_of(data, "finish", str)
    if finish not in ("stop", "length"):
        raise FrameError("a reply with an unknown finish")
    scores = data.get("scores")
    if scores is not None and not isinstance(scores, list):
        raise FrameError("scores that are no list")
    reply = Reply(
        text=field_of(data, "text", str),
        finish="stop" if finish == "stop" else "length",
        prompt_text=field_of(data, "prompt_text", str),
        prompt_tokens=_count(data, "prompt_tokens"),
        reply_tokens=_count(data, "reply_tokens"),
        duration_s=field_of(data, "duration_s", float),
        scores=None if scores is None else tuple(map(_score, scores)),
        thoughts=field_of(data, "thoughts", str),
        thought_tokens=None
        if data.get("thought_tokens") is None
        else _count(data, "thought_tokens"),
    )
    if choices and (
        reply.text not in choices or reply.scores is None or len(reply.scores) != len(choices)
    ):
        raise FrameError("a choice that was none, or without the scores of all")
    return reply


def _score(data: object) -> Score:
    if not isinstance(data, dict):
        raise FrameError("a score that is no object")
    return Score(
        logprob=_logarithm(data, "logprob"),
        tokens=_count(data, "tokens"),
        bytes=_count(data, "bytes"),
        end_logprob=_logarithm(data, "end_logprob"),
    )


def _logarithm(data: dict[str, Any], name: str) -> float:
    """The logarithm of a probability."""
    value = field_of(data, name, float)
    if not -math.inf < value <= 0:
        raise FrameError(f"'{name}' is the logarithm of no probability")
    return value


def facts_from_json(data: object) -> LoadedFacts:
    """What a worker says of a model.

    Raises:
        FrameError: It says something else.
    """
    if not isinstance(data, dict):
        raise FrameError("facts that are no object")
    buffers = field_of(data, "buffers", list)
    if not all(isinstance(name, str) for name in buffers):
        raise FrameError("buffers without names")
    memory = data.get("memory_bytes")
    return LoadedFacts(
        placement=field_of(data, "placement", str),
        buffers=tuple(buffers),
        memory_bytes=None if memory is None else _count(data, "memory_bytes"),
    )


def rates_from_json(data: object) -> Rates:
    """The rates of a model.

    Raises:
        FrameError: There are none.
    """
    if not isinstance(data, dict):
        raise FrameError("rates that are no object")
    try:
        return Rates.from_json(data)
    except (TypeError, ValueError) as error:
        raise FrameError(str(error)) from None


def counters_from_json(data: object) -> EngineStats:
    """The counters of an engine.

    Raises:
        FrameError: There are none.
    """
    if not isinstance(data, dict):
        raise FrameError("counters that are no object")
    defaults = EngineStats()
    counted = {
        one.name: field_of(data, one.name, type(getattr(defaults, one.name)))
        for one in fields(EngineStats)
    }
    return EngineStats(**counted)


def field_of(data: dict[str, Any], name: str, kind: type[T]) -> T:
    """A field of a message, of just this type.

    Raises:
        FrameError: It is not there, or of another type.
    """
    value = data.get(name)
    if type(value) is not kind:
        raise FrameError(f"'{name}' is {type(value).__name__}, not {kind.__name__}")
    return value


def _count(data: dict[str, Any], name: str) -> int:
    value = field_of(data, name, int)
    if not 0 <= value < 1 << 53:
        raise FrameError(f"'{name}' is out of range")
    return value


def _text_or_none(value: object) -> str | None:
    return value[:_MOST_TEXT] if isinstance(value, str) else None
