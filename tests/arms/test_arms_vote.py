"""Votes over programs and over replies: who has a vote, who wins, and what is on record."""

from __future__ import annotations

import json

import pytest
from voting_study import answer_of, by_text, says, vote_on

from cgr_nb import Stepper, Study
from cgr_nb.bundle import export_package
from cgr_nb.errors import ConfigError
from cgr_nb.study import StudyConfig, plan_study
from cgr_nb.study.program_prompts import missing_prompts
from cgr_nb.study.redo import RedoChoice, redo_study
from cgr_nb.testing import check_arm
from cgr_nb.verify import verify_package

CRASHES = "def solve(item, ask):\n    return 1 / 0\n"
SOLVER = [("Is it 4", "yes"), ("Is it", "no"), ("What is 5", "Answer: B")]


def test_the_letter_of_most_programs_wins_and_the_rows_own_is_the_first(tmp_path):
    programs = [says("B"), says("A"), says("A")]
    with vote_on(tmp_path, {"consensus": {"k": 3}}, programs) as study:
        answer, own = answer_of(study, "consensus"), answer_of(study, "cgr")
    assert (own.letters, answer.letters, answer.status) == (("B",), ("A",), "answered")
    assert answer.detail == "2 of 3 votes"
    assert [step.letters for step in answer.steps] == [("B",), ("B",), ("A",)]
    assert answer.trail[0].call == own.trail[0].call
    assert answer.runs[0].execution == own.runs[0].execution
    assert [run.key for run in answer.runs] == ["program/1", "program/2", "program/3"]


def test_of_letters_with_equally_many_votes_the_earliest_win(tmp_path):
    programs = [says("C"), says("A"), says("A"), says("C")]
    with vote_on(tmp_path, {"consensus": {"k": 4}}, programs) as study:
        assert answer_of(study, "consensus").letters == ("C",)


def test_programs_that_fail_or_return_nothing_have_no_vote(tmp_path):
    programs = [CRASHES, None, says(None), says("Z"), says("B")]
    with vote_on(tmp_path, {"consensus": {}}, programs) as study:
        answer = answer_of(study, "consensus")
    assert (answer.letters, answer.detail) == (("B",), "1 of 5 votes")
    statuses = ["exception", "no_program", "no_answer", "invalid_answer", "ok"]
    assert [status for _, status in answer.facts["ballots"]] == statuses
    assert answer.totals.generator_calls == 5


@pytest.mark.parametrize(
    ("program", "status"), [(None, "no_program"), (CRASHES, "none")], ids=["none", "crash"]
)
def test_a_vote_in_which_nobody_has_a_vote_is_a_wrong_answer(tmp_path, program, status):
    with vote_on(tmp_path, {"consensus": {"k": 2}}, [program, program]) as study:
        answer = answer_of(study, "consensus")
        frame = study.arm_frame().set_index("arm")
    assert (answer.letters, answer.status, answer.error) == ((), status, None)
    assert (bool(frame.loc["consensus", "asked"]), bool(frame.loc["consensus", "correct"])) == (
        True,
        False,
    )


def test_where_it_could_have_stopped_costs_what_was_spent_until_then(tmp_path):
    programs = [says("B"), None, says("A")]
    with vote_on(tmp_path, {"consensus": {"k": 3}}, programs) as study:
        answer = answer_of(study, "consensus")
    keys = [entry.key for entry in answer.trail]
    assert keys == [
        *("generator", "program/1/ask/0", "generator/2", "generator/3", "program/3/ask/0"),
    ]
    assert [(step.n, step.m) for step in answer.steps] == [(2, 1), (3, 1), (5, 2)]


def test_programs_that_ask_nobody_vote_too(tmp_path):
    programs = [by_text("x"), by_text("2"), by_text("2")]
    arms = {"pal": {}, "pal3": {"kind": "consensus", "of": "pal", "k": 3}}
    with vote_on(tmp_path, arms, programs) as study:
        answer, single = answer_of(study, "pal3"), answer_of(study, "pal")
    assert (single.letters, answer.letters) == (("B",), ("A",))
    assert (answer.solver, answer.totals.solver_calls, answer.totals.generator_calls) == (
        None,
        0,
        3,
    )
    assert answer.trail[0].call == single.trail[0].call


def test_a_vote_of_replies_is_self_consistency(tmp_path):
    arms = {
        "self_consistency": {"k": 3},
        "replies": {"kind": "consensus", "of": "self_consistency", "k": 3},
    }
    with vote_on(tmp_path, arms, [says("A")]) as study:
        one, other = answer_of(study, "self_consistency"), answer_of(study, "replies")
    assert (one.trail, one.steps, one.letters) == (other.trail, other.steps, other.letters)
    assert len(one.trail) == 3


@pytest.mark.parametrize("of", ["cgr", "pal", "self_consistency"])
def test_a_vote_of_greedy_answers_is_refused_before_anything_runs(of):
    found = {
        "items": {"files": ["a"]},
        "models": {"solvers": ["s"], "generators": ["g"]},
        "arms": ["consensus"],
        "arm": {"consensus": {"of": of, "decoding": {"temperature": 0}}},
    }
    config = StudyConfig.from_dict(found)
    [choice] = config.arm_choices()
    from cgr_nb.arms.roster import arm_class, make_arm

    with pytest.raises(ConfigError, match="temperature is 0"):
        make_arm(arm_class("consensus"), choice.parameters, "consensus")


def test_programs_differ_also_in_a_study_that_writes_its_scaffolds_greedily(tmp_path):
    more = "generator = { temperature = 0, max_tokens = 64 }\n"
    programs = [says("A"), says("B"), says("B")]
    with vote_on(tmp_path, {"consensus": {"k": 3}}, programs, more=more) as study:
        answer = answer_of(study, "consensus")
        warmth = [study.store.call(id).sampling.temperature for id in answer.calls_of("generator")]
    assert (answer.letters, warmth) == (("B",), [0.0, 0.7, 0.7])


def test_a_budget_ends_the_vote_with_what_was_counted(tmp_path):
    arms = {"consensus": {"k": 4}}
    more = "budget = { generator_calls = 2 }\n"
    with vote_on(tmp_path, arms, [says("C"), says("C"), says("A"), says("A")], more=more) as study:
        answer = answer_of(study, "consensus")
    assert (answer.status, answer.letters, answer.totals.generator_calls) == ("budget", ("C",), 2)


def test_prompts_for_all_programs_of_a_vote_can_be_written_elsewhere(tmp_path):
    with vote_on(tmp_path, {"consensus": {"k": 3}}, [says("A")] * 3) as study:
        config = study.config
        assert missing_prompts(config, tmp_path) == []
    prompts = missing_prompts(config)
    assert [prompt.purpose for prompt in prompts] == ["scaffold", "generator/2", "generator/3"]
    assert len({prompt.key for prompt in prompts}) == 3


def test_each_run_of_a_vote_can_be_stepped_through_with_its_own_calls(tmp_path):
    with vote_on(tmp_path, {"consensus": {"k": 2}}, [says("B"), says("A")]) as study:
        answer = answer_of(study, "consensus")
        for number, letter in ((0, "B"), (1, "A")):
            stepper = Stepper(study, answer.runs[number].execution)
            assert stepper.execution.solver_answer == letter
            assert len(stepper.execution.calls) == 1


def test_a_plan_tells_the_calls_of_a_vote(tmp_path):
    with vote_on(tmp_path, {"consensus": {"k": 4}}, [says("A")] * 4) as study:
        config = study.config
    loads = plan_study(config, try_models=False).loads
    ours = {load.model: load.calls for load in loads if load.purpose == "consensus"}
    assert ours == {"script-solver": 16, "script-generator": 3}


@pytest.mark.parametrize(
    ("kind", "parameters"),
    [
        ("consensus", {"k": 3}),
        ("consensus", {"k": 3, "of": "pal"}),
        ("consensus", {"k": 3, "of": "self_consistency"}),
    ],
    ids=["scaffolds", "pal", "replies"],
)
def test_a_vote_holds_what_every_arm_must(kind, parameters, tmp_path):
    done = check_arm(
        kind, {"solver": SOLVER}, parameters=parameters, folder=tmp_path / "check", stops=6
    )
    assert (len(done.answers), done.stops > 3) == (6, True)


def test_a_package_with_votes_verifies_and_a_vote_that_was_turned_does_not(tmp_path):
    from cgr_nb.bundle.archive import read_archive, write_archive

    vote_on(tmp_path, {"consensus": {"k": 3}}, [says("B"), says("A"), says("A")]).close()
    package = export_package(tmp_path, tmp_path / "p.zip")
    found = verify_package(package, isolation="limits")
    # The second and the third are one program.
    assert (found.problems, found.checked["replayed alike"]) == ((), 2)
    members = read_archive(package)
    table = members["answers.jsonl"].decode()
    [line] = [line for line in table.splitlines() if json.loads(line)["arm"] == "consensus"]
    turned = {**json.loads(line), "letters": ["B"]}
    text = json.dumps(turned, ensure_ascii=False, separators=(",", ":"))
    members["answers.jsonl"] = table.replace(line, text).encode()
    again = verify_package(write_archive(members, tmp_path / "q.zip"), isolation="limits")
    assert any("letters is ('B',)" in problem.what for problem in again.problems)


def test_a_finished_vote_asks_nothing_again(tmp_path):
    with vote_on(tmp_path, {"consensus": {"k": 3}}, [says("A")] * 3) as study:
        calls = len(study.calls())
    with Study.run(tmp_path / "study.toml", progress=False) as again:
        assert len(again.calls()) == calls


def test_a_run_that_failed_behind_a_vote_can_be_made_again(tmp_path):
    with vote_on(tmp_path, {"consensus": {"k": 3}}, [says("A"), CRASHES, says("B")]):
        done = redo_study(tmp_path, RedoChoice(statuses=("exception",)))
    assert (done.executions, done.answers, done.rows) == (1, 1, 0)
    with Study.run(tmp_path / "study.toml", progress=False) as again:
        assert answer_of(again, "consensus").facts["ballots"][1] == ["", "exception"]
