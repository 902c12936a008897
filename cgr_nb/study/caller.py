"""Calls that are made once: from the store if they are on record, else made now and recorded."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Protocol

from cgr_nb.arms.requests import Request
from cgr_nb.errors import CallFailed, ContextOverflow, ProgramMissing, RequestError
from cgr_nb.models import Model
from cgr_nb.models.identity import refused_id
from cgr_nb.records import ModelCall
from cgr_nb.study.caps import Gate
from cgr_nb.study.failures import Failures
from cgr_nb.thoughts import split_thoughts
from cgr_nb.util.surrogates import escape_surrogates

__all__ = ["Caller", "OnText"]

_LOGGER = logging.getLogger(__name__)

OnText = Callable[[str, "Request", str], None]
"""Called with (model name, request, new piece of the reply) while a reply is decoded."""


class CallRecords(Protocol):
    """Where calls are kept."""

    def call(self, id: str) -> ModelCall | None:
        """One call."""
        ...

    def add_call(self, call: ModelCall) -> None:
        """Keep one call."""
        ...


class Caller:
    """Asks models and records every call. Equal calls in flight are made once and shared."""

    def __init__(
        self,
        store: CallRecords,
        on_text: OnText | None = None,
        gate: Gate | None = None,
        failures: Failures | None = None,
    ) -> None:
        """Make a caller.

        Args:
            store: Where calls are kept.
            on_text: Told each piece of a reply.
            gate: Asked before each call, and told what it took; None: all may be made.
            failures: Told of calls that fail, and of those that do not.
        """
        self.store = store
        self._on_text = on_text
        self._gate = gate
        self._failures = failures
        self._in_flight: dict[str, asyncio.Task[ModelCall]] = {}

    async def call(self, model: Model, request: Request) -> ModelCall:
        """One call, with its reply or with the error that its prompt deserves.

        Raises:
            CallFailed: No usable reply came; nothing is recorded.
            ModelError: The model can't answer at all, or too many calls in a row failed; nothing is
                recorded.
            CapReached: It is not on record, and no further call is made in this run.
        """
        id = request.call_id(model.card)
        known = self.store.call(id) or self.store.call(refused_id(id, model.card))
        if known is not None:
            return known
        task = self._in_flight.get(id)
        if task is None:
            if self._gate is not None:
                self._gate.pass_through()
            task = asyncio.create_task(self._make(id, model, request))
            self._in_flight[id] = task
            task.add_done_callback(lambda done: self._landed(id, done))
        # One waiter that gives up must not take the call away from the others.
        return await asyncio.shield(task)

    def _landed(self, id: str, task: asyncio.Task[ModelCall]) -> None:
        self._in_flight.pop(id, None)
        if not task.cancelled():
            # Looked at: when a run is stopped, nobody may be waiting for it any more.
            task.exception()

    async def finish(self) -> None:
        """Wait for what is still in flight; it is recorded, whoever asked for it."""
        await asyncio.gather(*self._in_flight.values(), return_exceptions=True)

    async def close(self) -> None:
        """Stop what is still in flight."""
        tasks = list(self._in_flight.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _make(self, id: str, model: Model, request: Request) -> ModelCall:
        messages, sampling = request.messages, request.sampling
        tell = partial(self._on_text, model.card.name, request) if self._on_text else None
        try:
            reply = await model.reply(messages, sampling, tell)
        except RequestError as refusal:
            # The same request fails every time: that is a result, not an accident.
            error = escape_surrogates(f"{_slug(refusal)}: {refusal}")
            refused = refused_id(id, model.card)
            call = ModelCall(refused, model.card.name, messages, sampling, None, error)
        except CallFailed as failure:
            if self._failures is not None and not isinstance(failure, ProgramMissing):
                self._failures.call_failed(model.card.name, failure)
            raise
        else:
            # Backends of this package have seen to that; one from elsewhere may not have.
            thoughts, text = reply.thoughts, reply.text
            if not thoughts and not sampling.choices:
                # A server without a parser for them leaves thoughts where they are.
                thoughts, text = split_thoughts(text)
            reply = replace(
                reply,
                text=escape_surrogates(text),
                prompt_text=escape_surrogates(reply.prompt_text),
                thoughts=escape_surrogates(thoughts),
            )
            call = ModelCall(id, model.card.name, messages, sampling, reply)
            if self._gate is not None:
                self._gate.pay(model.card, reply)
        if self._failures is not None:
            self._failures.call_passed(model.card.name)
        self.store.add_call(call)
        _tell(call)
        return call


def _tell(call: ModelCall) -> None:
    """One line of the log; what a model said is not in it."""
    if call.reply is None:
        _LOGGER.info("call %s to %s refused: %r", call.id, call.model, call.error)
        return
    tokens = call.reply.prompt_tokens, call.reply.reply_tokens
    seconds = call.reply.duration_s
    _LOGGER.debug("call %s to %s: %s + %s tokens, %.2f s", call.id, call.model, *tokens, seconds)


def _slug(refusal: RequestError) -> str:
    return "context_overflow" if isinstance(refusal, ContextOverflow) else "refused"
