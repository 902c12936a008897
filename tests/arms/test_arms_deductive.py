"""Chains of thought whose steps are judged one by one: what a judge is shown, and who has a vote."""

from __future__ import annotations

import pytest
from voting_study import ITEM, answer_of, solver_said, written

from cgr_nb import Study
from cgr_nb.arms.roster import arm_class, make_arm
from cgr_nb.bundle import export_package
from cgr_nb.errors import ConfigError
from cgr_nb.prompts import render
from cgr_nb.study import StudyConfig
from cgr_nb.testing import check_arm
from cgr_nb.verify import verify_package

STATEMENTS = "#1 Even is what 2 divides.\n#2 One number is asked for."
OPTIONS = "#3 The options are: A) 2, B) x, C) y."
JUDGE = [
    ("List the premises", STATEMENTS),
    ("(?s)Step: wrong.*Does it follow", "no"),
    ("Does it follow", "yes"),
]


def deduced(folder, chains, judge=JUDGE, statements=f"{STATEMENTS}\n{OPTIONS}", **parameters):
    """A study whose solver writes another chain with each seed."""
    table = {"deductive": {"k": len(chains), **parameters}}
    path = written(folder, table, ["def solve(item, ask): return None"], solver=judge)
    asked = render("deductive_chain", ITEM, "tiny", fields={"premises": statements})
    replies = {f"chain/{n}": (asked, text) for n, text in enumerate(chains, 1)}
    solver_said(path, "deductive", replies)
    return Study.run(path, progress=False)


def found_of(answer):
    return [(one["letters"], one["failed"], one["valid"]) for one in answer.facts["chains"]]


def shown(study, answer, key):
    [entry] = [entry for entry in answer.trail if entry.key == key]
    return study.store.call(entry.call).messages[-1].content


def test_one_chain_whose_steps_hold_wins_over_two_with_a_step_that_does_not(tmp_path):
    # Of each chain most steps hold: judged as wholes, the first two might pass.
    chains = [
        "#4 (by #1 #3) so it is 2.\n#5 (by #4) wrong: that is A.\nAnswer: A",
        "#4 (by #1) wrong it is.\n#5 (by #3) A is 2.\nAnswer: A",
        "#4 (by #1) so it is x.\n#5 (by #3 #4) x is B.\nAnswer: B",
    ]
    with deduced(tmp_path, chains) as study:
        answer = answer_of(study, "deductive")
        alone = shown(study, answer, "chain/3/step/4")
        both = shown(study, answer, "chain/3/step/5")
    assert (answer.letters, answer.status) == (("B",), "answered")
    assert answer.detail == "1 of 1 votes, 1 of 3 chains hold"
    assert found_of(answer) == [("A", 5, False), ("A", 4, False), ("B", None, True)]
    assert [step.letters for step in answer.steps] == [("A",), ("A",), ("B",)]
    assert alone == "#1 Even is what 2 divides.\nStep: so it is x.\nDoes it follow?"
    assert both == f"{OPTIONS}\n#4 so it is x.\nStep: x is B.\nDoes it follow?"
    # Judging a chain stops at the first step that fails.
    assert "chain/2/step/5" not in {entry.key for entry in answer.trail}
    assert (answer.totals.solver_calls, answer.totals.generator_calls) == (9, 0)


@pytest.mark.parametrize(
    ("chain", "failed"),
    [
        ("#4 so it is x.", 4),
        ("#4 () so it is x.", 4),
        ("#4 (by #4) so it is x.", 4),
        ("#4 (by #9) so it is x.", 4),
        ("#4 (by #1)", 4),
        ("#1 (by #2) so it is x.", 1),
        ("#4 (by #1) so it is x.\n#6 (by #5) so it is.", 6),
        ("It is x.", None),
    ],
    ids=["none", "empty", "itself", "later", "no text", "again", "gap", "no steps"],
)
def test_a_step_that_names_no_ground_of_its_own_fails_unasked(tmp_path, chain, failed):
    with deduced(tmp_path, [f"{chain}\nAnswer: B"]) as study:
        answer = answer_of(study, "deductive")
    assert found_of(answer) == [("B", failed, False)]
    assert (answer.letters, answer.detail) == (("B",), "1 of 1 votes, no chain holds")
    judged = [entry.key for entry in answer.trail if "step" in entry.key]
    assert f"chain/1/step/{failed}" not in judged


def test_where_no_chain_holds_all_vote(tmp_path):
    chains = ["#4 it is x.\nAnswer: B", "#4 it is 2.\nAnswer: A", "Answer: A"]
    with deduced(tmp_path, chains) as study:
        answer = answer_of(study, "deductive")
    assert (answer.letters, answer.detail) == (("A",), "2 of 3 votes, no chain holds")


def test_statements_that_can_not_be_read_are_the_question_itself(tmp_path):
    judge = [("List the premises", "I would rather not."), *JUDGE[1:]]
    whole = "#1 Which is even?\n#2 The options are: A) 2, B) x, C) y."
    with deduced(tmp_path, ["#3 (by #1 #2) x.\nAnswer: B"], judge, whole) as study:
        answer = answer_of(study, "deductive")
    assert (found_of(answer), answer.facts["premises"]) == ([("B", None, True)], 2)
    assert answer.trail[0].read.status == "unparsed"


def test_several_judgements_are_sampled_and_most_must_be_yes(tmp_path):
    judge = [JUDGE[0], ("Step: odd", "Who knows?"), *JUDGE[1:]]
    chains = ["#4 (by #1) so.\nAnswer: A", "#4 (by #1) odd.\nAnswer: B"]
    with deduced(tmp_path, chains, judge, votes=3) as study:
        answer = answer_of(study, "deductive")
        keys = [f"chain/1/step/4{end}" for end in ("", "/2", "/3")]
        calls = [study.store.call(one.call) for one in answer.trail if one.key in keys]
    assert found_of(answer) == [("A", None, True), ("B", 4, False)]
    assert {(call.sampling.temperature, call.sampling.choices) for call in calls} == {(0.7, ())}
    assert len({call.sampling.seed for call in calls}) == 3


def test_greedy_chains_are_refused_before_anything_runs():
    study = {"items": {"files": ["a"]}, "models": {"solvers": ["s"], "generators": ["g"]}}
    table = {"deductive": {"decoding": {"temperature": 0}}}
    [choice] = StudyConfig.from_dict({**study, "arms": ["deductive"], "arm": table}).arm_choices()
    with pytest.raises(ConfigError, match="temperature is 0"):
        make_arm(arm_class("deductive"), choice.parameters, "deductive")


def test_its_judgements_verify_without_a_model(tmp_path):
    deduced(tmp_path, ["#4 (by #1) so.\nAnswer: A", "#4 (by #1) wrong.\nAnswer: B"]).close()
    found = verify_package(export_package(tmp_path, tmp_path / "p.zip"), isolation="limits")
    assert found.problems == ()


def test_deductive_holds_what_every_arm_must(tmp_path):
    script = {
        "solver": [
            ("(?s)Step: .*4 is odd", "no"),
            ("Step: ", "yes"),
            (r"(?s)What is [024] .*A\)", "#3 (by #1 #2) 2 more.\n#4 (by #3) 4 is B.\nAnswer: B"),
            (r"(?s)What is 1 .*A\)", "#3 (by #1) 4 is odd.\nAnswer: A"),
            (r"What is \d", "#1 2 is added."),
        ]
    }
    done = check_arm("deductive", script, parameters={"k": 2}, folder=tmp_path / "c", stops=4)
    assert (len(done.answers), done.stops > 3) == (6, True)
    assert sorted(answer.facts["valid"] for answer in done.answers) == [0, 0, 0, 2, 2, 2]
