"""A pool of real models within a budget."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from cgr_nb.blocking import run_blocking
from cgr_nb.errors import ModelError
from cgr_nb.models.llama import LlamaModel
from cgr_nb.models.pool import ModelPool
from cgr_nb.records import Message, Sampling

HELLO = [Message("user", "Hello.")]


@pytest.fixture
def cards(card_of, weights):
    card = card_of(weights("solver"))
    return [replace(card, name=name) for name in ("one", "two", "three")]


@pytest.fixture
def size(cards, tmp_path):
    return LlamaModel(cards[0], tmp_path).memory_bytes


async def ask(pool, card):
    async with pool.use(card) as model:
        return (await model.reply(HELLO, Sampling(max_tokens=4))).text


def test_models_stay_while_they_fit_and_the_longest_unused_goes_first(cards, size):
    async def scene():
        pool = ModelPool(int(2.5 * size))
        seen = []
        for number in (0, 1, 0, 2, 0):
            await ask(pool, cards[number])
            seen.append(pool.names)
        await pool.close()
        return seen, pool.names

    seen, after = run_blocking(scene)
    assert seen == [
        ("one",),
        ("one", "two"),
        ("two", "one"),
        ("one", "three"),
        ("three", "one"),
    ]
    assert after == ()


def test_a_model_in_use_is_not_freed_and_who_needs_its_room_waits(cards, size):
    async def scene():
        pool = ModelPool(int(1.5 * size))
        async with pool.use(cards[0]) as model:
            other = asyncio.create_task(ask(pool, cards[1]))
            for _ in range(20):
                await asyncio.sleep(0)
            assert pool.names == ("one",)
            assert not other.done()
            assert (await model.reply(HELLO, Sampling(max_tokens=2))).text is not None
        await other
        assert pool.names == ("two",)
        await pool.close()

    run_blocking(scene)


def test_a_model_that_can_never_fit_is_an_error_with_numbers(cards, size):
    async def scene():
        await ask(ModelPool(size // 2), cards[0])

    with pytest.raises(ModelError, match=r"larger than the pool's budget .*MiB"):
        run_blocking(scene)


def test_a_model_without_weights_takes_no_room(cards, size):
    scripted = replace(
        cards[0], name="script", backend="scripted", path=None, options={"replies": ["hi"]}
    )

    async def scene():
        pool = ModelPool(size)
        await ask(pool, cards[0])
        async with pool.use(scripted):
            assert set(pool.names) == {"one", "script"}
        assert pool.used_bytes == size
        await pool.close()

    run_blocking(scene)


def test_progress_names_the_model_that_is_loaded(cards, size):
    told = []

    async def scene():
        pool = ModelPool(3 * size, on_progress=lambda card, done: told.append((card.name, done)))
        await ask(pool, cards[1])
        await pool.close()

    run_blocking(scene)
    assert {name for name, _ in told} == {"two"}
    assert told[-1][1] == 1.0


def test_what_the_pool_frees_is_given_back_to_the_machine(cards, size):
    psutil = pytest.importorskip("psutil")

    async def scene():
        pool = ModelPool(int(1.5 * size))
        for _ in range(2):
            for card in cards:
                await ask(pool, card)
        before = psutil.Process().memory_info().rss
        for _ in range(5):
            for card in cards:
                await ask(pool, card)
        after = psutil.Process().memory_info().rss
        await pool.close()
        return after - before

    assert run_blocking(scene) < 2 * size
