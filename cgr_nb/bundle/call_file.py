"""Calls in a file without a name, each prompt once: six solvers that are asked one question share
its conversation, and so do the answers of many arms."""

from __future__ import annotations

import marshal
from dataclasses import dataclass, fields
from hashlib import blake2b
from typing import Any

from cgr_nb.bundle.record_file import RecordFile
from cgr_nb.records import ModelCall, Reply

__all__ = ["call_file"]

_MESSAGES, _REPLY = (
    [one.name for one in fields(ModelCall)].index(name) for name in ("messages", "reply")
)
_PROMPT_TEXT = [one.name for one in fields(Reply)].index("prompt_text")


@dataclass(frozen=True, slots=True)
class _Prompt:
    """What calls share, as plain values."""

    messages: Any
    text: Any


class _Prompts:
    """Prompts of calls, once each: an `Apart`."""

    def __init__(self) -> None:
        self._numbers: dict[bytes, int] = {}
        self._kept = RecordFile(_Prompt)

    def take(self, values: list[Any]) -> None:
        """See `Apart.take`."""
        messages, reply = values[_MESSAGES], values[_REPLY]
        text = None if reply is None else reply[_PROMPT_TEXT]
        digest = blake2b(marshal.dumps((messages, text), 2), digest_size=16).digest()
        number = self._numbers.get(digest)
        if number is None:
            number = self._numbers[digest] = len(self._numbers)
            self._kept.add(_Prompt(messages, text))
        values[_MESSAGES] = number
        if reply is not None:
            reply[_PROMPT_TEXT] = None

    def give(self, values: list[Any]) -> None:
        """See `Apart.give`."""
        prompt = self._kept.at(values[_MESSAGES])
        values[_MESSAGES] = prompt.messages
        if values[_REPLY] is not None:
            values[_REPLY][_PROMPT_TEXT] = prompt.text


def call_file() -> RecordFile[ModelCall]:
    """A file of calls, found by id."""
    return RecordFile(ModelCall, "id", _Prompts())
