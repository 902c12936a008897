"""The registry: bundled cards, a user's file, and mistakes named with their place."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from cgr_nb.errors import ModelError
from cgr_nb.models import Registry, card_from_gguf, card_to_toml, open_model, registry
from cgr_nb.util.bundled import bundled_folder

CARD = """
[[model]]
name = "mine"
roles = ["solver", "generator"]
backend = "llama_cpp"
family = "qwen2"
parameters = 494032768
quantisation = "Q4_K_M"
context_tokens = 4096
licence = "apache-2.0"
source = "hf:someone/some-model/some.gguf"
path = "weights/some.gguf"
options = { n_gpu_layers = 0 }
"""


@pytest.fixture
def file(tmp_path):
    def write(text=CARD):
        path = tmp_path / "models.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_the_bundled_models_are_there():
    registry = Registry.load()
    assert registry.get("tiny-solver").prompts == "tiny"
    assert {role for card in registry.cards for role in card.roles} == {"solver", "generator"}


def test_the_bundled_hashes_are_those_of_the_bundled_weights():
    for card in [card for card in Registry.load().cards if card.backend == "llama_cpp"]:
        if card.path is not None and not (bundled_folder("models") / card.path).is_file():
            pytest.skip(f"{card.path} is not in fixtures/models")
        assert card.sha256 is not None, f"{card.name} has no sha256"
        assert open_model(card).card == card


def test_a_users_file_adds_to_the_bundled_cards(file):
    registry = Registry.load(file())
    assert registry.get("mine").context_tokens == 4096
    assert registry.get("tiny-solver")


def test_a_users_path_starts_from_the_file_it_stands_in(file, tmp_path):
    assert Registry.load(file()).get("mine").path == str(tmp_path / "weights" / "some.gguf")


def test_no_file_is_no_more_than_the_bundled_cards():
    assert Registry.load(None).cards == Registry.load().cards


def test_an_unknown_model_is_named_with_the_nearest(file):
    with pytest.raises(ModelError, match="no model 'tiny-slover'; did you mean 'tiny-solver'"):
        Registry.load().get("tiny-slover")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "quantisation",
            "quantization",
            "unknown key quantization.*did you mean 'quantisation'.*also wrong: quantisation",
        ),
        ("4096", '"4096"', "context_tokens must be a whole number .*1 to 1,073,741,824"),
        ("4096", "true", "context_tokens must be a whole number .*1 to 1,073,741,824"),
        ('family = "qwen2"\n', "", "missing: family"),
        ('"solver", "generator"', '"judge"', "unknown roles#1 .*'solver', 'generator'"),
        ('"mine"', '"tiny-solver"', "two models have the same name.*tiny-solver"),
        ("[[model]]", "[model]", "contains only .*model.* tables"),
        ("[[model]]", "[[models]]", "contains only .*model.* tables"),
        ("[[model]]", "[[model", "can't be read"),
    ],
)
def test_a_mistake_in_a_file_is_one_line_that_names_it(file, old, new, message):
    with pytest.raises(ModelError) as caught:
        Registry.load(file(CARD.replace(old, new)))
    line = str(caught.value)
    assert re.search(message, line), line
    assert "\n" not in line


def test_a_file_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(ModelError, match="no such registry file"):
        Registry.load(tmp_path / "none.toml")


def test_a_card_written_as_toml_is_read_back_the_same(file, weights):
    card = replace(
        card_from_gguf(weights("solver"), 'odd "name" \\ \x7f ü'),
        options={"n_threads": 1, "template": {"enable_thinking": False}},
    )
    assert Registry.load(file(card_to_toml(card))).get(card.name) == card


def test_a_card_can_be_made_from_a_weight_file(weights):
    card = card_from_gguf(weights("solver"), roles=["solver"])
    assert (card.family, card.quantisation, card.context_tokens) == ("llama", "Q8_0", 512)
    assert len(card.sha256) == 64


def test_options_that_change_replies_are_part_of_what_a_model_is():
    card = Registry.load(None).get("tiny-solver")
    variants = [
        {},
        {"mode": "batched"},
        {"template": {"enable_thinking": False}},
        {"template": {"enable_thinking": True}},
    ]
    names = [replace(card, options=options).identity for options in variants]
    assert len(set(names)) == len(variants)
    assert names[0] == card.sha256


def test_options_that_only_change_the_pace_are_not():
    card = Registry.load(None).get("tiny-solver")
    for options in ({"n_threads": 8}, {"mode": "exact"}, {"n_gpu_layers": 0, "n_batch": 64}):
        assert replace(card, options=options).identity == card.sha256


def test_a_model_may_have_a_price_for_a_million_tokens(file):
    text = CARD.replace("context_tokens", "price_input = 1\nprice_output = 2.5\ncontext_tokens")
    card = Registry.load(file(text)).get("mine")
    assert (card.price_input, card.price_output) == (1.0, 2.5)
    assert card.cost(1_000_000, 2_000_000) == 6.0
    assert card.identity == replace(card, price_input=None, price_output=None).identity
    assert Registry.load(file(card_to_toml(card))).get("mine").price_output == 2.5


def test_a_model_without_a_price_has_no_cost(file):
    assert Registry.load(file()).get("mine").cost(1, 1) is None


@pytest.mark.parametrize(
    ("price", "said"),
    [
        ("-1", "is too small .*0 to 1,000,000,000"),
        ("nan", "is out of range"),
        ("inf", "is too large"),
        ("9" * 400, "is too large"),
        ('"5"', "must be a number"),
        ("true", "must be a number"),
        ("[1]", "must be a number"),
    ],
)
def test_what_is_no_price_is_refused(file, price, said):
    text = CARD.replace("context_tokens", f"price_input = {price}\ncontext_tokens")
    with pytest.raises(ModelError, match=f"mine.*price_input {said}") as error:
        Registry.load(file(text))
    assert len(str(error.value)) < 500


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('"weights/some.gguf"', '"~nouser-of-this-name/x.gguf"', "not a path on this machine"),
        ('"weights/some.gguf"', '"a\\u0000b.gguf"', "zero byte"),
        ("4096", "0", "context_tokens is too small"),
        ("4096", "-1", "context_tokens is too small"),
        ("4096", "10000000000", "context_tokens is too large"),
        ("494032768", "-5", "parameters is too small"),
        ("494032768", "9" * 30, "parameters is too large"),
        ("494032768", "9" * 5000, "can't be read"),
        ("n_gpu_layers = 0", "n_gpu_layers = 1" + "0" * 30, "options.n_gpu_layers is too large"),
        ("n_gpu_layers = 0", "template = { today = 2024-01-31 }", "put it in quotes"),
        (
            "n_gpu_layers = 0",
            "template = { a = inf }",
            "options.template.a is too large .*a finite number",
        ),
        ("n_gpu_layers = 0", "template = { a = nan }", "out of range"),
        ('["solver", "generator"]', '[["solver"]]', "unknown roles#1"),
        ('["solver", "generator"]', "[1]", "unknown roles#1"),
    ],
)
def test_what_no_card_can_say_is_refused_in_one_line(file, old, new, said):
    with pytest.raises(ModelError, match=said) as caught:
        Registry.load(file(CARD.replace(old, new)))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["model = [1]", "model = [[]]", "model = " + "[" * 3000])
def test_a_file_without_tables_is_refused_in_one_line(file, text):
    with pytest.raises(ModelError) as caught:
        Registry.load(file(text))
    assert "\n" not in str(caught.value)


def test_a_registry_of_a_user_that_is_not_there_is_an_error():
    with pytest.raises(ModelError, match="not a path on this machine"):
        Registry.load("~nouser-of-this-name/models.toml")


def test_cards_of_the_package_are_read_once_and_are_of_each_registry_alone(monkeypatch):
    first = Registry.load()
    reads, original = [], registry.read_registry

    def read(path):
        reads.append(path)
        return original(path)

    monkeypatch.setattr(registry, "read_registry", read)
    second = Registry.load()
    assert second.cards == first.cards
    second.get("tiny-solver").options["n_threads"] = 9
    assert Registry.load().cards == first.cards
    assert not reads


def test_another_file_of_the_package_is_read_anew(file, monkeypatch):
    before = Registry.load()
    monkeypatch.setattr(registry, "BUNDLED", file())
    assert [card.name for card in Registry.load().cards] == ["mine"]
    file(CARD.replace('"mine"', '"others"'))
    assert [card.name for card in Registry.load().cards] == ["others"]
    file(CARD.replace("qwen2", "").replace("4096", "0"))
    for _ in range(2):
        with pytest.raises(ModelError, match="context_tokens is too small"):
            Registry.load()
    monkeypatch.undo()
    assert Registry.load().cards == before.cards
