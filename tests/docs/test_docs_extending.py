"""The package of the page on extending: its adapter reads, its arm and its model answer."""

from __future__ import annotations

import importlib
import json

import pytest
from click.testing import CliRunner

from cgr_nb import Study, read_items
from cgr_nb.arms import arm_names
from cgr_nb.bundle import export_package
from cgr_nb.cli import cli
from cgr_nb.study import StudyConfig
from cgr_nb.testing import check_arm
from cgr_nb.verify import verify_package

pytestmark = pytest.mark.slow
PROGRAM = """```python
GENERATOR_ANSWER = None
DIFFICULTY = "easy"

def solve(item, ask):
    return "B" if ask("Is it so?") == "yes" else None
```"""


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


def test_the_adapter_that_unfolds_reads_riddles_in_a_list_and_by_number(package, tmp_path):
    riddle = {"ask": "Which floats?", "ways": "coin / cork", "right": 2}
    lines = [
        {"trail": "pier", "riddles": [riddle, {**riddle, "ask": "Which drifts?"}]},
        {"trail": "wood", "riddles": {"7": {**riddle, "ask": "Which burns?"}}},
        {"trail": "lost", "riddles": "see page 3"},
    ]
    (tmp_path / "trails.jsonl").write_text("\n".join(map(json.dumps, lines)))
    found = read_items(tmp_path / "trails.jsonl")
    assert found.adapter == "riddles"
    assert [item.meta["id"] for item in found.items] == ["1", "2", "7"]
    assert {item.gold for item in found.items} == {("B",)}
    assert found.by_reason() == {"no_riddles": 1}


def test_the_arm_with_a_program_holds_what_every_arm_must(package, tmp_path):
    script = {"solver": [("A program answered B", "Answer: B"), ("Is it", "yes")]}
    twice = {"generator": [("", PROGRAM)]}
    done = check_arm("second_opinion", script | twice, folder=tmp_path / "check", stops=1)
    assert {answer.letters for answer in done.answers} == {("B",)}
    assert "solver again 6" in str(done)
    assert "run program 6" in str(done)


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
