"""Calls without their prompts, and prompts once each: six solvers that are asked one question share
its conversation, and so do the answers of many arms.

Prompts are found by their content hash. They are most of what a study says: of one with 20,520 rows
five sixths of all prompts are there already.
"""

from __future__ import annotations

import marshal
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import fields
from hashlib import blake2b
from operator import attrgetter
from typing import Any, Generic, TypeVar

from cgr_nb.bundle.plain_values import unpacker
from cgr_nb.bundle.record_file import RecordFile, by_key, plain_by_key
from cgr_nb.bundle.rows import CallLine, ConversationLine, PromptTextLine, ReplyLine
from cgr_nb.models.identity import turns_json
from cgr_nb.records import Message, ModelCall, Reply, Sampling, content_id, content_id_of

__all__ = [
    "CALL_TABLES",
    "CallTables",
    "Calls",
    "conversation_id",
    "prompt_text_id",
]

T = TypeVar("T")
CALL_TABLES = ("calls", "conversations", "prompt_texts")
"""Tables that the calls of a study become."""
_REMEMBERED_CALLS = 1_024
_REMEMBERED_PROMPTS = 512
_NAMES = [one.name for one in fields(Reply)]
_VALUES, _PROMPT, _TEXT = attrgetter(*_NAMES), _NAMES.index("prompt_text"), _NAMES.index("text")
_REPLY = [one.name for one in fields(CallLine)].index("reply")
_REPLY_OF: Callable[[list[Any]], Reply] = unpacker(Reply)


def conversation_id(messages: Sequence[Message]) -> str:
    """Name what models were asked."""
    return content_id_of("conversation", turns_json(messages))


def prompt_text_id(text: str) -> str:
    """Name a prompt after a chat template."""
    return content_id("prompt_text", text)


class CallTables:
    """Calls with what they say apart, in files without a name while they are worked with."""

    def __init__(self) -> None:
        self.calls: RecordFile[CallLine] = RecordFile(CallLine, "id")
        self._conversations = _Once(ConversationLine)
        self._texts = _Once(PromptTextLine)

    def add(self, call: ModelCall) -> None:
        """Keep a call, and its prompt where it is new."""
        conversation = self._conversations.id_of(
            [(turn.role, turn.content) for turn in call.messages],
            lambda: conversation_id(call.messages),
            lambda id: ConversationLine(id, call.messages),
        )
        reply = None
        if call.reply is not None:
            said = call.reply.prompt_text
            text = self._texts.id_of(
                said, lambda: prompt_text_id(said), lambda id: PromptTextLine(id, said)
            )
            reply = _with_prompt(ReplyLine, call.reply, text)
        self.calls.add(
            CallLine(call.id, call.model, conversation, call.sampling, reply, call.error)
        )

    def tables(self) -> dict[str, Collection[Any]]:
        """The tables of `CALL_TABLES`: calls as they came, the others by id."""
        return {
            "calls": self.calls,
            "conversations": self._conversations.by_id(),
            "prompt_texts": self._texts.by_id(),
        }


class _Once(Generic[T]):
    """Records that many others share, each once."""

    def __init__(self, kind: type[T]) -> None:
        self._kind = kind
        self._kept: RecordFile[T] = RecordFile(kind, "id")
        self._ids: dict[bytes, str] = {}

    def id_of(
        self, said: str | list[tuple[str, str]], name: Callable[[], str], make: Callable[[str], T]
    ) -> str:
        """The id of what is said, which is kept where it is new.

        Args:
            said: Plain values.
            name: Makes the id.
            make: Makes the record of an id.
        """
        digest = blake2b(marshal.dumps(said, 2), digest_size=16).digest()
        id = self._ids.get(digest)
        if id is None:
            id = self._ids[digest] = name()
            self._kept.add(make(id))
        return id

    def by_id(self) -> RecordFile[T]:
        """The records in the order of their ids."""
        found: RecordFile[T] = RecordFile(self._kind, "id")
        for id in sorted(self._ids.values()):
            record = self._kept.find(id)
            assert record is not None  # it was kept with its id
            found.add(record)
        return found


class Calls(Mapping[str, ModelCall]):
    """Calls with their prompts, by id. A prompt that is not there is an empty one: whoever checks a
    package has told that it is missing."""

    def __init__(
        self,
        calls: Collection[CallLine],
        conversations: Collection[ConversationLine],
        texts: Collection[PromptTextLine],
    ) -> None:
        self._lines = by_key(calls)
        self._values = plain_by_key(calls)
        self._calls: dict[str, ModelCall] = {}
        """Those that were made last: what is asked of an item is asked for by several arms."""
        self._conversations = _Known(by_key(conversations))
        self._texts = _Known(by_key(texts))

    def __getitem__(self, id: str) -> ModelCall:
        found: ModelCall | None = self.get(id)
        if found is None:
            raise KeyError(id)
        return found

    def get(self, id: str, default: Any = None) -> Any:  # noqa: ANN401 - as of a mapping
        """A call; what was given in its place where there is none."""
        known = self._calls.get(id)
        if known is None:
            values = self._values(id)
            if values is None:
                return default
            known = self._joined(*values)
            if len(self._calls) >= _REMEMBERED_CALLS:
                self._calls.clear()
            self._calls[id] = known
        return known

    def __contains__(self, id: object) -> bool:
        return id in self._lines

    def __iter__(self) -> Iterator[str]:
        return iter(self._lines)

    def __len__(self) -> int:
        return len(self._lines)

    def reply_text(self, id: str) -> str | None:
        """What a call gave, without its prompt; None where it failed, and where there is none."""
        known = self._calls.get(id)
        if known is None:
            values = self._values(id)
            reply = None if values is None else values[_REPLY]
            return None if reply is None else str(reply[_TEXT])
        return known.reply.text if known.reply else None

    def _joined(
        self,
        id: str,
        model: str,
        conversation: str,
        sampling: Sequence[Any],
        reply: list[Any] | None,
        error: str | None,
    ) -> ModelCall:
        """A call of the plain values of its line."""
        asked = self._conversations.get(conversation)
        given = None
        if reply is not None:
            text = self._texts.get(reply[_PROMPT])
            reply[_PROMPT] = text.text if text else ""
            given = _REPLY_OF(reply)
        messages = asked.messages if asked else ()
        return ModelCall(id, model, messages, Sampling(*sampling), given, error)


def _with_prompt(kind: type[T], reply: Reply | ReplyLine, prompt: str) -> T:
    """A reply of the other kind: with its prompt, or with what that is known by."""
    values = list(_VALUES(reply))
    values[_PROMPT] = prompt
    return kind(*values)


class _Known(Generic[T]):
    """Records by key, the last ones at hand."""

    def __init__(self, records: Mapping[str, T]) -> None:
        self._records = records
        self._recent: dict[str, T] = {}

    def get(self, key: str) -> T | None:
        known = self._recent.get(key)
        if known is None:
            known = self._records.get(key)
            if known is not None:
                if len(self._recent) >= _REMEMBERED_PROMPTS:
                    self._recent.clear()
                self._recent[key] = known
        return known
