"""`check_model`: what a model is, whether its prompt begins as it should, whether it answers."""

from __future__ import annotations

import hashlib
import re
from dataclasses import replace

import pytest
from loopback_endpoint import Act, running_endpoint

from cgr_nb.models import check_model

TURNS = "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}"


def test_a_good_model_is_described_and_answers(card_of, weights):
    path = weights("solver")
    found = check_model(card_of(path))
    assert found.problem is None
    assert found.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (found.architecture, found.quantisation, found.trained_context) == ("llama", "Q8_0", 512)
    assert found.prompt_tokens > 0
    assert found.seconds > 0
    assert found.reply is not None


def test_a_check_says_how_the_model_runs(weights, card_of):
    options = {"mode": "batched", "parallel": 4, "n_threads": 1, "n_gpu_layers": 0}
    found = check_model(card_of(weights("solver"), options=options))
    assert found.runs == "batched mode, 4 at once, 1 thread, no layers on a GPU"
    assert re.fullmatch(
        r"prompts [\d,]+ tokens/s, a reply [\d,.]+ tokens/s, 4 at once [\d,.]+; 1 thread\(s\)",
        found.speed,
    )


def test_a_changed_file_is_found(card_of, weights, tmp_path):
    data = bytearray(weights("solver").read_bytes())
    named = hashlib.sha256(data).hexdigest()
    data[-1] ^= 1
    (tmp_path / "x.gguf").write_bytes(data)
    found = check_model(card_of(tmp_path / "x.gguf", sha256=named))
    assert "does not match its card" in found.problem
    assert found.sha256 != named


def test_a_file_that_is_not_there_is_a_problem_and_no_crash(card_of, tmp_path):
    assert "the weight file is missing" in check_model(card_of(tmp_path / "x.gguf")).problem


def test_a_card_that_tells_something_else_than_its_file_is_remarked(card_of, weights):
    found = check_model(card_of(weights("solver"), quantisation="Q4_K_M", parameters=7))
    assert found.problem is None
    assert any("says quantisation Q4_K_M, the file Q8_0" in remark for remark in found.remarks)
    assert any("says parameters 7" in remark for remark in found.remarks)


def test_a_card_without_a_hash_is_remarked(card_of, weights):
    assert any("names no SHA-256" in one for one in check_model(card_of(weights("solver"))).remarks)


@pytest.mark.parametrize(
    ("template", "add_bos", "who"),
    [
        ("{{ bos_token }}" + TURNS, False, "template"),
        ("{{ bos_token }}" + TURNS, True, "both"),
        (TURNS, True, "tokeniser"),
        (TURNS, False, "none"),
    ],
)
def test_who_puts_the_first_token_is_told_and_two_become_one(
    card_of, patched, template, add_bos, who
):
    found = check_model(card_of(patched(template, add_bos)))
    assert (found.problem, found.first_token) == (None, who)


def test_a_prompt_that_begins_twice_is_a_problem(card_of, patched):
    found = check_model(card_of(patched("{{ bos_token }}{{ bos_token }}" + TURNS, False)))
    assert "begins with the first token twice" in found.problem


def test_a_template_without_a_system_turn_is_told(card_of, patched):
    strict = (
        "{% for m in messages %}{% if m['role'] == 'system' %}{{ raise_exception('no') }}"
        "{% endif %}{{ m['content'] }}\n{% endfor %}"
    )
    assert check_model(card_of(patched(strict))).system_turn == "folded"
    assert check_model(card_of(patched(TURNS))).system_turn == "own"


def test_a_template_that_hides_the_user_is_a_problem(card_of, patched):
    found = check_model(card_of(patched("hello")))
    assert "omits the user's turn" in found.problem


def test_a_server_is_asked_whether_it_has_the_model(card_of, weights):
    with running_endpoint() as endpoint:
        options = {"base_url": endpoint.url, "model": "other", "retries": 0}
        card = replace(card_of(weights("solver")), backend="openai", path=None, options=options)
        found = check_model(card)
        assert found.problem is None
        assert "does not name 'other'" in found.remarks[0]
        endpoint.acts = [Act(status=500)]
        assert "HTTP 500" in check_model(card).problem
