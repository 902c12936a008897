"""CodeT: groups by letter and by the very twins passed, their scores, and twins of any quality."""

from __future__ import annotations

import json

import pytest
from voting_study import QUESTION, answer_of, by_text, says, twin, vote_on

from cgr_nb import Stepper, Study
from cgr_nb.bundle import export_package
from cgr_nb.bundle.archive import read_archive, write_archive
from cgr_nb.testing import check_arm
from cgr_nb.verify import verify_package

TWO = [twin("t1", "A"), twin("t2", "B")]
THREE = [*TWO, twin("t3", "C")]
PASSES_TWO = {"t1": "A", "t2": "B"}
SOLVER = [("Is it 4", "yes"), ("Is it", "no"), ("What is 5", "Answer: B")]


def group_scores(answer):
    return [(one["letters"], one["programs"], one["score"]) for one in answer.facts["groups"]]


def code_t(folder, programs, twins, **parameters):
    table = {"k": len(programs), "twins": len(twins), "reordered": 0, **parameters}
    return vote_on(folder, {"code_t": table, "consensus": {"k": len(programs)}}, programs, twins)


def test_two_programs_that_pass_both_twins_win_over_three_that_pass_none(tmp_path):
    programs = [*[says("A", t1="C")] * 3, *[says("B", **PASSES_TWO)] * 2]
    with code_t(tmp_path, programs, TWO) as study:
        answer, vote = answer_of(study, "code_t"), answer_of(study, "consensus")
    assert (vote.letters, answer.letters, answer.status) == (("A",), ("B",), "answered")
    assert group_scores(answer) == [("A", [1, 2, 3], 0.0), ("B", [4, 5], 2.828427)]
    assert answer.facts["passed"] == {"1": [], "2": [], "3": [], "4": [1, 2], "5": [1, 2]}


def test_one_program_that_passes_three_twins_wins_over_four_that_pass_one(tmp_path):
    programs = [*[says("A", t1="A")] * 4, says("B", t1="A", t2="B", t3="C")]
    with code_t(tmp_path, programs, THREE) as study:
        answer = answer_of(study, "code_t")
    assert answer.letters == ("B",)
    assert group_scores(answer) == [("A", [1, 2, 3, 4], 2.0), ("B", [5], 3.0)]


def test_programs_with_one_letter_and_other_twins_passed_are_two_groups(tmp_path):
    # Were A one group, its four programs and three twins would win.
    programs = [says("A", t1="A"), says("A", t2="B"), says("A", t3="C"), says("A"), says("B", **PASSES_TWO)]  # fmt: skip
    with code_t(tmp_path, programs, THREE) as study:
        answer = answer_of(study, "code_t")
    assert answer.letters == ("B",)
    assert group_scores(answer) == [
        *(("A", [1], 1.0), ("A", [2], 1.0), ("A", [3], 1.0), ("A", [4], 0.0), ("B", [5], 2.0)),
    ]


def test_of_groups_with_one_score_the_earliest_wins(tmp_path):
    # 2 = sqrt(4) * 1 = sqrt(1) * 2.
    programs = [says("B", **PASSES_TWO), *[says("A", t1="A")] * 4]
    with code_t(tmp_path, programs, TWO) as study:
        answer = answer_of(study, "code_t")
    assert ([score for _, _, score in group_scores(answer)], answer.letters) == ([2.0, 2.0], ("B",))


def test_where_no_twin_is_passed_the_vote_decides(tmp_path):
    programs = [says("C"), says("A"), says("A")]
    with code_t(tmp_path, programs, TWO) as study:
        answer, vote = answer_of(study, "code_t"), answer_of(study, "consensus")
    assert (
        (answer.letters, answer.detail) == (vote.letters, vote.detail) == (("A",), "2 of 3 votes")
    )


def test_a_reordered_twin_is_passed_with_the_text_and_not_with_the_letter(tmp_path):
    letters = f'{by_text("2").split("    return")[0]}    return "B"\n'
    programs = [letters, letters, by_text("2")]
    arms = {"code_t": {"k": 3, "twins": 0, "reordered": 2}}
    with vote_on(tmp_path, arms, programs) as study:
        answer = answer_of(study, "code_t")
        twins = [study.item(id) for how, id in answer.facts["twins"] if how == "reordered"]
    assert (answer.letters, answer.totals.generator_calls) == (("A",), 3)
    assert answer.facts["passed"] == {"1": [], "2": [], "3": [1, 2]}
    assert len({tuple(one.options.values()) for one in twins}) == 2
    assert all(one.options["A"] != "2" and one.question == QUESTION for one in twins)


def test_an_item_whose_options_speak_of_each_other_has_no_reordered_twin(tmp_path):
    options = {"A": "2", "B": "x", "C": "none of the above"}
    items = [{"dataset": "d", "question": QUESTION, "options": options, "gold": "A"}]
    arms = {"code_t": {"k": 2, "twins": 0, "reordered": 2}}
    with vote_on(tmp_path, arms, [by_text("2")] * 2, items=items) as study:
        answer = answer_of(study, "code_t")
    assert (answer.letters, answer.facts["twins"]) == (("A",), [])


def test_programs_without_a_letter_are_not_tried_on_twins(tmp_path):
    programs = [says(None, **PASSES_TWO), says("A", t1="A")]
    with code_t(tmp_path, programs, TWO) as study:
        answer = answer_of(study, "code_t")
    keys = [run.key for run in answer.runs]
    assert keys == ["program/1", "program/2", "program/2/twin/1", "program/2/twin/2"]


@pytest.mark.parametrize(
    ("reply", "dropped"),
    [
        ("I can't.", {"not JSON": 2}),
        (json.dumps({"question": "t1"}), {"not JSON": 2}),
        (json.dumps([twin("t1", "D"), twin("t2", "B")]), {"answer": 1}),
        (json.dumps([twin(QUESTION, "B"), twin("t2", "B")]), {"repeated": 1}),
        (json.dumps([twin("t2", "B")]), {"missing": 1}),
        ("[" * 100_000, {"not JSON": 2}),
    ],
    ids=["words", "no array", "wrong letter", "the item again", "too few", "deep"],
)
def test_twins_that_do_not_hold_are_dropped_and_counted(tmp_path, reply, dropped):
    arms = {"code_t": {"k": 2, "twins": 2, "reordered": 0}}
    with vote_on(tmp_path, arms, [says("A"), says("B", t2="B")], reply) as study:
        answer = answer_of(study, "code_t")
    assert answer.facts["dropped"] == dropped
    assert answer.status == "answered"
    assert answer.letters == (("A",) if "not JSON" in dropped else ("B",))


def test_twins_are_asked_for_once_and_cost_one_call(tmp_path):
    with code_t(tmp_path, [says("A"), says("B", t1="A")], TWO) as study:
        answer = answer_of(study, "code_t")
    assert [entry.key for entry in answer.trail if entry.role == "generator"] == [
        *("generator", "generator/2", "twins"),
    ]
    # Each of the two programs asks once a run: the item and two twins.
    assert (answer.totals.generator_calls, answer.totals.solver_calls) == (3, 6)
    assert [(step.n, step.m) for step in answer.steps] == [(2, 1), (4, 2), (9, 6)]


def test_a_run_on_a_twin_is_stepped_through_with_the_twin(tmp_path):
    with code_t(tmp_path, [says("A", **PASSES_TWO)] * 2, TWO) as study:
        answer = answer_of(study, "code_t")
        run = next(run for run in answer.runs if run.key == "program/1/twin/2")
        stepper = Stepper(study, run.execution)
        twins = [item for item in study.store.items() if item.use == "twin"]
        assert stepper.execution.solver_answer == "B"
        assert stepper.item["question"][0] == "t2"
        assert len(twins) == 2
        assert len(study.items()) == 1


@pytest.mark.parametrize(
    "parameters",
    [{"k": 3}, {"k": 3, "twins": 0, "reordered": 2}, {"k": 2, "of": "pal"}],
    ids=["written", "reordered", "pal"],
)
def test_code_t_holds_what_every_arm_must(parameters, tmp_path):
    twins = json.dumps([{"question": "What is 9 + 9?", "options": {"A": "4", "B": "18"}, "answer": "B"}])  # fmt: skip
    script = {"solver": SOLVER, "generator": [("Write \\d+ other questions", twins)]}
    done = check_arm("code_t", script, parameters=parameters, folder=tmp_path / "check", stops=6)
    assert (len(done.answers), done.stops > 3) == (6, True)


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    folder = tmp_path_factory.mktemp("code_t")
    code_t(folder, [says("A", **PASSES_TWO), says("B"), says("A")], TWO, reordered=1).close()
    return export_package(folder, folder / "p.zip")


def test_a_package_with_twins_verifies_with_every_run_again(package):
    found = verify_package(package, isolation="limits")
    assert found.problems == ()
    assert found.checked["replayed"] == found.checked["replayed alike"] == 12


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"question": "t9"}, "is no twin of an item of the study"),
        ({"meta": {"twin": {"of": "0" * 20, "answer": "A"}}}, "is no twin of an item"),
        ({"use": "asked"}, "its id is not the hash"),
        (None, "there is no item"),
    ],
    ids=["other question", "of no item", "said to be asked", "taken away"],
)
def test_a_twin_that_was_changed_is_told(package, tmp_path, change, said):
    members = read_archive(package)
    lines = [json.loads(line) for line in members["items.jsonl"].splitlines()]
    number = next(n for n, line in enumerate(lines) if "answer" in line["meta"].get("twin", {}))
    if change is None:
        del lines[number]
    else:
        lines[number] |= change
    texts = (json.dumps(line, ensure_ascii=False, separators=(",", ":")) for line in lines)
    members["items.jsonl"] = "".join(text + "\n" for text in texts).encode()
    found = verify_package(write_archive(members, tmp_path / "q.zip"), isolation="limits")
    assert any(said in problem.what for problem in found.problems), found.problems


def test_a_finished_study_with_twins_asks_nothing_again(tmp_path):
    with code_t(tmp_path, [says("A", **PASSES_TWO)] * 2, TWO) as study:
        calls, runs = len(study.calls()), len(list(study.store.programs.runs()))
    with Study.run(tmp_path / "study.toml", progress=False) as again:
        assert (len(again.calls()), len(list(again.store.programs.runs()))) == (calls, runs)
