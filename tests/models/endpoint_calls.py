"""A card for the loopback server of a test, and one call to it."""

from __future__ import annotations

import asyncio

from cgr_nb.models import open_model
from cgr_nb.records import Message, ModelCard, Reply, Sampling

ASK = [Message("system", "Be short."), Message("user", "A or B?")]
GREEDY = Sampling(max_tokens=8)


def card_at(url: str, **options) -> ModelCard:
    """A model behind a server, with the pauses of a test."""
    known = {"base_url": url, "model": "m", "backoff_s": 0.001, "timeout_s": 5.0}
    return ModelCard(
        name="far",
        roles=("solver", "generator"),
        backend="openai",
        family="far",
        parameters=None,
        quantisation="none",
        context_tokens=4096,
        licence="unknown",
        source=url,
        sha256=None,
        options={**known, **options},
    )


def ask(card, sampling=GREEDY, messages=ASK, on_text=None) -> Reply:
    """Open, ask, close."""

    async def call():
        model = open_model(card)
        try:
            return await model.reply(messages, sampling, on_text)
        finally:
            await model.close()

    return asyncio.run(call())


def completion(content="Answer: A", finish="stop", usage=(11, 3), **message) -> dict:
    """A body as the API defines it."""
    return {
        "id": "x",
        "object": "chat.completion",
        "created": 0,
        "model": "m",
        "choices": [
            {
                "index": 0,
                "message": {"role": "assistant", "content": content, **message},
                "finish_reason": finish,
            }
        ],
        "usage": usage
        and {
            "prompt_tokens": usage[0],
            "completion_tokens": usage[1],
            "total_tokens": 14,
        },
    }
