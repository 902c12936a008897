"""The package of the page on extending: its adapter reads, its arm and its model answer."""

from __future__ import annotations

import importlib

import pytest
from click.testing import CliRunner

from cgr_nb import Study, read_items
from cgr_nb.arms import arm_names
from cgr_nb.bundle import export_package
from cgr_nb.cli import cli
from cgr_nb.study import StudyConfig
from cgr_nb.verify import verify_package

pytestmark = pytest.mark.slow


def test_the_adapter_is_recognised_and_accounts_for_every_row(package):
    found = read_items(package / "quiz.jsonl")
    assert found.adapter == "pub_quiz"
    assert [item.gold for item in found.items] == [("C",), ("A",), ("B",)]
    assert [item.config for item in found.items] == ["colours", "food", "things"]
    assert found.by_reason() == {"gold_not_an_option": 1, "no_options": 1}


def test_the_command_of_the_page_reads_it(package):
    words = ["items", "check", str(package / "quiz.jsonl"), "--adapter", "pub_quiz"]
    result = CliRunner().invoke(cli, words)
    assert result.exit_code == 0
    assert "pub_quiz" in result.output


def test_the_arm_holds_what_every_arm_must(package, tmp_path):
    assert "second_look" in arm_names()
    importlib.import_module("test_second_look").test_second_look(tmp_path)


@pytest.mark.parametrize("looks", [0, -1])
def test_the_arm_refuses_parameters_that_mean_nothing(package, looks):
    module = importlib.import_module("second_look")
    with pytest.raises(ValueError, match="1 or more"):
        module.SecondLook(module.Parameters(looks=looks))


@pytest.fixture(scope="module")
def study(package, tmp_path_factory):
    """A study with all three, run and packed; its folder."""
    folder = tmp_path_factory.mktemp("study")
    config = StudyConfig.from_dict(
        {
            "items": {"files": ["quiz.jsonl"]},
            "models": {"solvers": ["overlap"], "registry": "models.toml"},
            "arms": ["second_look", "scored_direct"],
            "arm": {"second_look": {"looks": 2}},
            "prompts": "prompts",
            "run": {"isolation": "limits"},
        },
        base=package,
    )
    Study.run(config, folder, progress=False).close()
    return folder


def test_a_study_with_all_three_answers_every_item(study):
    with Study.open(study) as opened:
        assert opened.failures() == []
        arms = opened.arms()
        assert sorted(arms["arm"].unique()) == ["scored_direct", "second_look"]
        looks = arms[arms["arm"] == "second_look"]
        assert set(looks["status"]) == {"answered"}
        assert set(looks["calls"]) == {3}


def test_its_package_verifies(study, tmp_path):
    found = verify_package(export_package(study, tmp_path / "package.zip"), isolation="limits")
    assert found.problems == ()
