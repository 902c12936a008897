"""Chains of thought and the programs that they are translated into: which chains have a vote."""

from __future__ import annotations

import pytest
from voting_study import ITEM, answer_of, solver_said, written

from cgr_nb import Stepper, Study
from cgr_nb.arms.roster import arm_class, make_arm
from cgr_nb.bundle import export_package
from cgr_nb.errors import ConfigError
from cgr_nb.prompts import render
from cgr_nb.study import StudyConfig
from cgr_nb.testing import check_arm
from cgr_nb.verify import verify_package


def program(body):
    return f"```python\ndef solve(item, ask):\n    {body}\n```"


def said(number, letter):
    return f"Way {number}: I think so." + (f" The answer is {letter}." if letter else "")


def chains(folder, pairs, **parameters):
    """A study whose solver thinks otherwise with each seed: pairs of the letter of a chain and what
    its program returns (None for a reply without a program)."""
    rules = [
        (f"Way {n}:", "I can't." if code is None else program(code))
        for n, (_, code) in enumerate(pairs, 1)
    ]
    table = {"cot_program": {"k": len(pairs), **parameters}}
    path = written(folder, table, ["def solve(item, ask): return None"], follow_ups=rules)
    asked = render("cot", ITEM, "tiny")
    letters = enumerate((letter for letter, _ in pairs), 1)
    replies = {f"chain/{n}": (asked, said(n, letter)) for n, letter in letters}
    solver_said(path, "cot_program", replies)
    return Study.run(path, progress=False)


def returns(letter):
    return f"return {letter!r}"


def test_chains_that_their_programs_bear_out_win_over_more_that_they_do_not(tmp_path):
    pairs = [*[("A", returns("C"))] * 3, *[("B", returns("B"))] * 2]
    with chains(tmp_path, pairs) as study:
        answer = answer_of(study, "cot_program")
        asked = {
            entry.key: study.store.call(entry.call).messages[-1].content
            for entry in answer.trail
            if entry.role == "generator"
        }
    assert (answer.letters, answer.status, answer.facts["kept"]) == (("B",), "answered", 2)
    assert answer.detail == "2 of 2 votes, 2 of 5 chains agree with their programs"
    assert [step.letters for step in answer.steps] == [("A",), ("A",), ("A",), ("B",), ("B",)]
    for number, (letter, _) in enumerate(pairs, 1):
        prompt = asked[f"chain/{number}/program"]
        assert said(number, letter) in prompt
        assert "Which is even?" in prompt
        assert "Way" not in prompt.replace(said(number, letter), "")
    assert (answer.totals.solver_calls, answer.totals.generator_calls) == (5, 5)


def test_where_no_program_agrees_all_chains_vote(tmp_path):
    pairs = [("A", returns("C")), ("A", "return 1 / 0"), ("B", None)]
    with chains(tmp_path, pairs) as study:
        answer = answer_of(study, "cot_program")
    assert (answer.letters, answer.facts["kept"]) == (("A",), 0)
    assert answer.detail == "2 of 3 votes, no chain agrees with its program"
    statuses = [one["program_status"] for one in answer.facts["chains"]]
    assert statuses == ["ok", "exception", "no_program"]


def test_strict_abstains_where_no_program_agrees(tmp_path):
    pairs = [("A", returns("C")), ("A", "return None")]
    with chains(tmp_path, pairs, strict=True) as study:
        answer = answer_of(study, "cot_program")
    assert (answer.letters, answer.status, answer.error) == ((), "none", None)
    assert answer.detail == "none of 2 chains agrees with its program"
    assert [step.letters for step in answer.steps] == [(), ()]


def test_strict_answers_where_a_program_agrees(tmp_path):
    pairs = [("A", returns("C")), ("C", returns("C"))]
    with chains(tmp_path, pairs, strict=True) as study:
        assert answer_of(study, "cot_program").letters == ("C",)


def test_a_chain_without_a_letter_is_not_translated(tmp_path):
    with chains(tmp_path, [(None, returns("C")), ("B", returns("B"))]) as study:
        answer = answer_of(study, "cot_program")
        run = answer.runs[0].execution
        assert "return 'B'" in Stepper(study, run).source
    assert [entry.key for entry in answer.trail] == ["chain/1", "chain/2", "chain/2/program"]
    assert answer.facts["chains"][0]["program_status"] is None


def test_chains_that_name_no_letter_are_a_wrong_answer(tmp_path):
    with chains(tmp_path, [(None, ""), (None, "")]) as study:
        answer = answer_of(study, "cot_program")
    assert (answer.status, answer.detail) == ("none", "none of 2 chains gives a letter")


def test_a_program_has_no_solver_to_ask(tmp_path):
    with chains(tmp_path, [("A", "return ask('which?') and 'A'")]) as study:
        answer = answer_of(study, "cot_program")
    assert answer.facts["chains"][0]["program_status"] == "exception"


def test_greedy_chains_are_refused_before_anything_runs():
    study = {"items": {"files": ["a"]}, "models": {"solvers": ["s"], "generators": ["g"]}}
    table = {"cot_program": {"decoding": {"temperature": 0}}}
    [choice] = StudyConfig.from_dict({**study, "arms": ["cot_program"], "arm": table}).arm_choices()
    with pytest.raises(ConfigError, match="temperature is 0"):
        make_arm(arm_class("cot_program"), choice.parameters, "cot_program")


def test_its_programs_verify_without_a_model(tmp_path):
    chains(tmp_path, [("A", returns("C")), ("B", returns("B"))]).close()
    found = verify_package(export_package(tmp_path, tmp_path / "p.zip"), isolation="limits")
    assert found.problems == ()
    assert found.checked["replayed"] == found.checked["replayed alike"] == 3


def test_cot_program_holds_what_every_arm_must(tmp_path):
    script = {
        "solver": [("What is [024]", "2 more. The answer is B."), ("What is 5", "It is late.")],
        "generator": [
            ("(?s)What is [02] .*2 more", program("return 'B'")),
            ("(?s)What is 4 .*2 more", program("return 1 / 0")),
            ("this working leads", program("return 'C'")),
        ],
    }
    done = check_arm("cot_program", script, parameters={"k": 2}, folder=tmp_path / "c", stops=4)
    assert (len(done.answers), done.stops > 3) == (6, True)
    assert done.statuses == {"answered": 5, "none": 1}
    assert sorted(answer.facts["kept"] for answer in done.answers) == [0, 0, 0, 0, 2, 2]
