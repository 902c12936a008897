"""A recurrent model, whose state can't be cut: a random Mamba, small enough to be made here."""

from __future__ import annotations

import asyncio
import math
from functools import partial

import numpy as np
import pytest

from cgr_nb.models.benchmark.vocabulary import vocabulary_keys
from cgr_nb.models.benchmark.writer import Tensor, write_gguf
from cgr_nb.records import Message, Sampling

WIDTH, INNER, STATE, RANK, KERNEL, VOCABULARY = 64, 128, 16, 8, 4, 2048
QUESTIONS = [f"Read the question with care. What is {n} plus {n}?" for n in range(6)]


@pytest.fixture(scope="module")
def mamba(tmp_path_factory):
    draw = np.random.default_rng(4)

    def numbers(sides, scale):
        return (draw.standard_normal(math.prod(sides)) * scale).astype(np.float32).tobytes()

    def tensor(name, *sides, scale=0.2):
        return Tensor(name, sides, False, partial(numbers, sides, scale))

    def ones(name, *sides, value=1.0):
        data = np.full(math.prod(sides), value, np.float32).tobytes()
        return Tensor(name, sides, False, lambda: data)

    tensors = [tensor("token_embd.weight", WIDTH, VOCABULARY), ones("output_norm.weight", WIDTH)]
    for block in ("blk.0", "blk.1"):
        tensors += [
            ones(f"{block}.attn_norm.weight", WIDTH),
            tensor(f"{block}.ssm_in.weight", WIDTH, 2 * INNER),
            tensor(f"{block}.ssm_conv1d.weight", KERNEL, INNER),
            tensor(f"{block}.ssm_conv1d.bias", INNER),
            tensor(f"{block}.ssm_x.weight", INNER, RANK + 2 * STATE),
            tensor(f"{block}.ssm_dt.weight", RANK, INNER),
            tensor(f"{block}.ssm_dt.bias", INNER),
            ones(f"{block}.ssm_a", STATE, INNER, value=-0.5),
            ones(f"{block}.ssm_d", INNER),
            tensor(f"{block}.ssm_out.weight", INNER, WIDTH),
        ]
    keys = {
        "general.architecture": "mamba",
        "mamba.block_count": 2,
        "mamba.context_length": 512,
        "mamba.embedding_length": WIDTH,
        "mamba.feed_forward_length": 0,
        "mamba.attention.head_count": 0,
        "mamba.attention.layer_norm_rms_epsilon": 1e-5,
        "mamba.ssm.conv_kernel": KERNEL,
        "mamba.ssm.inner_size": INNER,
        "mamba.ssm.state_size": STATE,
        "mamba.ssm.time_step_rank": RANK,
    }
    path = tmp_path_factory.mktemp("mamba") / "mamba.gguf"
    with path.open("wb") as file:
        write_gguf(file, keys | vocabulary_keys(VOCABULARY), tensors)
    return path


def ask_all(model, sampling):
    async def together():
        calls = [model.reply([Message("user", text)], sampling) for text in QUESTIONS]
        return await asyncio.gather(*calls)

    return asyncio.run(together())


@pytest.mark.parametrize("mode", ["exact", "fast"])
def test_nothing_is_reused_and_every_reply_is_whole(opened, mamba, mode):
    model = opened(mamba, options={"n_threads": 1, "mode": mode})
    replies = ask_all(model, Sampling(max_tokens=12))
    assert {reply.reply_tokens for reply in replies} == {12}
    assert model.stats.reused_tokens == 0
    assert [reply.text for reply in ask_all(model, Sampling(max_tokens=12))] == [
        reply.text for reply in replies
    ]


def test_choices_that_fork_twice_are_computed_from_the_start_again(opened, mamba):
    choices = ("A and B", "A and C", "B")
    together = [
        reply.choice_logprobs
        for reply in ask_all(opened(mamba, options={"n_threads": 1}), Sampling(choices=choices))
    ]
    model = opened(mamba, options={"n_threads": 1})
    for found in together:
        assert math.isclose(sum(map(math.exp, found)), 1.0, abs_tol=1e-6)
    # A fresh model asked for one of them alone gives the same: no state was left over.
    last = asyncio.run(model.reply([Message("user", QUESTIONS[-1])], Sampling(choices=choices)))
    assert last.choice_logprobs == pytest.approx(together[-1], abs=1e-3)
