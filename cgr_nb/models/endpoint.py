"""A model behind an OpenAI-compatible server: llama-server, vLLM, Ollama, or a hosted one.

Options of a card: `base_url` (needed), `model` (its name there; default the card's), `server`
("openai", "llama.cpp", "vllm" or "ollama": see `dialects`), `choices` (how it is held to choices),
`key_env` (the environment variable that holds the key; the key itself is never stored),
`max_in_flight`, `requests_per_minute`, `timeout_s` (of one attempt), `retries`, `backoff_s`,
`max_tokens_field`, `omit` (fields that the server refuses, such as ["seed"]: never sent).

`Reply.prompt_text` is the conversation as JSON: the server's chat template is not seen here. Tokens
are the server's own count; one that tells none gets an estimate, four characters a token. A reply
that a server cuts short of `max_tokens` is a `ContextOverflow`, but a prompt that it cuts in
silence (Ollama does) can't be told from here. Nothing is exact: the same seed may give another
reply after an update of the server.
"""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from weakref import WeakKeyDictionary

from cgr_nb.errors import ContextOverflow, ModelError, RequestError
from cgr_nb.models.dialects import chosen, request_body
from cgr_nb.models.endpoint_options import EndpointOptions
from cgr_nb.models.pacing import Pacing, pause_after
from cgr_nb.models.refusals import BrokenReply, is_passing, meaning
from cgr_nb.models.sampling import check_request
from cgr_nb.records import Message, ModelCard, Reply, Sampling

if TYPE_CHECKING:
    from openai import AsyncOpenAI

__all__ = ["EndpointModel"]

_CHARACTERS_A_TOKEN = 4


@dataclass(slots=True)
class _Answer:
    """What a server gave back, in one piece or in many."""

    text: str = ""
    refusal: str = ""
    finish: str | None = None
    prompt_tokens: int | None = None
    reply_tokens: int | None = None


@dataclass(slots=True)
class _Line:
    """The connections of one event loop; they can't be used from another."""

    client: AsyncOpenAI
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
        self._key = None
        if self._options.key_env is not None:
            self._key = os.environ.get(self._options.key_env)
            if not self._key:
                raise ModelError(
                    f"the environment variable {self._options.key_env} holds no key",
                    where=self._where,
                    fix=f"export {self._options.key_env}=... before starting",
                )
        self._lines: WeakKeyDictionary[asyncio.AbstractEventLoop, _Line] = WeakKeyDictionary()
        self._closed = False

    @property
    def _where(self) -> str:
        return f"model '{self.card.name}' at {self._options.base_url}"

    async def reply(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        on_text: Callable[[str], None] | None = None,
    ) -> Reply:
        """See `Model.reply`. With `on_text` the reply is streamed; choices come in one piece."""
        check_request(messages, sampling)
        how = self._options
        body = request_body(
            how.dialect, how.choosing, how.model, messages, sampling, how.max_tokens_field
        )
        room = body[how.max_tokens_field]
        for name in how.omit:
            body.pop(name, None)
        streamed = on_text is not None and not sampling.choices
        answer, duration = await self._ask(body, on_text if streamed else None)
        if answer.refusal or answer.finish == "content_filter":
            raise RequestError(
                "the endpoint refused to answer", where=self._where, got=answer.refusal or None
            )
        text, finish = answer.text, self._finish(answer, room)
        if sampling.choices:
            text, finish = chosen(how.choosing, sampling.choices, text), "stop"
            if on_text is not None:
                on_text(text)
        counted = answer.prompt_tokens, answer.reply_tokens
        return Reply(
            text=text,
            finish=finish,
            prompt_text=_as_json(messages),
            prompt_tokens=self.count_tokens(messages) if counted[0] is None else counted[0],
            reply_tokens=_estimate(answer.text) if counted[1] is None else counted[1],
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
                return tuple(sorted([model.id async for model in line.client.models.list()]))
            except Exception as error:
                raise self._meaning(error) from None

    async def close(self) -> None:
        """See `Model.close`. Replies that are not finished end in a `ModelError`."""
        self._closed = True
        line = self._lines.pop(asyncio.get_running_loop(), None)
        if line is not None:
            await line.client.close()

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[_Line]:
        if self._closed:
            raise ModelError("the model is closed", where=self._where)
        loop = asyncio.get_running_loop()
        line = self._lines.get(loop)
        if line is None:
            line = self._lines[loop] = self._new_line()
        async with line.pacing.place():
            yield line

    def _new_line(self) -> _Line:
        from openai import AsyncOpenAI

        how = self._options
        client = AsyncOpenAI(
            base_url=how.base_url,
            api_key=self._key or "none",  # the client insists on one
            timeout=how.timeout_s,
            max_retries=0,  # attempts are counted, spaced and explained here
        )
        return _Line(client, Pacing(how.max_in_flight, how.requests_per_minute))

    async def _ask(
        self, body: dict[str, Any], on_text: Callable[[str], None] | None
    ) -> tuple[_Answer, float]:
        """The answer and the seconds that the attempt which gave it took."""
        how, told = self._options, 0

        def tell(piece: str) -> None:
            nonlocal told
            told += len(piece)
            if on_text is not None:
                on_text(piece)

        async with self._place() as line:
            for attempt in range(how.retries + 1):
                await line.pacing.turn()
                started = time.perf_counter()
                try:
                    async with asyncio.timeout(how.timeout_s):
                        made = (
                            _whole(line.client, body)
                            if on_text is None
                            else _streamed(line.client, body, tell)
                        )
                        return await made, time.perf_counter() - started
                except Exception as error:
                    # Text that was told can't be taken back: then the reply is not begun anew.
                    last = attempt == how.retries or told > 0 or self._closed
                    if last or not is_passing(error):
                        raise self._meaning(error) from None
                    headers = getattr(getattr(error, "response", None), "headers", {})
                await asyncio.sleep(pause_after(attempt, headers, how.backoff_s))
        raise AssertionError("the last attempt returns or raises")

    def _meaning(self, error: Exception) -> ModelError:
        if self._closed:
            return ModelError("the model is closed", where=self._where)
        if isinstance(error, ModelError):
            return error
        return meaning(error, self._where, self._key, self._options.key_env)

    def _finish(self, answer: _Answer, room: int) -> Literal["stop", "length"]:
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


async def _whole(client: AsyncOpenAI, body: dict[str, Any]) -> _Answer:
    found = await client.chat.completions.create(**body)
    choices = getattr(found, "choices", None)
    if not choices:
        raise ModelError(
            "what answers is no OpenAI-compatible server",
            got=repr(found)[:80],
            fix="check base_url of the card; it often ends in /v1",
        )
    answer = _Answer(choices[0].message.content or "", choices[0].message.refusal or "")
    answer.finish = choices[0].finish_reason
    _count(answer, found.usage)
    return answer


async def _streamed(
    client: AsyncOpenAI, body: dict[str, Any], tell: Callable[[str], None]
) -> _Answer:
    stream = await client.chat.completions.create(
        **body, stream=True, stream_options={"include_usage": True}
    )
    answer = _Answer()
    try:
        async for chunk in stream:
            _count(answer, chunk.usage)
            for choice in chunk.choices or ():
                answer.finish = choice.finish_reason or answer.finish
                answer.refusal += choice.delta.refusal or ""
                if choice.delta.content:
                    answer.text += choice.delta.content
                    tell(choice.delta.content)
    finally:
        # Also when cancelled: a closed stream is how a server learns to stop.
        await stream.close()
    if answer.finish is None:
        raise BrokenReply("the stream ended before the reply did")
    return answer


def _count(answer: _Answer, usage: Any) -> None:  # noqa: ANN401
    if usage is not None:
        answer.prompt_tokens = usage.prompt_tokens
        answer.reply_tokens = usage.completion_tokens


def _as_json(messages: Sequence[Message]) -> str:
    turns = [{"role": turn.role, "content": turn.content} for turn in messages]
    return json.dumps(turns, ensure_ascii=False)


def _estimate(text: str) -> int:
    return -(-len(text) // _CHARACTERS_A_TOKEN)
