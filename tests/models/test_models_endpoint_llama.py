"""A real server on loopback: `llama_cpp.server` with a tiny model."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from llama_server import LlamaServer

from cgr_nb.errors import ContextOverflow
from cgr_nb.models import open_model
from cgr_nb.records import Message, Sampling

pytest.importorskip("uvicorn", reason="the server needs llama-cpp-python[server]")

ASK = [Message("user", "Question: What is 3 + 4?\nA. 7\nB. 8\nAnswer with one letter.")]


@pytest.fixture(scope="module")
def address(weights, proven):
    with LlamaServer(weights("solver")) as server:
        yield server.address


@pytest.fixture
def far(address, card_of, weights):
    """The tiny model behind the server."""
    options = {"base_url": address, "model": "tiny", "server": "llama.cpp", "backoff_s": 0.01}
    return replace(card_of(weights("solver")), backend="openai", path=None, options=options)


def ask(card, sampling, messages=ASK, on_text=None):
    async def call():
        model = open_model(card)
        try:
            return await model.reply(messages, sampling, on_text)
        finally:
            await model.close()

    return asyncio.run(call())


def test_a_greedy_reply_is_that_of_the_model_in_this_process(far, card_of, weights):
    here = ask(card_of(weights("solver")), Sampling(max_tokens=12))
    there = ask(far, Sampling(max_tokens=12))
    assert there.text == here.text
    assert (there.prompt_tokens, there.finish) == (here.prompt_tokens, here.finish)


def test_a_seed_makes_a_warm_reply_the_same_again(far):
    warm = Sampling(max_tokens=12, temperature=1.2, seed=5)
    assert ask(far, warm).text == ask(far, warm).text


def test_choices_are_held_to_by_grammar(far):
    choices = ("alpha, beta", 'say "gamma"')
    assert ask(far, Sampling(max_tokens=1, choices=choices)).text in choices


def test_a_streamed_reply_is_the_whole_reply(far):
    told = []
    reply = ask(far, Sampling(max_tokens=12), on_text=told.append)
    assert "".join(told) == reply.text == ask(far, Sampling(max_tokens=12)).text


def test_a_stop_text_ends_the_reply_and_is_no_part_of_it(far):
    whole = ask(far, Sampling(max_tokens=12)).text
    stop = whole[len(whole) // 2]
    assert ask(far, Sampling(max_tokens=12, stop=(stop,))).text == whole.partition(stop)[0]


def test_a_prompt_that_does_not_fit_is_an_overflow(far):
    with pytest.raises(ContextOverflow):
        ask(far, Sampling(max_tokens=8), [Message("user", "word " * 600)])


def test_many_at_once_get_their_own_replies(far):
    asked = [[Message("user", f"What is {number} + 1?")] for number in range(6)]

    async def run():
        model = open_model(far)
        try:
            return await asyncio.gather(
                *(model.reply(one, Sampling(max_tokens=6)) for one in asked)
            )
        finally:
            await model.close()

    together = [reply.text for reply in asyncio.run(run())]
    assert together == [ask(far, Sampling(max_tokens=6), one).text for one in asked]
