"""A pool of real models within a budget."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from cgr_nb.errors import ModelError
from cgr_nb.models.llama import LlamaModel
from cgr_nb.models.pool import ModelPool
from cgr_nb.records import Message, Sampling
from cgr_nb.util.blocking import run_blocking

HELLO = [Message("user", "Hello.")]


@pytest.fixture
def cards(card_of, weights):
    card = card_of(weights("solver"))
    return [replace(card, name=name) for name in ("one", "two", "three")]


@pytest.fixture(scope="session")
def size(card_of, weights):
    """What one model takes when it is loaded, as measured."""
    model = LlamaModel(card_of(weights("solver")), Path())
    run_blocking(model.load)
    measured = model.memory_bytes
    run_blocking(model.close)
    return measured


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


def test_a_model_too_large_for_what_the_machine_offers_is_tried_alone(cards, size, monkeypatch):
    monkeypatch.setattr("cgr_nb.models.pool.model_memory", lambda: size // 2)

    async def scene():
        pool = ModelPool()
        seen = []
        for card in cards:
            await ask(pool, card)
            seen.append(pool.names)
        await pool.close()
        return seen

    assert run_blocking(scene) == [("one",), ("two",), ("three",)]


def test_models_of_a_pool_are_loaded_when_asked_and_shared_by_threads(cards, size):
    pool = ModelPool(int(1.5 * size))
    models = [pool.model(card) for card in cards[:2]]
    assert pool.names == ()
    texts: dict[int, list[str]] = {}

    def work(number):
        async def ask_in_turn():
            said = [await models[n % 2].reply(HELLO, Sampling(max_tokens=4)) for n in range(6)]
            texts[number] = [reply.text for reply in said]

        asyncio.run(ask_in_turn())

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert texts == {number: [texts[0][0]] * 6 for number in range(4)}
    assert len(pool.names) == 1
    run_blocking(pool.close)
    assert pool.used_bytes == 0


def test_a_budget_that_is_set_later_holds_from_then_on(cards, size):
    async def scene():
        pool = ModelPool(3 * size)
        for card in cards:
            await ask(pool, card)
        pool.budget_bytes = int(1.5 * size)
        await ask(pool, replace(cards[0], name="four"))
        assert pool.names == ("four",)
        await pool.close()

    run_blocking(scene)


def test_who_gives_up_waiting_for_room_takes_it_from_nobody(cards, size):
    async def scene():
        pool = ModelPool(int(1.5 * size))
        async with pool.use(cards[0]):
            waits = [asyncio.create_task(ask(pool, card)) for card in cards[1:]]
            await asyncio.sleep(0)
            waits[0].cancel()
            await asyncio.gather(waits[0], return_exceptions=True)
        assert await waits[1]
        assert pool.names == ("three",)
        await pool.close()

    run_blocking(scene)


def test_unused_models_are_freed_and_used_ones_are_not(cards, size):
    async def scene():
        pool = ModelPool(4 * size)
        await ask(pool, cards[0])
        async with pool.use(cards[1]) as model:
            assert await pool.free_unused() == pytest.approx(size, rel=0.1)
            assert pool.names == ("two",)
            assert await model.reply(HELLO, Sampling(max_tokens=1))
        await pool.close()

    run_blocking(scene)


def test_tokens_are_counted_by_the_model_of_the_pool(cards, size, tmp_path):
    pool = ModelPool(2 * size)
    model = LlamaModel(cards[0], tmp_path)
    assert pool.model(cards[0]).count_tokens(HELLO) == model.count_tokens(HELLO)
    run_blocking(pool.close)
    run_blocking(model.close)


def test_a_model_without_weights_takes_no_room(cards, size):
    scripted = replace(
        cards[0], name="script", backend="scripted", path=None, options={"replies": ["hi"]}
    )

    async def scene():
        pool = ModelPool(int(1.5 * size))
        await ask(pool, cards[0])
        async with pool.use(scripted):
            assert set(pool.names) == {"one", "script"}
        assert pool.used_bytes == pytest.approx(size, rel=0.1)
        await pool.close()

    run_blocking(scene)


def test_progress_names_the_model_that_is_loaded(cards, size):
    told = []

    async def scene():
        pool = ModelPool(3 * size)
        with pool.on_load(lambda card, done: told.append((card.name, done))):
            await ask(pool, cards[1])
        await ask(pool, cards[0])
        await pool.close()

    run_blocking(scene)
    assert {name for name, _ in told} == {"two"}
    assert told[-1][1] == 1.0


def test_what_the_pool_frees_is_given_back_to_the_machine(cards, size):
    psutil = pytest.importorskip("psutil")

    async def scene():
        pool = ModelPool(int(1.5 * size))
        for card in cards:
            await ask(pool, card)
        before = psutil.Process().memory_info().rss
        for _ in range(3):
            for card in cards:
                await ask(pool, card)
        after = psutil.Process().memory_info().rss
        await pool.close()
        return after - before

    assert run_blocking(scene) < 2 * size
