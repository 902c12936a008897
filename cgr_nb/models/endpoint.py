"""A model behind an OpenAI-compatible server: llama-server, vLLM, Ollama, or a hosted one.

Options of a card: `base_url` (needed), `model` (its name there; default the card's), `server`
("openai", "llama.cpp", "vllm" or "ollama": see `dialects`), `choices` (how it is held to choices),
`key_env` (the environment variable that holds the key; the key itself is never stored),
`max_in_flight`, `requests_per_minute`, `timeout_s` (of one attempt), `retry_for_s` (how long what
may pass is tried again), `retries` (how often at most), `backoff_s`, `max_tokens_field`, `omit`
(fields that the server refuses, such as ["seed"]: never sent).

Nothing that a server sends is believed before it is checked: bodies are bounded (see `exchange`),
every field has its type and range (`completion`), a key that comes back is struck out
(`redaction`), and a failure says what it means in one line (`refusals`).

`Reply.prompt_text` is the conversation as JSON: the server's chat template is not seen here. Tokens
are the server's own count; one that tells none, or numbers that can be none, gets an estimate, four
characters a token. A reply that a server cuts short of `max_tokens` is a `ContextOverflow`, but a
prompt that it cuts in silence (Ollama does) can't be told from here. Nothing is exact: the same
seed may give another reply after an update of the server.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from weakref import WeakKeyDictionary

from cgr_nb.errors import ContextOverflow, ModelError, RequestError
from cgr_nb.models.completion import (
    Completion,
    StreamedCompletion,
    read_completion,
    read_model_names,
)
from cgr_nb.models.dialects import chosen, request_body
from cgr_nb.models.endpoint_options import EndpointOptions
from cgr_nb.models.exchange import exchange, new_client
from cgr_nb.models.pacing import Pacing, Retries
from cgr_nb.models.redaction import Redaction, ToldText
from cgr_nb.models.refusals import ServerError, failures, meaning, patience_with
from cgr_nb.models.sampling import check_request
from cgr_nb.records import Message, ModelCard, Reply, Sampling
from cgr_nb.surrogates import escape_surrogates

if TYPE_CHECKING:
    from httpx2 import AsyncClient

__all__ = ["EndpointModel"]

_CHARACTERS_A_TOKEN = 4
_LEAST_BYTES = 4 << 20
_BYTES_A_TOKEN = 256
_STREAMED_BYTES_A_TOKEN = 4096
"""A streamed token brings a kilobyte of JSON with it, and thoughts come on top."""


@dataclass(slots=True)
class _Line:
    """The connections of one event loop; they can't be used from another."""

    client: AsyncClient
    pacing: Pacing


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
        self._options = EndpointOptions.of(card)
        self._key = self._find_key()
        self._redaction = Redaction(self._key)
        self._lines: WeakKeyDictionary[asyncio.AbstractEventLoop, _Line] = WeakKeyDictionary()
        self._closed = False

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
        how = self._options
        body = request_body(
            how.dialect, how.choosing, how.model, messages, sampling, how.max_tokens_field
        )
        room = body[how.max_tokens_field]
        streamed = on_text is not None and not sampling.choices
        if streamed:
            body |= {"stream": True, "stream_options": {"include_usage": True}}
        for name in how.omit:
            body.pop(name, None)
        told = ToldText(self._redaction, on_text if streamed else None)
        answer, duration = await self._ask(body, room, told)
        self._see_that_it_answers(answer)
        finish = self._finish(answer, room)
        text = escape_surrogates(self._redaction.of_reply(answer.text))
        reply_tokens = _estimate(text) if answer.reply_tokens is None else answer.reply_tokens
        if sampling.choices:
            text, finish = chosen(how.choosing, sampling.choices, text), "stop"
            if on_text is not None:
                on_text(text)
        return Reply(
            text=text,
            finish=finish,
            prompt_text=_as_json(messages),
            prompt_tokens=answer.prompt_tokens or self.count_tokens(messages),
            reply_tokens=reply_tokens,
            duration_s=duration,
        )

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """An estimate, four characters a token: servers tell only after they have answered."""
        return sum(_estimate(message.content) for message in messages)

    async def served(self) -> tuple[str, ...]:
        """Names of the models that the server says it has.

        Raises:
            ModelError: It can't be asked.
        """
        async with self._place() as line:
            try:
                async with (
                    asyncio.timeout(self._options.timeout_s),
                    exchange(line.client, "GET", "models", None) as answered,
                ):
                    names = read_model_names(await answered.whole(_LEAST_BYTES))
            except failures() as error:
                raise self._meaning(error) from None
        return tuple(map(self._redaction.in_one_line, names))

    async def close(self) -> None:
        """See `Model.close`. Replies that are not finished end in a `ModelError`."""
        self._closed = True
        line = self._lines.pop(asyncio.get_running_loop(), None)
        if line is not None:
            await line.client.aclose()

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[_Line]:
        if self._closed:
            raise self._is_closed()
        loop = asyncio.get_running_loop()
        line = self._lines.get(loop)
        if line is None:
            how = self._options
            try:
                client = new_client(how.base_url, self._key, how.timeout_s)
            except failures() as error:  # a name that can't be one, seen only here
                raise self._meaning(error) from None
            line = _Line(client, Pacing(how.max_in_flight, how.requests_per_minute))
            self._lines[loop] = line
        async with line.pacing.place():
            yield line

    async def _ask(
        self, body: dict[str, Any], room: int, told: ToldText
    ) -> tuple[Completion, float]:
        """The answer and the seconds that the attempt which gave it took."""
        how = self._options
        retries = Retries(how.retries, how.retry_for_s, how.backoff_s)
        while True:
            async with self._place() as line:
                await line.pacing.turn()
                started = time.perf_counter()
                try:
                    async with asyncio.timeout(how.timeout_s):
                        answer = await _attempt(line.client, body, room, told)
                    return answer, time.perf_counter() - started
                except failures() as error:
                    pause = self._pause(error, retries, line.pacing)
                    # Text that was told can't be taken back: then the reply is not begun anew.
                    if pause is None or told.anything or self._closed:
                        raise self._meaning(error) from None
                except RuntimeError:
                    # What the client raises when it was closed under a request.
                    if not self._closed:
                        raise
                    raise self._is_closed() from None
            # Not in its place: others may do better meanwhile.
            await asyncio.sleep(pause)

    def _pause(self, error: Exception, retries: Retries, pacing: Pacing) -> float | None:
        asked = error.asked_pause_s if isinstance(error, ServerError) else None
        pause = retries.pause_after(patience_with(error), asked)
        if pause is not None and asked is not None:
            pacing.rest(asked)
        return pause

    def _meaning(self, error: Exception) -> ModelError:
        if self._closed:
            return self._is_closed()
        return meaning(error, self._where, self._redaction, self._options.key_env)

    def _is_closed(self) -> ModelError:
        return ModelError("the model is closed", where=self._where)

    def _see_that_it_answers(self, answer: Completion) -> None:
        said = self._redaction.in_one_line(answer.refusal) or None
        if said or answer.finish == "filtered":
            raise RequestError("the endpoint refused to answer", where=self._where, got=said)
        if answer.finish == "tools":
            raise RequestError(
                "the model called a tool, and none was offered, instead of answering",
                where=self._where,
                got=self._redaction.in_one_line(answer.text, 80) or None,
            )

    def _finish(self, answer: Completion, room: int) -> Literal["stop", "length"]:
        if answer.finish != "length":
            return "stop"
        if answer.reply_tokens is not None and answer.reply_tokens < room:
            raise ContextOverflow(
                "the reply was cut at the end of the context window",
                where=self._where,
                got=f"{answer.reply_tokens} of {room} tokens after a prompt of "
                f"{answer.prompt_tokens}",
            )
        return "length"


async def _attempt(
    client: AsyncClient, body: dict[str, Any], room: int, told: ToldText
) -> Completion:
    async with exchange(client, "POST", "chat/completions", body) as answered:
        # A server may stream what it was not asked to, and not what it was.
        if not answered.is_stream:
            most = _LEAST_BYTES + _BYTES_A_TOKEN * room
            whole = read_completion(await answered.whole(most), room)
            told.push(whole.text)
            told.finish()
            return whole
        streamed = StreamedCompletion(room)
        most = _LEAST_BYTES + _STREAMED_BYTES_A_TOKEN * room
        async with aclosing(answered.events(most)) as events:
            async for data in events:
                told.push(streamed.take(data))
                if streamed.ended:
                    break
        completion = streamed.completion()
        told.finish()
        return completion


def _as_json(messages: Sequence[Message]) -> str:
    turns = [{"role": turn.role, "content": escape_surrogates(turn.content)} for turn in messages]
    return json.dumps(turns, ensure_ascii=False)


def _estimate(text: str) -> int:
    return -(-len(text) // _CHARACTERS_A_TOKEN)
