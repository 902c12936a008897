"""Items with several right options, asked for the set and scored by the exact set."""

from __future__ import annotations

import json

import pytest
from scripted_study import STUDY, card

from cgr_nb import Study
from cgr_nb.bundle import export_package
from cgr_nb.report.headline import headline
from cgr_nb.verify import verify_package

BOTH = """GENERATOR_ANSWER = "AC"
DIFFICULTY = "easy"

def solve(item, ask):
    return "".join(k for k, text in item["options"].items() if "yes" in ask("right: " + text))
"""


@pytest.fixture
def multi_file(tmp_path):
    """Sums, of which some have two right options, and a dataset of the usual kind."""
    lines = [
        {
            "dataset": "sets",
            "question": f"What is even or a number, case {number}?",
            "options": {"A": "2", "B": "x", "C": "4"},
            "gold": ["A", "C"] if number else ["A"],
        }
        for number in range(3)
    ]
    lines += [
        {
            "dataset": "plain",
            "question": f"What is 1 + 1, case {number}?",
            "options": {"A": "2", "B": "x", "C": "4"},
            "gold": "A",
        }
        for number in range(2)
    ]
    (tmp_path / "items.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n")
    solver = (
        '["What is even(.|\\\\n)*all right letters", "Answer: C, A"], ["What is", "Answer: A"],'
        ' ["right: [24]", "yes"], ["right", "no"]'
    )
    generator = json.dumps(f"```python\n{BOTH}```")
    (tmp_path / "registry.toml").write_text(
        card("solver", f"rules = [{solver}]") + card("generator", f'rules = [["", {generator}]]')
    )
    study = STUDY.replace('files = ["items.jsonl"]', 'files = ["items.jsonl"]\nmulti = "exact"')
    path = tmp_path / "study.toml"
    path.write_text(f'arms = ["cot", "self_consistency", "readout", "stub_solver"]\n{study}')
    return path


def test_a_dataset_with_several_gold_letters_is_asked_for_the_set_and_scored_by_it(multi_file):
    with Study.run(multi_file, progress=False) as study:
        rows = study.rows().set_index("question")
        prompts = study.calls().set_index("id")["prompt"]
    sets = rows[rows["dataset"] == "sets"]
    assert list(sets["multi"]) == [True] * 3
    assert set(sets["direct_letter"]) == set(sets["assisted_letter"]) == {"AC"}
    assert set(sets["generator_letter"]) == {"AC"}
    # Whose own gold is one letter is asked for a set too: its form must not tell.
    assert sorted(sets["direct_correct"]) == sorted(sets["assisted_correct"]) == [False, True, True]
    asked = {prompts[ids[0]].rpartition("\n")[2] for ids in sets["direct_call_ids"]}
    assert asked == {"Answer with all right letters."}
    plain = rows[rows["dataset"] == "plain"]
    assert (set(plain["direct_letter"]), set(plain["multi"])) == ({"A"}, {False})
    # The program returns a set here too, which is no option letter.
    assert set(plain["assisted_status"]) == {"invalid_answer"}


def test_sets_stand_in_a_partition_of_their_own(multi_file):
    with Study.run(multi_file, progress=False) as study:
        summary = study.summary(resamples=50)
        page = study.report().read_text("utf-8")
    assert summary.partitions["multi_select"].n_rows == 3
    assert summary.partitions["all"].n_rows == 2
    assert summary.partitions["multi_select"].macro.A_b == pytest.approx(2 / 3)
    assert summary.main.macro.A_b == 1.0
    assert summary.not_retained["several_gold"] == 0
    assert "Multi-select items" in page


def test_a_study_of_sets_verifies(multi_file, tmp_path):
    Study.run(multi_file, tmp_path / "out", progress=False).close()
    found = verify_package(export_package(tmp_path / "out", tmp_path / "p.zip"), isolation="limits")
    assert found.ok, found.problems


def test_by_default_such_items_are_asked_for_one_letter_and_not_counted(multi_file):
    multi_file.write_text(multi_file.read_text().replace('multi = "exact"', ""))
    with Study.run(multi_file, progress=False) as study:
        rows, summary = study.rows(), study.summary(resamples=50)
    assert not rows["multi"].any()
    assert summary.not_retained["several_gold"] == 2
    assert "multi_select" not in summary.partitions
    assert "2 of 5 rows excluded (several correct options)" in headline(summary, None)[-1]


def test_without_a_generator_the_headline_tells_of_the_arms(multi_file):
    text = multi_file.read_text().replace('generators = ["script-generator"]\n', "")
    text = text.replace('["cot", "self_consistency", "readout", "stub_solver"]', '["cot"]')
    multi_file.write_text(text.replace('multi = "exact"', ""))
    with Study.run(multi_file, progress=False) as study:
        alone = study.arms_alone(resamples=50)
        said = " ".join(headline(study.summary(resamples=50), None, alone))
    assert "no generator" in said
    assert "Direct: 100.0" in said
