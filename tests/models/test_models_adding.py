from __future__ import annotations

import shutil

import pytest

from cgr_nb.bundled import bundled_folder
from cgr_nb.errors import ModelError
from cgr_nb.models import Registry, add_to_registry, check_model


@pytest.fixture
def weights(tmp_path):
    copy = tmp_path / "weights" / "mine.gguf"
    copy.parent.mkdir()
    shutil.copy(bundled_folder("models") / "tiny-solver-q8_0.gguf", copy)
    return copy


def test_a_file_becomes_a_card_that_answers(weights, tmp_path):
    registry = tmp_path / "models.toml"
    add_to_registry(weights, registry, None, ["solver"])
    card = Registry.load(registry).get("mine")
    assert (card.roles, card.quantisation, card.context_tokens) == (("solver",), "Q8_0", 512)
    assert len(card.sha256) == 64
    assert check_model(card) is None


def test_cards_that_are_there_stay_and_a_name_is_taken_once(weights, tmp_path):
    registry = tmp_path / "models.toml"
    registry.write_text("# my models\n")
    add_to_registry(weights, registry, "one", ["solver"])
    add_to_registry(weights, registry, "two", ["generator"])
    with pytest.raises(ModelError, match="a model of this name is there already"):
        add_to_registry(weights, registry, "one", ["solver"])
    assert registry.read_text().startswith("# my models\n")
    names = [card.name for card in Registry.load(registry).cards]
    assert names[-2:] == ["one", "two"]


def test_a_changed_file_is_found(weights, tmp_path):
    registry = tmp_path / "models.toml"
    add_to_registry(weights, registry, None, ["solver"])
    data = bytearray(weights.read_bytes())
    data[-1] ^= 1
    weights.write_bytes(data)
    assert "is not the one its card names" in check_model(Registry.load(registry).get("mine"))


def test_a_truncated_file_is_refused(weights, tmp_path):
    weights.write_bytes(weights.read_bytes()[:5000])
    with pytest.raises(ModelError):
        add_to_registry(weights, tmp_path / "models.toml", None, ["solver"])
    assert not (tmp_path / "models.toml").exists()
