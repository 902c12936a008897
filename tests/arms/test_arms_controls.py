"""Controls of an arm with programs: what is left without its solver, and with others' programs."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner
from voting_study import by_text, vote_on

from cgr_nb import Study
from cgr_nb.bundle import export_package
from cgr_nb.cli.export import command as export
from cgr_nb.errors import ConfigError
from cgr_nb.study import StudyConfig
from cgr_nb.study.schema import study_schema
from cgr_nb.study.units import resolve_inputs
from cgr_nb.verify import verify_package

ASKS = """GENERATOR_ANSWER = None
DIFFICULTY = "easy"

def solve(item, ask):
    return read_letter(ask("step"), item["options"])
"""
ITEMS = [
    {
        "dataset": "d",
        "question": f"Which is {n}?",
        "options": {"A": str(n), "B": "x", "C": "y"},
        "gold": "A",
    }
    for n in range(4)
]
CONTROL = {"consensus": {"k": 2, "control": ["stub", "foreign"]}}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Each program finds its own item's right text, and no other's."""
    folder = tmp_path_factory.mktemp("controls")

    def programs(prompt):
        return by_text(prompt.items[0].options["A"])

    vote_on(folder, CONTROL, programs, items=ITEMS).close()
    return folder


def frame_of(folder):
    with Study.open(folder) as study:
        return study.arm_frame().set_index("arm")


def test_programs_of_another_item_are_an_arm_of_their_own(folder):
    frame = frame_of(folder)
    assert frame.loc["consensus", "correct"].all()
    assert not frame.loc["consensus/foreign", "correct"].any()
    with Study.open(folder) as study:
        written_for = {scaffold.call_id: scaffold.item_id for scaffold in study.store.programs.scaffolds()}  # fmt: skip
        for answer in study.store.answers():
            if answer.arm == "consensus/foreign":
                [of] = {written_for[call] for call in answer.calls_of("generator")}
                assert of != answer.item_id


def test_a_stub_stands_behind_the_programs_and_no_model_is_asked(tmp_path):
    def programs(prompt):
        return f"{ASKS}# {prompt.purpose} of {prompt.items[0].question}"

    with vote_on(tmp_path, CONTROL, programs, items=ITEMS) as study:
        found = [answer for answer in study.store.answers() if answer.arm == "consensus/stub"]
        solvers = {study.store.programs.run(run.execution).solver for a in found for run in a.runs}
    assert len(found) == 4
    assert (solvers, {answer.totals.solver_calls for answer in found}) == ({"stub"}, {0})
    assert len({answer.letters for answer in found}) > 1


def test_a_control_asks_the_generator_for_nothing_more(folder, tmp_path):
    with Study.open(folder) as study:
        calls = len(study.calls())
        plain = {"consensus": {"k": 2}}

    def programs(prompt):
        return by_text(prompt.items[0].options["A"])

    with vote_on(tmp_path, plain, programs, items=ITEMS) as study:
        assert len(study.calls()) == calls


def test_controls_are_told_in_words_and_in_the_report(folder, tmp_path):
    with Study.open(folder) as study:
        words = study.arm_summaries()
        page = study.report(tmp_path / "page.html").read_text("utf-8")
    assert "at random" in words["consensus/stub"]
    assert "another item" in words["consensus/foreign"]
    assert "consensus/foreign" in page


def test_a_package_with_controls_verifies(folder, tmp_path):
    found = verify_package(export_package(folder, tmp_path / "p.zip"), isolation="limits")
    assert found.problems == ()


def test_an_item_that_is_alone_in_its_dataset_has_no_foreign_control(tmp_path):
    with vote_on(tmp_path, CONTROL, [by_text("0")] * 2, items=ITEMS[:1]) as study:
        [answer] = [one for one in study.store.answers() if one.arm == "consensus/foreign"]
    assert (answer.status, answer.error) == ("error", "the dataset has no other item")


@pytest.mark.parametrize(
    ("arm", "control", "said"),
    [
        ("cot", "foreign", "runs no program"),
        ("pal", "stub", "ask no solver"),
        ("foreign_scaffold", "foreign", "uses other items already"),
    ],
)
def test_a_control_that_says_nothing_is_refused_before_anything_runs(tmp_path, arm, control, said):
    vote_on(tmp_path, {}, [ASKS], items=ITEMS).close()
    path = tmp_path / "study.toml"
    text = path.read_text().replace("arms = []", f'arms = ["{arm}"]')
    path.write_text(f'{text}[arm.{arm}]\ncontrol = ["{control}"]\n')
    with pytest.raises(ConfigError, match=said):
        _ = resolve_inputs(StudyConfig.load(path)).roster


@pytest.mark.parametrize("value", ["stub", ["stubb"], 3, [["stub"]]])
def test_a_control_is_read_strictly(value):
    found = {
        "items": {"files": ["a"]},
        "models": {"solvers": ["s"], "generators": ["g"]},
        "arms": ["consensus"],
        "arm": {"consensus": {"control": value}},
    }
    with pytest.raises(ConfigError, match=r"arm\.consensus\.control"):
        StudyConfig.from_dict(found)


def test_the_schema_of_a_study_knows_controls_of_every_arm():
    table = study_schema()["properties"]["arm"]["properties"]["consensus"]["properties"]
    assert json.dumps(table["control"]["items"]["enum"]) == '["stub", "foreign"]'
    assert {"k", "of", "decoding"} <= set(table)


@pytest.mark.parametrize("form", ["inspect", "lm-eval"])
def test_controls_and_further_seeds_are_exported_to_other_tools_under_names_a_file_may_have(
    tmp_path, form
):
    def programs(prompt):
        return by_text(prompt.items[0].options["A"])

    (tmp_path / "study").mkdir()
    vote_on(tmp_path / "study", CONTROL, programs, items=ITEMS[:2], more="repeats = 2\n").close()
    target = tmp_path / "out"
    done = CliRunner().invoke(
        export, [str(tmp_path / "study"), "--format", form, "-o", str(target)]
    )
    assert done.exit_code == 0, done.output
    named = [file for file in target.rglob("*consensus*") if file.suffix in (".json", ".jsonl")]
    # The arm and its two controls, with two seeds each.
    assert len({file.name for file in named}) == 6
