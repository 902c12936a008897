"""Choices scored by a server that tells log-probabilities of prompts: llama_cpp.server with all
logits, vLLM. Whether one does is asked once, behind the chat template that the card names.

A server is asked once for the prompt and once for each text, and counts the prompt's tokens each
time: so does `Reply.prompt_tokens`, since a server's price does too.
"""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cgr_nb.errors import RequestError
from cgr_nb.models.attempt import LEAST_BYTES
from cgr_nb.models.choices import decisive, likeliest
from cgr_nb.models.endpoint_errors import NotACompletion, ServerError, TooMuch, refuses_fields
from cgr_nb.models.endpoint_options import EndpointOptions
from cgr_nb.models.endpoint_requests import EndpointRequests
from cgr_nb.models.exchange import exchange
from cgr_nb.models.redaction import Redaction
from cgr_nb.models.server_prompt import ServerTemplate
from cgr_nb.models.server_scores import PROBES, ScoreWay, find_score_way, score_texts
from cgr_nb.models.told_tokens import READERS, TellsNothing, ToldTokens, Way
from cgr_nb.records import Message, ModelCard, Reply, Sampling, Score, Served
from cgr_nb.util.surrogates import escape_surrogates

if TYPE_CHECKING:
    from httpx2 import AsyncClient

__all__ = ["EndpointScores"]

_BYTES_A_CHARACTER = 1024
"""A told token brings some hundred bytes of JSON with it, and has a character at least."""
_ABSENT = (404, 405, 501)


class EndpointScores:
    """The scores of one model of one server."""

    def __init__(
        self,
        card: ModelCard,
        base: Path,
        options: EndpointOptions,
        requests: EndpointRequests,
        redaction: Redaction,
    ) -> None:
        """Compile the chat template. The server is not asked.

        Args:
            card: The model.
            base: Folder that a relative path of a template starts from.
            options: The card's.
            requests: The way to the server.
            redaction: Strikes out keys.

        Raises:
            ModelError: The chat template can't be used, or the card says that the server tells
                scores, and names none.
        """
        self._options, self._requests, self._redaction = options, requests, redaction
        self._template = None
        if card.chat_template is not None or options.score_way is not None:
            self._template = ServerTemplate(card, base, options.template)
        self._found: ScoreWay | None = None

    async def way(self) -> ScoreWay:
        """How the server tells log-probabilities of texts: as the card says, else found out, once.

        Raises:
            ModelError: The server can't be asked.
        """
        how = self._options
        if how.scores == "none":
            return ScoreWay(None, "its card says scores = 'none'")
        if self._template is None:
            return ScoreWay(
                None,
                "its card names no chat template, by which the prompt is written out for a server"
                " that tells log-probabilities of prompts (option chat_template)",
            )
        if how.score_way is not None:
            return ScoreWay(how.score_way)
        async with self._requests.probing:
            if self._found is None:
                probes = [self._template.prompt(turns).text for turns in PROBES]
                self._found = await find_score_way(how.dialect.scoring, probes, self._probe)
        return self._found

    async def reply(self, messages: Sequence[Message], sampling: Sampling, way: Way) -> Reply:
        """The choice that the model finds likeliest, or one that is drawn, with the scores of all.

        Args:
            messages: The conversation.
            sampling: Has choices.
            way: How the server tells.

        Raises:
            RequestError, CallFailed: As `EndpointModel.reply`.
        """
        assert self._template is not None  # there is a way
        prompt = self._template.prompt(tuple(messages))
        prompt = replace(
            prompt, text=escape_surrogates(prompt.text), tail=escape_surrogates(prompt.tail)
        )
        texts = tuple(dict.fromkeys(sampling.choices))
        seconds, counts = 0.0, list[int]()
        estimated: tuple[str, ...] = ()

        async def tell(text: str) -> ToldTokens:
            nonlocal seconds, estimated
            answer, took = await self._requests.answered(
                lambda client: self._ask(client, way, text)
            )
            seconds += took
            counts.append(answer.prompt_tokens or len(answer.prompt))
            if answer.prompt_tokens is None:
                estimated = ("prompt_tokens",)
            return answer

        try:
            scored = await score_texts(prompt, texts, self._template.end, tell)
        except TellsNothing as nothing:
            raise RequestError(
                f"the server returns no log-probabilities for this prompt: {nothing}",
                where=self._requests.where,
            ) from None
        made = dict(zip(texts, scored.scores, strict=True))
        scores = tuple(made[choice] for choice in sampling.choices)
        text = likeliest(sampling.choices, scores)
        if sampling.temperature > 0:
            text = _drawn(texts, scored.scores, sampling)
        told = scored.alone
        return Reply(
            text=text,
            finish="stop",
            prompt_text=prompt.text,
            prompt_tokens=sum(counts),
            reply_tokens=made[text].tokens,
            duration_s=seconds,
            scores=scores,
            served=Served(
                address=self._options.base_url,
                model=self._name(told.model),
                fingerprint=self._name(told.fingerprint),
                choosing=way,
                folded=False,
                estimated=estimated,
            ),
        )

    async def _probe(self, way: Way, text: str) -> ToldTokens:
        def refused(error: Exception) -> bool:
            is_absent = isinstance(error, ServerError) and error.status in _ABSENT
            if is_absent or refuses_fields(error) or isinstance(error, NotACompletion | TooMuch):
                said = self._redaction.in_one_line(str(error), 120) or type(error).__name__
                raise TellsNothing(f"asked by {way}, it says: {said}") from None
            return False

        try:
            answer, _ = await self._requests.answered(
                lambda client: self._ask(client, way, text), refused
            )
        except RequestError as error:
            raise TellsNothing(f"asked by {way}: {error.what}") from None
        return answer

    async def _ask(self, client: AsyncClient, way: Way, text: str) -> ToldTokens:
        body = self._body(way, text)
        async with exchange(client, "POST", "completions", body) as answered:
            data = await answered.whole(LEAST_BYTES + _BYTES_A_CHARACTER * len(text))
        return READERS[way](data, text)

    def _body(self, way: Way, text: str) -> dict[str, Any]:
        how = self._options
        body: dict[str, Any] = {
            **how.extra.body,
            "model": how.model,
            "prompt": text,
            # Of 0 some servers make all that there is room for.
            "max_tokens": 1,
            "temperature": 0.0,
            **how.dialect.always,
        }
        if way == "echo":
            body |= {"echo": True, "logprobs": 1}
        else:
            body |= {"prompt_logprobs": 0, "logprobs": 0}
        return {name: body[name] for name in body if name not in how.omit}

    def _name(self, told: str | None) -> str | None:
        return self._redaction.in_one_line(told) or None if told else None


def _drawn(texts: Sequence[str], scores: Sequence[Score], sampling: Sampling) -> str:
    """One of the texts, by their probabilities at the sampling's temperature."""
    sums = [value / sampling.temperature for value in decisive(texts, scores)]
    weights = [math.exp(value - max(sums)) for value in sums]
    return random.Random(sampling.seed).choices(texts, weights)[0]
