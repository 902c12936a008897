"""What is shipped for the paper's study: config, registry and addresses agree."""

from __future__ import annotations

import tomllib
from pathlib import PurePosixPath

import pytest

from cgr_nb.hub import HubFile
from cgr_nb.items import dataset_sources
from cgr_nb.paper import paper_config
from cgr_nb.paper.material import shipped, shipped_cards

CARDS = {card.name: card for card in shipped_cards()}


def test_the_config_is_valid_and_names_nine_sets_six_solvers_and_a_generator(tmp_path):
    config = paper_config(tmp_path)
    assert len(config.items.files) == 9
    assert len(config.models.solvers) == 6
    assert len(config.models.generators) == 1
    assert set(config.models.solvers) | set(config.models.generators) == set(CARDS)


def test_the_item_files_are_those_of_the_sources(tmp_path):
    named = {
        f"items/{source.name}/{HubFile.parse(file.source).name}"
        for source in dataset_sources().values()
        for file in source.files
    }
    assert set(paper_config(tmp_path).items.files) == named | {"items/physicsqa/*"}


def test_the_solvers_are_of_six_families_and_of_one_quantisation():
    solvers = [card for card in CARDS.values() if "solver" in card.roles]
    assert len({card.family for card in solvers}) == 6
    assert {card.quantisation for card in CARDS.values()} == {"Q4_K_M"}


@pytest.mark.parametrize("card", CARDS.values(), ids=lambda card: card.name)
def test_every_model_is_a_hub_file_of_known_size_with_what_is_known_of_it(card):
    file = HubFile.parse(card.source)
    assert PurePosixPath(card.path).name == file.name
    facts = tomllib.loads(shipped("downloads.toml"))[card.name]
    assert facts["bytes"] > 1e8
    assert facts["checked"]
    # About five bits a weight: a wrong size or count stands out.
    assert 0.5 < facts["bytes"] / (facts["billions"] * 1e9) < 0.85
    if "solver" in card.roles:
        assert 0.4 < facts["billions"] < 4
        assert len(card.sha256) == 64
