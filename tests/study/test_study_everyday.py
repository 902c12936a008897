"""The everyday items and the scaffolds that come with them."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from click.testing import CliRunner

from cgr_nb import Study, check_program, read_items
from cgr_nb.cli.demo import command as demo
from cgr_nb.errors import ModelError
from cgr_nb.models import Registry, open_model
from cgr_nb.models.programs import ProgramsModel
from cgr_nb.scaffolds import extract_program
from cgr_nb.study import everyday_config
from cgr_nb.util.bundled import bundled_folder


@pytest.fixture(scope="module")
def items():
    return read_items(bundled_folder("items") / "everyday.jsonl").items


@pytest.fixture(scope="module")
def programs():
    model = open_model(Registry.load().get("everyday-scaffolds"))
    assert isinstance(model, ProgramsModel)
    return model.programs


def test_six_families_of_twenty_have_their_right_letters_balanced(items):
    assert Counter(item.dataset for item in items) == dict.fromkeys(
        ("use_and_place", "opposites", "passage_word", "description", "sentiment", "steps"), 20
    )
    letters = Counter((item.dataset, *item.gold) for item in items)
    assert set(letters.values()) == {5}
    assert len(letters) == 24


def test_every_item_has_a_scaffold_of_its_own(items, programs):
    assert {item.id for item in items} == set(programs)
    assert len({reply.text for reply in programs.values()}) == 120


def test_no_scaffold_is_hard_coded(items, programs):
    for item in items:
        source = extract_program(programs[item.id].text)
        assert source is not None
        found = check_program(source)
        assert found.hard_coded == "no", item.meta["id"]
        assert not found.fallback
        assert found.interface == ()


def test_a_solver_nobody_knows_is_one_line(tmp_path):
    with pytest.raises(ModelError, match="there is no model 'smolm2'"):
        everyday_config("smolm2", tmp_path)


def test_the_demo_asks_a_solver_of_choice_and_goes_on_where_it_stands(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    command = ["--solver", "tiny-solver", "--per-dataset", "1"]
    done = CliRunner().invoke(demo, [*command, "--json"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout)
    assert told["failures"] == []
    with Study.open(tmp_path / "cgr-everyday") as study:
        rows = study.rows()
        assert {"scored_direct", "self_consistency", "foreign_scaffold"} <= {*study.arms()["arm"]}
        calls = len(list(study.store.calls()))
    assert len(rows) == rows["dataset"].nunique() == 6
    assert (rows["generator_letter"] == rows["gold"].str[0]).all()
    again = CliRunner().invoke(demo, command)
    assert again.exit_code == 0, again.output
    assert "report:" in again.stdout
    with Study.open(tmp_path / "cgr-everyday") as study:
        assert len(list(study.store.calls())) == calls


def test_all_items_is_for_a_real_solver(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(demo, ["--all-items"])
    assert result.exit_code == 2
    assert "--solver" in result.output
