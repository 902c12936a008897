"""Choices scored by a real `llama_cpp.server`, beside the engine's own scores of the same weights."""

from __future__ import annotations

import asyncio
import json
import struct
from dataclasses import replace

import pytest
from llama_server import LlamaServer

from cgr_nb import Study
from cgr_nb.items import read_items
from cgr_nb.models import check_model, open_model
from cgr_nb.models.gguf import read_head
from cgr_nb.models.registry import card_to_toml
from cgr_nb.prompts import render
from cgr_nb.prompts.trimmed import trimmed
from cgr_nb.records import Sampling
from cgr_nb.study import StudyConfig
from cgr_nb.util.bundled import bundled_folder

pytest.importorskip("uvicorn", reason="the server needs llama-cpp-python[server]")

FILES = ("mini-openbookqa.jsonl", "mini-mmlu-pro.jsonl")
ITEMS = 8
CLOSE = 0.02
"""Of a sum of log-probabilities: the server computes a prompt's tokens in other batches."""
PROGRAM = """```python
GENERATOR_ANSWER = "A"
DIFFICULTY = "easy"

def solve(item, ask):
    reply = ask(item["question"], choices=list(item["options"].values()), scores=True)
    best = max(reply.scores, key=reply.scores.get)
    return next(letter for letter, text in item["options"].items() if text == best)
```"""


@pytest.fixture(scope="module")
def beginning(weights, tmp_path_factory):
    """The tiny solver with a tokeniser that begins each prompt with the first token."""
    data = weights("solver").read_bytes()
    flag = b"tokenizer.ggml.add_bos_token" + struct.pack("<I", 7)
    place = data.index(flag) + len(flag)
    path = tmp_path_factory.mktemp("beginning") / "beginning.gguf"
    path.write_bytes(data[:place] + b"\x01" + data[place + 1 :])
    return path


@pytest.fixture(scope="module")
def address(beginning, proven):
    with LlamaServer(beginning) as server:
        yield server.address


def behind(card, address, path):
    """A card's model behind a server, asked through the template of the weight file."""
    options = {
        "base_url": address,
        "model": "tiny",
        "server": "llama.cpp",
        "chat_template": read_head(path).chat_template,
        "backoff_s": 0.01,
    }
    return replace(card, name="far", backend="openai", path=None, sha256=None, options=options)


@pytest.fixture(scope="module")
def near(card_of, beginning):
    return card_of(beginning, options={"n_threads": 1, "n_gpu_layers": 0})


@pytest.fixture(scope="module")
def far(near, address, beginning):
    return behind(near, address, beginning)


def asked(over):
    """Messages and choices of some items."""
    items = [item for name in FILES for item in read_items(bundled_folder("items") / name).items]
    for item in items[:: max(1, len(items) // ITEMS)][:ITEMS]:
        texts = tuple(dict.fromkeys(map(trimmed, item.options.values())))
        choices = texts if over == "texts" else tuple(f"Answer: {one}" for one in item.options)
        template = "scored" if over == "texts" else "direct"
        yield render(template, item, "tiny").messages, choices


def replies(card, over):
    async def every():
        model = open_model(card)
        try:
            return [
                await model.reply(messages, Sampling(max_tokens=8, choices=choices))
                for messages, choices in asked(over)
            ]
        finally:
            await model.close()

    return asyncio.run(every())


@pytest.mark.parametrize("over", ["texts", "letters"])
def test_a_server_with_all_logits_scores_and_chooses_as_the_engine_does(near, far, over):
    here, there = replies(near, over), replies(far, over)
    assert len(here) == ITEMS
    assert [one.text for one in there] == [one.text for one in here]
    for mine, theirs in zip(here, there, strict=True):
        assert theirs.served.choosing == "echo"
        # Told and paid for once for the prompt and once for each text.
        assert theirs.prompt_tokens > len(theirs.scores) * mine.prompt_tokens
        for one, other in zip(mine.scores, theirs.scores, strict=True):
            assert (other.tokens, other.bytes) == (one.tokens, one.bytes)
            assert other.logprob == pytest.approx(one.logprob, abs=CLOSE)


def test_a_server_that_counts_one_token_off_is_found_out(card_of, weights, proven):
    """It does where a prompt does not begin with the model's first token."""
    path = weights("solver")
    with LlamaServer(path) as server:
        found = check_model(behind(card_of(path), server.address, path))
    assert found.problem is None
    assert found.scores is None
    assert any("those of their neighbours" in one for one in found.remarks)


@pytest.fixture(scope="module")
def study(far, tmp_path_factory):
    """Everything that rests on scores, with the solver behind the server."""
    folder = tmp_path_factory.mktemp("study")
    writer = replace(
        far,
        name="writer",
        roles=("generator",),
        backend="scripted",
        options={"rules": [["", PROGRAM]]},
        context_tokens=40960,
    )
    (folder / "models.toml").write_text(card_to_toml(far) + "\n" + card_to_toml(writer))
    config = StudyConfig.from_dict(
        {
            "items": {"files": [f"bundled:{FILES[0]}"], "per_dataset": 3},
            "models": {"solvers": ["far"], "generators": ["writer"], "registry": "models.toml"},
            "direct": {"method": "loglikelihood", "over": "texts"},
            "arms": ["scored_direct", "scored_ensemble"],
            "arm": {"scored_ensemble": {"k": 2}},
            "run": {"isolation": "limits"},
        },
        base=folder,
    )
    with Study.run(config, folder / "out", progress=False) as made:
        yield made


def test_all_that_rests_on_scores_works_with_such_a_server(study):
    answers = {(one.arm, one.item_id): one for one in study.store.answers()}
    items = {item for _, item in answers}
    assert len(items) == 3
    for item in items:
        direct = answers["direct", item]
        assert direct.status == "answered"
        # One and the same question with the same texts: the scaffold's, and that of both others.
        assert answers["scored_direct", item].letters == direct.letters
        assert answers["cgr", item].letters == direct.letters
        assert answers["scored_ensemble", item].facts["prompts"] == 2
    calls = [one for one in study.store.calls() if one.model == "far"]
    assert all(one.reply.served.choosing == "echo" for one in calls)
    assert all(one.sampling.choices and len(one.reply.scores) > 1 for one in calls)
    json.dumps([score.logprob for one in calls for score in one.reply.scores], allow_nan=False)
