"""Models other than plain transformers: states that can't be cut, attention over a window."""

from __future__ import annotations

import asyncio

import pytest
from random_architectures import SLIDING_WINDOW, write_gemma3, write_lfm2, write_mamba

from cgr_nb.records import Message, Sampling

QUESTIONS = [f"Read the question with care. What is {n} plus {n}?" for n in range(6)]
SOME = 3
"""Every so many questions one is put to a model of its own."""
WRITERS = {"mamba": write_mamba, "lfm2": write_lfm2}


@pytest.fixture(scope="module", params=WRITERS)
def forgetful(request, tmp_path_factory):
    path = tmp_path_factory.mktemp(request.param) / f"{request.param}.gguf"
    return WRITERS[request.param](path)


@pytest.fixture(scope="module")
def sliding(tmp_path_factory):
    return write_gemma3(tmp_path_factory.mktemp("gemma3") / "gemma3.gguf")


def ask(model, text, sampling):
    return asyncio.run(model.reply([Message("user", text)], sampling))


def ask_all(model, sampling, texts=QUESTIONS):
    async def together():
        return await asyncio.gather(
            *(model.reply([Message("user", text)], sampling) for text in texts)
        )

    return asyncio.run(together())


@pytest.mark.parametrize("mode", ["exact", "batched"])
def test_nothing_is_reused_and_every_reply_is_whole(opened, forgetful, mode):
    model = opened(forgetful, options={"n_threads": 1, "mode": mode})
    replies = ask_all(model, Sampling(max_tokens=12))
    assert all(reply.reply_tokens == 12 or reply.finish == "stop" for reply in replies)
    assert model.stats.reused_tokens == 0
    assert [reply.text for reply in ask_all(model, Sampling(max_tokens=12))] == [
        reply.text for reply in replies
    ]


CHOICES = Sampling(choices=("A and B", "A and C", "B"))


def numbers(reply):
    return [number for one in reply.scores for number in (one.logprob, one.end_logprob)]


def near(found, on_gpu):
    return pytest.approx(found, abs=1e-2 if on_gpu else 1e-3)


@pytest.mark.parametrize("mode", ["exact", "batched"])
def test_choices_behind_a_state_that_can_t_be_cut_are_computed_from_the_start(
    opened, forgetful, mode, on_gpu
):
    options = {"n_threads": 1, "mode": mode}
    together = ask_all(opened(forgetful, options=options), CHOICES)
    # A fresh model asked for one of them alone gives the same: no state was left over.
    for text, reply in list(zip(QUESTIONS, together, strict=True))[::SOME]:
        last = ask(opened(forgetful, options={"n_threads": 1}), text, CHOICES)
        assert numbers(last) == near(numbers(reply), on_gpu)


@pytest.mark.parametrize("mode", ["exact", "batched"])
def test_a_prefix_is_reused_beyond_a_sliding_window(opened, sliding, mode, on_gpu):
    long = "Think about each word of what follows before you say anything at all. " * 3
    texts = [long + question for question in QUESTIONS]
    model = opened(sliding, options={"n_threads": 1, "mode": mode})
    assert model.count_tokens([Message("user", long)]) > 3 * SLIDING_WINDOW
    together = ask_all(model, CHOICES, texts)
    reused = model.stats.reused_share
    assert reused == 0 if on_gpu and mode == "exact" else reused > 0.4
    for text, reply in list(zip(texts, together, strict=True))[::SOME]:
        alone = ask(opened(sliding, options={"n_threads": 1}), text, CHOICES)
        assert numbers(alone) == near(numbers(reply), on_gpu)
