"""llama-server itself, with a real small model behind it, and four imitations that say the same."""

from __future__ import annotations

import json

import pytest
from imitation_servers import KINDS, running
from llama_server import NativeLlamaServer, find_llama_server, find_smollm2
from models.endpoint_calls import ask, card_at

from cgr_nb import Study
from cgr_nb.errors import ContextOverflow, RequestError
from cgr_nb.models import add_endpoint, check_model
from cgr_nb.records import Message, Sampling
from cgr_nb.store import Store

PROGRAM = """```python
GENERATOR_ANSWER = "A"
DIFFICULTY = "easy"

def solve(item, ask):
    kind = ask("One word. What is this about? " + item["question"], choices=["sky", "sea", "fire"])
    said = ask("Answer in a few words. " + item["question"], max_tokens=24)
    for letter, text in item["options"].items():
        if text in said.lower():
            return letter
    return "B" if kind == "sea" else "A"
```"""
ITEMS = (
    ("What colour is the sky on a clear day?", ["blue", "green", "red"]),
    ("What do fish live in?", ["fire", "water", "sand"]),
    ("What do you call frozen water?", ["steam", "ice", "salt"]),
    ("Which of these is hot?", ["fire", "snow", "rain"]),
    ("How many legs has a dog?", ["two", "four", "six"]),
    ("What gives light by day?", ["the moon", "the sun", "a stone"]),
)
STUDY = """
name = "real"
arms = ["cot", "readout"]
[items]
files = ["items.jsonl"]
[models]
registry = "registry.toml"
solvers = ["solver"]
generators = ["generator"]
[direct]
max_tokens = 24
[arm.cot.decoding]
max_tokens = 48
[run]
isolation = "limits"
concurrency = 2
"""
CARD = """
[[model]]
name = "{name}"
roles = ["solver", "generator"]
backend = "openai"
family = "far"
quantisation = "none"
context_tokens = 2048
licence = "unknown"
source = "a server"
options = {{ base_url = "{url}", model = "smollm2", server = "{server}" }}
"""


@pytest.fixture(scope="module")
def real():
    program, weights = find_llama_server(), find_smollm2()
    with NativeLlamaServer(program, weights) as server:
        # A call waits until the weights are in memory.
        ask(card_at(server.url, model="smollm2", timeout_s=120), Sampling(max_tokens=1))
        yield server


@pytest.fixture(scope="module")
def author():
    """A server whose model writes the same program for every item."""
    with running(KINDS[0](lambda turns: PROGRAM)) as server:
        yield server


def run(folder, url, server, author):
    folder.mkdir()
    items = [
        {"dataset": "plain", "question": question, "options": options, "gold": "A"}
        for question, options in ITEMS
    ]
    (folder / "items.jsonl").write_text("".join(json.dumps(item) + "\n" for item in items))
    (folder / "study.toml").write_text(STUDY)
    cards = CARD.format(name="solver", url=url, server=server)
    cards += CARD.format(name="generator", url=author.url, server="llama.cpp")
    (folder / "registry.toml").write_text(cards)
    Study.run(folder / "study.toml", progress=False).close()


def seen_of(folder):
    """Rows and answers of arms as a person sees them: without ids, times, and token counts, which
    are each server's own."""
    with Study.open(folder) as study:
        tables = study.rows(), study.arms()
    seen = []
    for table in tables:
        names = [name for name in table if not str(name).endswith(("id", "ids", "tokens", "time"))]
        seen.append(sorted(map(str, table[names].to_dict("records"))))
    return seen


def said_in(folder):
    """What the model said to each conversation, free or held to choices."""
    with Store.open(folder) as store:
        calls = [call for call in store.calls() if call.model == "solver" and call.reply]
    said = {}
    for call in calls:
        turns = [[turn.role, turn.content] for turn in call.messages]
        said[json.dumps(turns)] = call.reply
    return calls, said


def test_llama_server_and_four_imitations_give_equal_rows_for_equal_replies(real, author, tmp_path):
    run(tmp_path / "real", real.url, "llama.cpp", author)
    calls, said = said_in(tmp_path / "real")
    assert any(call.sampling.choices for call in calls)
    assert {call.reply.served.model for call in calls} == {"smollm2"}
    assert all(call.reply.served.fingerprint for call in calls)
    assert all(call.reply.served.estimated == () for call in calls)

    def brain(turns):
        key = json.dumps([[turn["role"], turn["content"]] for turn in turns])
        if key not in said:
            return "nothing was said to this"  # a probe
        return said[key].text

    expected = seen_of(tmp_path / "real")
    for kind in KINDS:
        with running(kind(brain, n_ctx=1 << 20)) as imitation:
            run(tmp_path / kind.__name__, imitation.url, imitation.server, author)
        assert seen_of(tmp_path / kind.__name__) == expected, kind


def test_llama_server_is_known_for_what_it_is(real, tmp_path):
    options = {"base_url": real.url}
    card = add_endpoint(tmp_path / "models.toml", None, ["solver"], options, None)
    assert (card.name, card.options["server"]) == ("smollm2", "llama.cpp")
    assert card.context_tokens == 2048  # of 4,096 for two at once
    found = check_model(card)
    [remark] = found.remarks
    assert found.problem is None
    assert "no log-probabilities of texts" in remark
    assert (found.choices, found.scores, found.system_turn) == ("grammar", None, "own")


def test_llama_server_is_seen_to_tell_no_log_probabilities_of_prompts(real):
    card = card_at(
        real.url, model="smollm2", server="llama.cpp", chat_template="chatml", timeout_s=120
    )
    found = check_model(card)
    assert (found.problem, found.scores, found.choices) == (None, None, "grammar")
    assert "does not echo the prompt" in found.remarks[-1]
    reply = ask(card, Sampling(choices=("red", "blue")), [Message("user", "A colour?")])
    assert (reply.text in ("red", "blue"), reply.scores) == (True, None)
    sure = card_at(
        real.url, model="smollm2", server="llama.cpp", chat_template="chatml", scores="echo"
    )
    with pytest.raises(RequestError, match="echo"):
        ask(sure, Sampling(choices=("red", "blue")), [Message("user", "A colour?")])


@pytest.mark.parametrize("way", ["grammar", "json_schema"])
def test_llama_server_is_held_to_choices(real, way):
    card = card_at(real.url, model="smollm2", server="llama.cpp", choices=way, timeout_s=120)
    choices = ("alpha, beta", 'say "gamma"')
    reply = ask(card, Sampling(max_tokens=1, choices=choices), [Message("user", "Say hello.")])
    assert reply.text in choices


def test_llama_server_is_held_to_choices_whatever_kind_the_card_says(real):
    card = card_at(real.url, model="smollm2", server="openai", timeout_s=120)
    reply = ask(card, Sampling(choices=("red", "blue")), [Message("user", "A colour?")])
    assert (reply.text in ("red", "blue"), reply.served.choosing) == (True, "json_schema")


def test_a_prompt_that_does_not_fit_llama_server_is_an_overflow_in_its_words(real):
    card = card_at(real.url, model="smollm2", server="llama.cpp", timeout_s=120)
    with pytest.raises(ContextOverflow, match="exceeds the available context size"):
        ask(card, Sampling(max_tokens=8), [Message("user", "word " * 3000)])


def test_a_streamed_reply_of_llama_server_is_the_whole_reply(real):
    card = card_at(real.url, model="smollm2", server="llama.cpp", timeout_s=120)
    told = []
    streamed = ask(card, Sampling(max_tokens=16), on_text=told.append)
    assert "".join(told) == streamed.text
    assert streamed.served.fingerprint
    assert streamed.served.estimated == ()
