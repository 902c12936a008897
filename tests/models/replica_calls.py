"""Two servers on loopback as those of one model, and calls to it."""

from __future__ import annotations

import asyncio

from endpoint_calls import GREEDY, card_at

from cgr_nb.models import open_model
from cgr_nb.records import Message


def card_of(pair, **options):
    """With time enough: what is slow here is the machine, unless a test says otherwise."""
    return card_at([one.url for one in pair], **{"timeout_s": 60, **options})


def is_probe(asked):
    return asked["max_tokens"] == 1


def studied(endpoint):
    """The requests that it got but for those that see whether it answers."""
    return [body for body in endpoint.bodies if not is_probe(body)]


def asking(number):
    return [Message("user", f"question {number}")]


async def until(true):
    """Wait for something to come true, which it does at once or soon."""
    async with asyncio.timeout(10):
        while not true():
            await asyncio.sleep(0.001)


async def ask_many(model, count, at_once=4):
    places = asyncio.Semaphore(at_once)

    async def one(number):
        async with places:
            return await model.reply(asking(number), GREEDY)

    return await asyncio.gather(*map(one, range(count)))


def run(card, scene):
    async def whole():
        model = open_model(card)
        try:
            return await scene(model)
        finally:
            await model.close()

    return asyncio.run(whole())
