"""A model behind an OpenAI-compatible server: llama-server, vLLM, Ollama, LM Studio, or hosted.

Options of a card: `base_url` (needed; several addresses are several servers, see `replicated`),
`model` (its name there; default the card's), `revision`
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

Choices are scored, as the engine scores them, where the server tells log-probabilities of prompts
and the card names a chat template (option `chat_template`, or `prompts = "base"`): the prompt is
written out here then (see `server_prompt`, `server_scores`). How the server tells them is found
out, or said by option `scores` ("echo", "prompt_logprobs", "none"). No chat API tells
log-probabilities of a text that the model did not write, so without a template, and with other
servers, a server is held to choices token by token, as it does that itself, `Reply.scores` is None,
and a program that asks for scores is told that the solver could not answer.

`Reply.prompt_text` is the conversation as JSON, as it was sent: the server's chat template is not
seen here. Thoughts that the server tells apart are kept apart; an empty reply without any is empty.
Tokens are the server's own count; one that tells none, or numbers that can be none, gets an
estimate, four characters a token, and `Reply.served` says so. A reply that a server cuts short of
`max_tokens` is a `ContextOverflow`, but a prompt that it cuts in silence (Ollama does) can't be
told from here. Nothing is exact: the same seed may give another reply after an update of the
server.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from cgr_nb.errors import ContextOverflow, ModelError, RequestError
from cgr_nb.models.asking import Asking
from cgr_nb.models.attempt import attempt
from cgr_nb.models.choosing import PROBE, PROBE_SAMPLING, Way, find_way
from cgr_nb.models.completion import Completion
from cgr_nb.models.dialects import Choosing
from cgr_nb.models.endpoint_errors import (
    NotAChoice,
    failures,
    refuses_fields,
    refuses_system_turns,
)
from cgr_nb.models.endpoint_options import EndpointOptions
from cgr_nb.models.endpoint_requests import EndpointRequests
from cgr_nb.models.endpoint_scores import EndpointScores
from cgr_nb.models.known_templates import with_template_text
from cgr_nb.models.redaction import Redaction, ToldText
from cgr_nb.models.sampling import check_request
from cgr_nb.models.served_models import ServedModel, read_served_models
from cgr_nb.models.server_scores import ScoreWay
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

    def __init__(self, card: ModelCard, base: Path, *, one_of_several: bool = False) -> None:
        """Check the card and find the key. The server is not asked before the first call.

        Args:
            card: The model; see the module for its options.
            base: Folder that a relative path of a chat template starts from.
            one_of_several: Nothing is tried again: another server may do better. Failures are
                `EndpointFailed`.

        Raises:
            ModelError: An option is wrong, the key is not in the environment, or the chat template
                can't be used.
        """
        self.card = with_template_text(card, base)
        """The card as given, with the text of its chat template's file in place of its name."""
        self._options = how = EndpointOptions.of(card)
        key = self._find_key()
        headers, secrets = how.extra.resolved(self._where)
        literals = tuple(how.extra.headers.values())
        self._redaction = Redaction(key, *secrets, quiet=literals)
        self._way: Way | None = None
        self._folds = how.system_turn == "folded"
        self._requests = EndpointRequests(
            how, self._where, self._redaction, key, headers, one_of_several=one_of_several
        )
        self._scores = EndpointScores(self.card, base, how, self._requests, self._redaction)

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
                f"the environment variable {name} holds a key that can't be sent: it contains"
                " white space or non-ASCII characters",
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
        if sampling.choices and (way := (await self._scores.way()).way) is not None:
            reply = await self._scores.reply(messages, sampling, way)
            if on_text is not None:
                on_text(reply.text)
            return reply
        budget = self._options.think_tokens
        if budget is None or sampling.choices:
            return await self._reply(messages, sampling, on_text)
        return await ask_within_budget(self._reply, messages, sampling, on_text, budget)

    async def probe(self) -> Reply:
        """One token of an answer to nothing in particular, whatever the budget for thoughts.

        Raises:
            RequestError, CallFailed: As `reply`.
        """
        return await self._reply(PROBE, Sampling(max_tokens=1))

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
        async with self._requests.probing:
            if self._way is None:
                self._way = await find_way(self._options.dialect, self._holds)
        return self._way

    async def way_to_score(self) -> ScoreWay:
        """How the server tells log-probabilities of texts, or why it tells none.

        Raises:
            ModelError: The server can't be asked.
        """
        return await self._scores.way()

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

    @property
    def connects(self) -> int:
        """Connections to its server that were made so far."""
        return self._requests.connects

    async def served(self) -> tuple[ServedModel, ...]:
        """The models that the server says it has.

        Raises:
            ModelError: It can't be asked.
        """
        try:
            models = read_served_models(await self._requests.get("models"))
        except failures() as error:
            raise self._requests.meaning(error) from None
        return tuple(replace(one, name=self._redaction.in_one_line(one.name)) for one in models)

    async def close(self) -> None:
        """See `Model.close`. Replies that are not finished end in a `ModelError`."""
        await self._requests.close()

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

        async def once(client: AsyncClient) -> Completion:
            sent = {name: body[name] for name in body if name not in how.omit}
            answer = await attempt(client, sent, room, told)
            if not is_probe:
                self._see_that_it_answers(answer, asking)
            self._folds = self._folds or asking.folded
            return answer

        def on_failure(error: Exception) -> bool:
            nonlocal body
            if is_probe and refuses_fields(error):
                raise _NotTaken from None
            may_fold = asking.has_system_turn and how.system_turn != "own"
            if not (may_fold and refuses_system_turns(error)):
                return False
            asking.folded = True
            body = asking.body(how)
            return True

        # Text that was told can't be taken back: then the reply is not begun anew.
        return await self._requests.answered(once, on_failure, lambda: told.anything)

    def _name(self, told: str | None) -> str | None:
        return self._redaction.in_one_line(told) or None if told else None

    def _see_that_it_answers(self, answer: Completion, asking: Asking) -> None:
        """Raises what the answer is, where it is none."""
        said = self._redaction.in_one_line(answer.refusal) or None
        if said or answer.finish == "filtered":
            raise RequestError("the endpoint refused to answer", where=self._where, got=said)
        if answer.finish == "tools":
            raise RequestError(
                "the model called a tool instead of answering, although none was offered",
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
