"""A study whose models stand behind servers: it does not matter which, nor where."""

from __future__ import annotations

import json
import logging
import zipfile
from contextlib import ExitStack, suppress

import pytest
from click.testing import CliRunner
from imitation_servers import KINDS, LlamaServer, Vllm, running

from cgr_nb import Study
from cgr_nb.bundle import export_package
from cgr_nb.cli import cli
from cgr_nb.errors import ModelError
from cgr_nb.records import ModelCard, content_id
from cgr_nb.store import Store
from cgr_nb.store.served import origins, served_remarks
from cgr_nb.verify.check import verify_package

PROGRAM = """```python
GENERATOR_ANSWER = "A"
DIFFICULTY = "easy"

def solve(item, ask):
    kind = ask("sort of " + item["question"], choices=["sum", "product"])
    total = ask("total of " + item["question"])
    for letter, text in item["options"].items():
        if kind == "sum" and text == total:
            return letter
```"""
STUDY = """
name = "far"
arms = ["cot", "readout"]
[items]
files = ["items.jsonl"]
[models]
registry = "registry.toml"
solvers = ["far-solver"]
generators = ["far-generator"]
[run]
isolation = "limits"
concurrency = 4
"""
CARD = """
[[model]]
name = "far-{role}"
roles = ["{role}"]
backend = "openai"
family = "far"
quantisation = "none"
context_tokens = 4096
licence = "unknown"
source = "a server"
options = {{ base_url = "{url}", model = "smollm2", server = "{server}", backoff_s = 0{more} }}
"""


def brain(turns):
    """What the model says; every third item leaves its letter to be read out."""
    text = turns[-1]["content"]
    if text.startswith("sort of"):
        return "It is a sum."
    if text.startswith("total of"):
        return "3"
    if "def solve" in text:
        return PROGRAM
    if any(f"sum{number}" in str(turns) for number in (2, 5)):
        return "I can not tell."
    return "Answer: A"


def write_study(folder, server, more=""):
    folder.mkdir(exist_ok=True)
    items = [
        {"dataset": "sums", "question": f"1 + 2, sum{number}", "options": ["3", "4"], "gold": "A"}
        for number in range(6)
    ]
    (folder / "items.jsonl").write_text("".join(json.dumps(item) + "\n" for item in items))
    (folder / "study.toml").write_text(STUDY)
    cards = [
        CARD.format(role=role, url=server.url, server=server.server, more=more)
        for role in ("solver", "generator")
    ]
    (folder / "registry.toml").write_text("".join(cards))
    return folder / "study.toml"


def run(study_file):
    Study.run(study_file, progress=False).close()


def answers_of(folder):
    """What a person sees of a study: rows, answers of arms and replies. Without ids, and without
    the tokens of replies that are held to choices: a shell of JSON has some of its own."""
    with Study.open(folder) as study:
        tables = study.rows(), study.arms()
        calls = study.calls()
    seen = []
    for table in tables:
        names = [name for name in table if not str(name).endswith(("id", "ids"))]
        names = [name for name in names if name not in ("assisted_tokens", "reply_tokens", "time")]
        seen.append(sorted(map(str, table[names].to_dict("records"))))
    pairs = zip(calls["prompt"], calls["reply"], strict=True)
    return *seen, sorted(f"{prompt} -> {reply}" for prompt, reply in pairs)


@pytest.fixture
def serve():
    """Start an imitation; all of them end with the test."""
    with ExitStack() as stack:
        yield lambda kind, **options: stack.enter_context(running(kind(brain, **options)))


def test_equal_replies_of_four_kinds_of_servers_give_equal_rows(serve, tmp_path):
    found = []
    for kind in KINDS:
        run(write_study(tmp_path / kind.__name__, serve(kind)))
        found.append(answers_of(tmp_path / kind.__name__))
    rows, arms, replies = found[0]
    assert all("'assisted_letter': 'A'" in row for row in rows)
    assert any("readout" in arm for arm in arms)
    assert any(reply.endswith("-> sum") for reply in replies)
    assert found == found[:1] * 4


def test_a_server_that_moved_is_not_asked_again(serve, tmp_path):
    run(write_study(tmp_path, serve(LlamaServer)))
    before = answers_of(tmp_path)
    moved = serve(LlamaServer)
    run(write_study(tmp_path, moved))
    assert moved.bodies == []
    assert answers_of(tmp_path) == before


@pytest.mark.parametrize(
    "more",
    [', revision = "2"', ', extra = { reasoning_effort = "low" }', ', choices = "json_schema"'],
)
def test_a_card_that_asks_otherwise_is_asked_anew(serve, tmp_path, more):
    server = serve(LlamaServer)
    run(write_study(tmp_path, server))
    asked = len(server.bodies)
    run(write_study(tmp_path, server, more))
    assert len(server.bodies) >= 2 * asked - 2


def test_a_server_that_changed_within_a_study_is_told(serve, tmp_path):
    old = serve(Vllm, fingerprint="vllm-0.13")
    study = write_study(tmp_path, old)
    study.write_text(STUDY.replace("[models]", "per_dataset = 2\n[models]"))
    run(study)
    study.unlink()
    run(write_study(tmp_path, serve(Vllm, fingerprint="vllm-0.14", counts=False)))
    with Study.open(tmp_path) as opened:
        remarks = served_remarks(opened.store)
        page = opened.report().read_text("utf-8")
    solver = [line for line in remarks if "'far-solver'" in line]
    assert "addresses" in solver[0]
    assert old.url in solver[0]
    assert "vllm-0.13" in solver[1]
    assert "vllm-0.14" in solver[1]
    assert "estimates" in solver[2]
    assert "changed within the study" in page
    told = CliRunner().invoke(cli, ["study", "status", str(tmp_path)]).output
    assert all(line in told for line in remarks)
    told = CliRunner().invoke(cli, ["study", "status", str(tmp_path), "--json"]).output
    assert {one["fingerprint"] for one in json.loads(told)["servers"]} == {"vllm-0.13", "vllm-0.14"}


class FreeVllm(Vllm):
    """Holds to no choices at all, and says nothing of it."""

    def choices_of(self, asked):
        return [], False


def test_what_is_none_of_the_choices_is_no_result_of_a_study(serve, tmp_path):
    server = serve(FreeVllm)
    study = write_study(tmp_path, server)
    with suppress(ModelError):
        run(study)
    with Store.open(tmp_path) as store:
        calls = list(store.calls())
    assert calls
    assert all(call.reply is not None for call in calls)
    assert not any(call.sampling.choices for call in calls)

    run(write_study(tmp_path, serve(Vllm)))
    with Study.open(tmp_path) as opened:
        assert set(opened.rows()["assisted_letter"]) == {"A"}
        assert opened.failures() == []


def test_a_study_of_one_server_has_nothing_to_tell(serve, tmp_path):
    run(write_study(tmp_path, serve(Vllm)))
    with Store.open(tmp_path) as store:
        assert served_remarks(store) == []
        assert {one.choosing for one in origins(store)} == {None, "structured_outputs"}


def test_a_package_tells_who_answered_and_is_verified(serve, tmp_path):
    server = serve(Vllm, takes_system=False)
    run(write_study(tmp_path, server))
    package = export_package(tmp_path, tmp_path / "far.zip")
    assert verify_package(package).problems == ()
    with zipfile.ZipFile(package) as members:
        (name,) = [name for name in members.namelist() if name.endswith("calls.jsonl")]
        calls = [json.loads(line) for line in members.read(name).splitlines()]
    assert {call["reply"]["served"]["address"] for call in calls} == {server.url}


def test_no_secret_of_a_header_is_in_a_study_or_its_package(serve, tmp_path, monkeypatch):
    monkeypatch.setenv("GATEWAY_KEY", "s3cr3t-gateway-key")
    more = ', extra = { headers = { api-key = "${GATEWAY_KEY}", X-Tenant = "private-lab" } }'
    server = serve(LlamaServer)
    run(write_study(tmp_path, server, more))
    assert server.headers[0]["api-key"] == "s3cr3t-gateway-key"
    package = export_package(tmp_path, tmp_path / "far.zip")
    assert verify_package(package).problems == ()
    with Study.open(tmp_path) as study:
        study.report()
    kept = [path for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".toml"]
    with zipfile.ZipFile(package) as members:
        texts = [members.read(name) for name in members.namelist()]
    for text in [*texts, *(path.read_bytes() for path in kept)]:
        assert b"s3cr3t" not in text
        assert b"private-lab" not in text


def test_calls_from_when_an_address_was_identity_are_said_to_be_asked_anew(
    serve, tmp_path, caplog, monkeypatch
):
    def identity(card):
        return content_id("model", card.backend, card.name, dict(card.options))

    study = write_study(tmp_path, serve(LlamaServer))
    with monkeypatch.context() as earlier:
        earlier.setattr(ModelCard, "identity", property(identity))
        run(study)
    caplog.set_level(logging.WARNING)
    run(study)
    assert "'far-solver' was recorded by a version that took the address" in caplog.text
    assert "are asked anew" in caplog.text
    with Study.open(tmp_path) as opened:
        assert len(opened.rows()) == 6
        assert len(opened.store.models()) == 2
    caplog.clear()
    run(study)
    assert caplog.text == ""
    package = export_package(tmp_path, tmp_path / "far.zip")
    assert verify_package(package).problems == ()
