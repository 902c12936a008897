"""A model that answers from recorded calls, with no weights on the machine.

Calls are found by `call_id`, so the card must have the recorded model's hash (or its backend, name
and options). The file format is JSON Lines, one `ModelCall` a line, keys as its fields.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from cgr_nb.errors import ContextOverflow, ModelError, ReplayMiss, RequestError
from cgr_nb.models.identity import call_id
from cgr_nb.models.sampling import check_request
from cgr_nb.records import Message, ModelCall, ModelCard, Reply, Sampling, Score, Served

__all__ = ["ReplayModel", "from_card", "read_calls", "write_calls"]

_NEAR_CHARACTERS = 400
_NEAR_CALLS = 2000


class ReplayModel:
    """Recorded calls behind the `Model` interface."""

    def __init__(self, card: ModelCard, calls: Iterable[ModelCall]) -> None:
        """Hold calls.

        Args:
            card: The model that was recorded; its identity must be the recorded one's.
            calls: What it was asked and said.
        """
        self.card = card
        # A refusal has an id of its own; here it must be found by what was asked.
        self._calls = {
            call.id if call.reply else call_id(card, call.messages, call.sampling): call
            for call in calls
        }

    async def reply(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        on_text: Callable[[str], None] | None = None,
    ) -> Reply:
        """See `Model.reply`.

        Raises:
            ReplayMiss: This was not asked when the calls were recorded.
            RequestError: The recorded call was refused; a ContextOverflow if it did not fit.
        """
        check_request(messages, sampling)
        call = self._calls.get(call_id(self.card, messages, sampling))
        if call is None:
            raise self._miss(messages, sampling)
        if call.reply is None:
            overflowed = (call.error or "").startswith("context_overflow")
            failure = ContextOverflow if overflowed else RequestError
            raise failure(
                f"the recorded call failed: {call.error}", where=f"model '{self.card.name}'"
            )
        if on_text is not None and call.reply.text:
            on_text(call.reply.text)
        return call.reply

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Prompt tokens on record for this conversation.

        Raises:
            ReplayMiss: It is not on record.
        """
        asked = tuple(messages)
        for call in self._calls.values():
            if call.messages == asked and call.reply is not None:
                return call.reply.prompt_tokens
        raise self._miss(messages, None)

    async def close(self) -> None:
        """See `Model.close`."""

    def _miss(self, messages: Sequence[Message], sampling: Sampling | None) -> ReplayMiss:
        where = f"model '{self.card.name}'"
        asked = tuple(messages)
        same = [call for call in self._calls.values() if call.messages == asked]
        if same and sampling is not None:
            recorded = asdict(same[0].sampling)
            other = [
                f"{name} {recorded[name]!r} on record, {value!r} asked"
                for name, value in asdict(sampling).items()
                if recorded[name] != value
            ]
            return ReplayMiss(
                "the prompt is on record, this call of it is not",
                where=where,
                got="; ".join(other) or f"another model: recorded with '{same[0].model}'",
            )
        near = self._nearest(asked[-1].content)
        return ReplayMiss(
            "the prompt is not on record",
            where=where,
            got=repr(asked[-1].content[:80]),
            fix=f"the nearest of {len(self._calls)} recorded is {near[:80]!r}"
            if near is not None
            else "no calls are on record",
        )

    def _nearest(self, asked: str) -> str | None:
        # Prompts are cut and calls limited: naming a neighbour is a courtesy, not a search.
        matcher = SequenceMatcher(b=asked[:_NEAR_CHARACTERS], autojunk=False)
        best, best_ratio = None, -1.0
        for call in list(self._calls.values())[:_NEAR_CALLS]:
            text = call.messages[-1].content
            matcher.set_seq1(text[:_NEAR_CHARACTERS])
            if matcher.quick_ratio() > best_ratio and matcher.ratio() > best_ratio:
                best, best_ratio = text, matcher.ratio()
        return best


def from_card(card: ModelCard, base: Path) -> ReplayModel:
    """Open a replay from a registry; option `calls` names the JSON Lines file.

    Raises:
        ModelError: The option is missing, or the file can't be read.
    """
    if set(card.options) != {"calls"}:
        raise ModelError(
            "a replay takes one option, 'calls'",
            where=f"model '{card.name}'",
            got=", ".join(card.options) or "no options",
        )
    return ReplayModel(card, read_calls(base / str(card.options["calls"])))


def write_calls(path: Path, calls: Iterable[ModelCall]) -> None:
    """Write calls as JSON Lines."""
    lines = (json.dumps(asdict(call), sort_keys=True) + "\n" for call in calls)
    path.write_text("".join(lines), encoding="utf-8", newline="\n")


def read_calls(path: Path) -> tuple[ModelCall, ...]:
    """Read calls from JSON Lines.

    Raises:
        ModelError: The file can't be read, or a line is no call.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ModelError(f"recorded calls can't be read: {error}", where=str(path)) from error
    calls = []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                calls.append(_call(json.loads(line)))
            except (ValueError, TypeError, KeyError) as error:
                raise ModelError(
                    f"not a recorded call: {error!r}", where=f"{path} line {number}"
                ) from error
    return tuple(calls)


def _call(table: dict[str, Any]) -> ModelCall:
    sampling = dict(table["sampling"])
    for name in ("stop", "choices"):
        sampling[name] = tuple(sampling.get(name, ()))
    reply = table["reply"]
    if reply is not None and reply.get("scores") is not None:
        reply = {**reply, "scores": tuple(Score(**score) for score in reply["scores"])}
    if reply is not None and reply.get("served") is not None:
        served = reply["served"]
        reply = {**reply, "served": Served(**{**served, "estimated": tuple(served["estimated"])})}
    return ModelCall(
        id=table["id"],
        model=table["model"],
        messages=tuple(Message(**turn) for turn in table["messages"]),
        sampling=Sampling(**sampling),
        reply=None if reply is None else Reply(**reply),
        error=table.get("error"),
    )
