"""The bundled models: small, registered as they are, and each with the record of its training."""

from __future__ import annotations

import hashlib
import json
import re

import pytest

from cgr_nb.models import Registry
from cgr_nb.models.gguf import read_head
from cgr_nb.util.bundled import bundled_folder

CARDS = {card.name: card for card in Registry.load().cards if card.backend == "llama_cpp"}
FOLDER = bundled_folder("models")
SHA256 = re.compile(r"[0-9a-f]{64}")


@pytest.fixture(params=CARDS)
def card(request):
    return CARDS[request.param]


@pytest.fixture
def record(card):
    file = (FOLDER / card.path).with_suffix(".training.json")
    return json.loads(file.read_text("utf-8"))


def test_there_are_six_solvers_and_a_generator():
    roles = [card.roles for card in CARDS.values()]
    assert roles.count(("solver",)) == 6
    assert roles.count(("generator",)) == 1


def test_the_solvers_differ_in_size_and_quantisation():
    solvers = [card for card in CARDS.values() if card.roles == ("solver",)]
    assert len({card.parameters for card in solvers}) >= 5
    assert {card.quantisation for card in solvers} == {"Q8_0", "Q5_0", "Q4_0"}


def test_all_weights_together_stay_under_20_megabytes():
    assert sum(file.stat().st_size for file in FOLDER.iterdir()) < 20_000_000


def test_nothing_lies_in_the_folder_that_is_not_registered():
    registered = {card.path for card in CARDS.values()}
    assert {file.name for file in FOLDER.glob("*.gguf")} == registered


def test_the_registered_hash_is_that_of_the_file(card):
    assert hashlib.sha256((FOLDER / card.path).read_bytes()).hexdigest() == card.sha256


def test_the_card_says_what_the_file_says_about_itself(card):
    head = read_head(FOLDER / card.path)
    assert head.parameters == card.parameters
    assert head.metadata["llama.context_length"] == card.context_tokens
    assert card.quantisation.lower() in card.path


def test_each_run_of_a_training_is_on_record_with_seed_and_data_hash(record):
    assert record["runs"]
    for number, run in enumerate(record["runs"]):
        assert re.fullmatch(rf"{record['role']}/\d+/{number}", run["seed"])
        assert SHA256.fullmatch(run["data_sha256"])
        assert run["steps_done"] > 0
        assert run["tokens"] > 0


def test_the_record_beside_a_file_is_the_one_inside_it(card, record):
    assert json.loads(read_head(FOLDER / card.path).metadata["cgr_nb.training"]) == record


def test_every_habit_on_record_is_explained(record, script):
    habits = {habit for run in record["runs"] for habit in run.get("habits", ())}
    assert habits <= script("habits").HABITS.keys()


def test_the_model_card_names_every_model(card, repository):
    text = (repository / "fixtures" / "training" / "README.md").read_text("utf-8")
    assert card.path in text
    assert "othing about real models" in text
