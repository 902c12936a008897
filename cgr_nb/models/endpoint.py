"""A model behind an OpenAI-compatible server: llama-server, vLLM, Ollama, LM Studio, or hosted.

Options of a card: `base_url` (needed), `model` (its name there; default the card's), `revision`
(which state of it the server has), `server` (what kind it is: see `dialects`), `choices` (how it is
held to choices; default: found out, see `choosing`), `system_turn` ("own" or "folded"; default:
folded where the server refuses it), `extra` (fields and headers of every request: see
`request_extra`), `key_env` (the environment variable that holds the key; the key itself is never
stored), `max_in_flight`, `requests_per_minute`, `timeout_s` (of one attempt), `retry_for_s` (how
long what may pass is tried again), `retries` (how often at most), `backoff_s`, `max_tokens_field`,
`omit` (fields that the server refuses, such as ["seed"]: never sent).

What the model is, for a call's id, is its name here, its name there, `revision`, and the options
that change a request. Where the server stands is not: it is told beside each call
(`Reply.served`), with what the server calls its own state.

Nothing that a server sends is believed before it is checked: bodies are bounded (see `exchange`),
every field has its type and range (`completion`), a key that comes back is struck out
(`redaction`), and a failure says what it means in one line (`refusals`). A reply that is none of
the choices is a failed call, never a result.

Choices are not scored here: the servers' chat API tells no log-probabilities of a text that they
did not write. A server is held to choices token by token, as it does that itself, `Reply.scores` is
None, and a program that asks for scores is told that the solver could not answer.

`Reply.prompt_text` is the conversation as JSON, as it was sent: the server's chat template is not
seen here. Thoughts that the server tells apart are kept apart; an empty reply without any is empty.
Tokens are the server's own count; one that tells none, or numbers that can be none, gets an
estimate, four characters a token, and `Reply.served` says so. A reply that a server cuts short of
`max_tokens` is a `ContextOverflow`, but a prompt that it cuts in silence (Ollama does) can't be
told from here. Nothing is exact: the same seed may give another reply after an update of the
server.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from cgr_nb.errors import ContextOverflow, ModelError, RequestError
from cgr_nb.models.asking import Asking
from cgr_nb.models.attempt import LEAST_BYTES, attempt
from cgr_nb.models.choosing import PROBE, PROBE_SAMPLING, Way, find_way
from cgr_nb.models.completion import Completion
from cgr_nb.models.connections import Connections, Line
from cgr_nb.models.dialects import Choosing
from cgr_nb.models.endpoint_errors import (
    NotAChoice,
    ServerError,
    failures,
    meaning,
    patience_with,
    refuses_fields,
    refuses_system_turns,
)
from cgr_nb.models.endpoint_options import EndpointOptions
from cgr_nb.models.exchange import exchange, new_client
from cgr_nb.models.pacing import Pacing, Retries
from cgr_nb.models.redaction import Redaction, ToldText
from cgr_nb.models.sampling import check_request
from cgr_nb.models.served_models import ServedModel, read_served_models
from cgr_nb.models.think_budget import ask_within_budget
from cgr_nb.records import Message, ModelCard, Reply, Sampling, Served
from cgr_nb.util.surrogates import escape_surrogates

if TYPE_CHECKING:
    from httpx2 import AsyncClient

__all__ = ["EndpointModel"]

_CHARACTERS_A_TOKEN = 4


class _NotTaken(Exception):
    """The server refuses a probe for the fields in it, or breaks on them."""


class EndpointModel:
    """One model of one server."""

    def __init__(self, card: ModelCard, base: Path) -> None:
        """Check the card and find the key. The server is not asked before the first call.

        Args:
            card: The model; see the module for its options.
            base: Not used: an endpoint has no files.

        Raises:
            ModelError: An option is wrong, or the key is not in the environment.
        """
        self.card = card
        self._options = how = EndpointOptions.of(card)
        self._key = self._find_key()
        self._headers, secrets = how.extra.resolved(self._where)
        literals = tuple(how.extra.headers.values())
        self._redaction = Redaction(self._key, *secrets, quiet=literals)
        self._way: Way | None = None
        self._folds = how.system_turn == "folded"
        self._connections = Connections(
            self._client, lambda: Pacing(how.max_in_flight, how.requests_per_minute)
        )

    def _find_key(self) -> str | None:
        name = self._options.key_env
        if name is None:
            return None
        key = os.environ.get(name, "").strip()
        if not key:
            raise ModelError(
                f"the environment variable {name} holds no key",
                where=self._where,
                fix=f"export {name}=... before starting",
            )
        if not all("!" <= character <= "~" for character in key):
            raise ModelError(
                f"the environment variable {name} holds a key that can't be sent: it has white"
                " space in it, or more than ASCII",
                where=self._where,
                fix="copy the key again",
            )
        return key

    @property
    def _where(self) -> str:
        return f"model '{self.card.name}' at {self._options.base_url}"

    async def reply(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        on_text: Callable[[str], None] | None = None,
    ) -> Reply:
        """See `Model.reply`. With `on_text` the reply is streamed; choices come in one piece.

        Raises:
            RequestError: The server can't or will not serve this request.
            CallFailed: No usable reply came, however often it was tried.
        """
        check_request(messages, sampling)
        budget = self._options.think_tokens
        if budget is None or sampling.choices:
            return await self._reply(messages, sampling, on_text)
        return await ask_within_budget(self._reply, messages, sampling, on_text, budget)

    async def _reply(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        on_text: Callable[[str], None] | None = None,
    ) -> Reply:
        asking = Asking(
            messages=tuple(messages),
            sampling=sampling,
            way=await self.way_to_choose() if sampling.choices else None,
            streamed=on_text is not None and not sampling.choices,
            folded=self._folds,
        )
        told = ToldText(self._redaction, on_text if asking.streamed else None)
        answer, duration = await self._ask(asking, told)
        finish = self._finish(answer, asking.body(self._options)[self._options.max_tokens_field])
        text = escape_surrogates(self._redaction.of_reply(answer.text))
        if sampling.choices:
            text, finish = asking.choice(answer.text) or text, "stop"
            if on_text is not None:
                on_text(text)
        thoughts = escape_surrogates(self._redaction.of_reply(answer.thoughts))
        counts = {"prompt_tokens": answer.prompt_tokens, "reply_tokens": answer.reply_tokens}
        return Reply(
            text=text,
            finish=finish,
            prompt_text=_as_json(asking.sent),
            prompt_tokens=answer.prompt_tokens or self.count_tokens(messages),
            reply_tokens=_estimate(answer.thoughts) + _estimate(text)
            if answer.reply_tokens is None
            else answer.reply_tokens,
            duration_s=duration,
            thoughts=thoughts,
            thought_tokens=answer.thought_tokens,
            served=Served(
                address=self._options.base_url,
                model=self._name(answer.model),
                fingerprint=self._name(answer.fingerprint),
                choosing=asking.way.choosing if asking.way and asking.way.seen else None,
                folded=asking.folded and len(asking.sent) < len(messages),
                estimated=tuple(name for name, count in counts.items() if count is None),
            ),
        )

    async def way_to_choose(self) -> Way:
        """How the server is held to choices: as the card says, else found out, once.

        Raises:
            ModelError: The server can't be asked.
        """
        said = self._options.choosing
        if said is not None:
            return Way(said, True)
        if self._connections.closed:
            raise self._is_closed()
        async with self._connections.line().probing:
            if self._way is None:
                self._way = await find_way(self._options.dialect, self._holds)
        return self._way

    async def _holds(self, choosing: Choosing) -> bool:
        way = Way(choosing, False)
        asking = Asking(PROBE, PROBE_SAMPLING, way, streamed=False, folded=False)
        try:
            answer, _ = await self._ask(asking, ToldText(self._redaction, None), is_probe=True)
        except (_NotTaken, RequestError):
            return False
        return asking.choice(answer.text) is not None

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """An estimate, four characters a token: servers tell only after they have answered."""
        return sum(_estimate(message.content) for message in messages)

    @property
    def served_as(self) -> str:
        """Name of the model at its server."""
        return self._options.model

    async def served(self) -> tuple[ServedModel, ...]:
        """The models that the server says it has.

        Raises:
            ModelError: It can't be asked.
        """
        async with self._place() as line:
            try:
                async with (
                    asyncio.timeout(self._options.timeout_s),
                    exchange(line.client, "GET", "models", None) as answered,
                ):
                    models = read_served_models(await answered.whole(LEAST_BYTES))
            except failures() as error:
                raise self._meaning(error) from None
        return tuple(replace(one, name=self._redaction.in_one_line(one.name)) for one in models)

    async def close(self) -> None:
        """See `Model.close`. Replies that are not finished end in a `ModelError`."""
        await self._connections.close()

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[Line]:
        if self._connections.closed:
            raise self._is_closed()
        async with self._connections.place() as line:
            yield line

    def _client(self) -> AsyncClient:
        how = self._options
        try:
            return new_client(how.base_url, self._key, how.timeout_s, self._headers)
        except failures() as error:  # a name that can't be one, seen only here
            raise self._meaning(error) from None

    async def _ask(
        self, asking: Asking, told: ToldText, *, is_probe: bool = False
    ) -> tuple[Completion, float]:
        """The answer and the seconds that the attempt which gave it took.

        Raises:
            RequestError: See `reply`.
            CallFailed: See `reply`.
            _NotTaken: It is a probe, and the server does not take it.
        """
        how = self._options
        body = asking.body(how)
        room = body[how.max_tokens_field]
        retries = Retries(how.retries, how.retry_for_s, how.backoff_s)
        while True:
            async with self._place() as line:
                await line.pacing.turn()
                started = time.perf_counter()
                try:
                    async with asyncio.timeout(how.timeout_s):
                        sent = {name: body[name] for name in body if name not in how.omit}
                        answer = await attempt(line.client, sent, room, told)
                    duration = time.perf_counter() - started
                    if not is_probe:
                        self._see_that_it_answers(answer, asking)
                    self._folds = self._folds or asking.folded
                    return answer, duration
                except failures() as error:
                    if is_probe and refuses_fields(error):
                        raise _NotTaken from None
                    if self._may_fold(asking) and refuses_system_turns(error):
                        asking.folded = True
                        body = asking.body(how)
                        continue
                    pause = self._pause(error, retries, line.pacing)
                    # Text that was told can't be taken back: then the reply is not begun anew.
                    if pause is None or told.anything or self._connections.closed:
                        raise self._meaning(error) from None
                except RuntimeError:
                    # What the client raises when it was closed under a request.
                    if not self._connections.closed:
                        raise
                    raise self._is_closed() from None
            # Not in its place: others may do better meanwhile.
            await asyncio.sleep(pause)

    def _may_fold(self, asking: Asking) -> bool:
        return asking.has_system_turn and self._options.system_turn != "own"

    def _pause(self, error: Exception, retries: Retries, pacing: Pacing) -> float | None:
        asked = error.asked_pause_s if isinstance(error, ServerError) else None
        pause = retries.pause_after(patience_with(error), asked)
        if pause is not None and asked is not None:
            pacing.rest(asked)
        return pause

    def _meaning(self, error: Exception) -> ModelError:
        if self._connections.closed:
            return self._is_closed()
        return meaning(error, self._where, self._redaction, self._options.key_env)

    def _is_closed(self) -> ModelError:
        return ModelError("the model is closed", where=self._where)

    def _name(self, told: str | None) -> str | None:
        return self._redaction.in_one_line(told) or None if told else None

    def _see_that_it_answers(self, answer: Completion, asking: Asking) -> None:
        """Raises what the answer is, where it is none."""
        said = self._redaction.in_one_line(answer.refusal) or None
        if said or answer.finish == "filtered":
            raise RequestError("the endpoint refused to answer", where=self._where, got=said)
        if answer.finish == "tools":
            raise RequestError(
                "the model called a tool, and none was offered, instead of answering",
                where=self._where,
                got=self._redaction.in_one_line(answer.text, 80) or None,
            )
        if asking.sampling.choices and asking.choice(answer.text) is None:
            raise NotAChoice(answer.text, bool(answer.thoughts) and not answer.text.strip())

    def _finish(self, answer: Completion, room: int) -> Literal["stop", "length"]:
        if answer.finish != "length":
            return "stop"
        # Some servers do not count thoughts: then a count says nothing about the room.
        if not answer.thoughts and answer.reply_tokens is not None and answer.reply_tokens < room:
            raise ContextOverflow(
                "the reply was cut at the end of the context window",
                where=self._where,
                got=f"{answer.reply_tokens} of {room} tokens after a prompt of "
                f"{answer.prompt_tokens}",
            )
        return "length"


def _as_json(messages: Sequence[Message]) -> str:
    turns = [{"role": turn.role, "content": escape_surrogates(turn.content)} for turn in messages]
    return json.dumps(turns, ensure_ascii=False)


def _estimate(text: str) -> int:
    return -(-len(text) // _CHARACTERS_A_TOKEN)
