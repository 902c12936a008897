"""Code-based self-verification: what checks say, what is amended, and how the votes are weighed."""

from __future__ import annotations

import pytest
from voting_study import HEAD, QUESTION, answer_of, by_text, vote_on

from cgr_nb import Stepper
from cgr_nb.arms.roster import arm_class, make_arm
from cgr_nb.bundle import export_package
from cgr_nb.errors import ConfigError
from cgr_nb.study import StudyConfig
from cgr_nb.testing import check_arm
from cgr_nb.verify import verify_package

TEXTS = {"A": "2", "B": "x", "C": "y"}


def program(body):
    return f"```python\ndef solve(item, ask):\n    {body}\n```"


def check(letter, said):
    """What the generator replies where it is asked to check a letter: code that prints so, or code
    of any kind."""
    body = f"print({said!r})" if said in ("True", "False", "Uncertain") else said
    return (f"returns:\n{letter}\\) {TEXTS[letter]}\n", program(body))


def amended(letter, printed="False"):
    """What it replies where it is told what a check printed, or how a program ended."""
    return (f"printed: {printed}", f"```python\n{by_text(TEXTS[letter])}```")


def verified(folder, letters, follow_ups, **parameters):
    """A study with a path for each letter; None is a program that fails."""
    programs = [
        f"{HEAD}    return 1 / 0\n" if letter is None else by_text(TEXTS[letter])
        for letter in letters
    ]
    table = {"paths": len(programs), **parameters}
    return vote_on(folder, {"csv": table}, programs, follow_ups=follow_ups)


def told(answer):
    return [(one["letters"], one["state"], one["checks"]) for one in answer.facts["paths"]]


def prompts_of(study, answer, key):
    [entry] = [entry for entry in answer.trail if entry.key == key]
    return study.store.call(entry.call).messages


def test_one_answer_that_its_check_found_right_wins_over_two_found_wrong(tmp_path):
    says = [check("A", "False"), check("B", "True")]
    with verified(tmp_path, "AAB", says, amends=0) as study:
        answer = answer_of(study, "csv")
    assert (answer.letters, answer.status) == (("B",), "answered")
    assert answer.facts["scores"] == {"A": 0.4, "B": 1.0}
    assert answer.detail == "weight 1 of 1.4, 1 of 3 votes"
    assert [step.letters for step in answer.steps] == [("A",), ("A",), ("B",)]


CHECKS = {
    "print(True)": "True",
    "print('tried 3'); print(1 + 1 == 2)": "True",
    "print('True'); return item['options']['A']": "True",
    "print('True ...'); print(' FALSE. ')": "False",
    "return 1 / 0": "Uncertain",
    "print('False'); return 1 / 0": "Uncertain",
    "print('False', flush=True); import os; os._exit(0)": "Uncertain",
    "print('I can not tell')": "Uncertain",
    "print()": "Uncertain",
    "print(ask('Is it right?'))": "Uncertain",
}
"""What `solve` of a check does -> what the check says."""
SCRIPT = "```python\nprint(2 % 2 == 1)\n```"


def test_a_check_says_what_it_printed_last_where_it_came_to_its_end(tmp_path):
    replies = [*map(program, CHECKS), SCRIPT, "It is right, I think."]
    items = [
        {"dataset": "d", "question": QUESTION, "options": {"A": f"n{n}", "B": "x"}, "gold": "A"}
        for n in range(len(replies))
    ]
    says = [(f"A\\) n{n}\n", reply) for n, reply in enumerate(replies)]
    table = {"csv": {"paths": 1, "amends": 0}}
    whole = [f'{HEAD}    return "A"\n']
    with vote_on(tmp_path, table, whole, items=items, follow_ups=says) as study:
        found = {
            study.item(answer.item_id).options["A"]: answer.facts["paths"][0]["state"]
            for answer in study.store.answers()
            if answer.arm == "csv"
        }
    states = [*CHECKS.values(), "False", "Uncertain"]
    assert found == {f"n{n}": state for n, state in enumerate(states)}


def test_an_amended_answer_votes_with_what_its_own_check_says(tmp_path):
    says = [check("A", "False"), check("C", "True"), check("B", "Uncertain"), amended("C")]
    with verified(tmp_path, "ABB", says) as study:
        answer = answer_of(study, "csv")
        asked = prompts_of(study, answer, "program/1/amend/1")
    assert told(answer)[0] == ("C", "True", ["False", "True"])
    assert answer.facts["scores"] == {"C": 1.0, "B": 1.0}
    assert answer.letters == ("C",)
    assert [turn.role for turn in asked] == ["user", "assistant", "user", "assistant", "user"]
    assert by_text("2").strip() in asked[1].content
    assert "print('False')" in asked[3].content
    assert "It ended: solve returned None" in asked[4].content


def test_a_check_sees_question_answer_and_program_and_no_earlier_program(tmp_path):
    says = [check("A", "False"), check("C", "True"), amended("C")]
    with verified(tmp_path, "A", says) as study:
        answer = answer_of(study, "csv")
        first, second = (prompts_of(study, answer, f"program/1/check/{n}") for n in (1, 2))
    for turns, text, letter in ((first, "2", "A"), (second, "y", "C")):
        assert [turn.role for turn in turns] == ["user", "assistant", "user"]
        assert "Which is even?" in turns[0].content
        assert turns[1].content == f"```python\n{by_text(text).strip()}\n```"
        assert f"{letter}) {text}" in turns[2].content


def test_an_answer_is_amended_no_more_often_than_said_and_stays_false(tmp_path):
    says = [check("A", "False"), check("B", "False"), amended("B")]
    with verified(tmp_path, "A", says, amends=3) as study:
        answer = answer_of(study, "csv")
    assert told(answer) == [("B", "False", ["False"] * 4)]
    assert (answer.totals.generator_calls, answer.totals.solver_calls) == (8, 0)


def test_an_amendment_without_a_letter_leaves_the_answer_before_it(tmp_path):
    says = [check("A", "False"), ("printed: False", program("return None"))]
    with verified(tmp_path, "A", says) as study:
        answer = answer_of(study, "csv")
    assert (told(answer), answer.letters) == ([("A", "False", ["False"])], ("A",))


def test_a_program_that_fails_is_amended_with_its_error(tmp_path):
    says = [check("C", "True"), amended("C", r"\(nothing\)\nIt ended: ZeroDivisionError")]
    with verified(tmp_path, [None], says) as study:
        answer = answer_of(study, "csv")
    assert told(answer) == [("C", "True", ["True"])]
    assert [run.key for run in answer.runs] == [
        *("program/1", "program/1/amend/1", "program/1/check/1"),
    ]


def test_a_weight_of_nothing_is_no_vote(tmp_path):
    says = [check("A", "False"), check("B", "Uncertain")]
    with verified(tmp_path, "AAB", says, amends=0, w_false=0) as study:
        answer = answer_of(study, "csv")
    assert (answer.letters, answer.facts["scores"]) == (("B",), {"B": 0.5})


def test_equal_sums_are_equal_and_the_earliest_letter_wins(tmp_path):
    says = [check("A", "Uncertain"), check("B", "False")]
    weights = {"w_true": 1, "w_uncertain": 0.3, "w_false": 0.1}
    with verified(tmp_path, "BBBA", says, amends=0, **weights) as study:
        answer = answer_of(study, "csv")
    assert (answer.letters, answer.facts["scores"]) == (("B",), {"B": 0.3, "A": 0.3})


@pytest.mark.parametrize(
    "weights", [{"w_false": 0.6}, {"w_uncertain": 2.0}, {"w_true": 0, "w_uncertain": 0, "w_false": 0}]
)  # fmt: skip
def test_weights_that_reward_what_was_found_wrong_are_refused(weights):
    study = {"items": {"files": ["a"]}, "models": {"solvers": ["s"], "generators": ["g"]}}
    config = StudyConfig.from_dict({**study, "arms": ["csv"], "arm": {"csv": weights}})
    [choice] = config.arm_choices()
    with pytest.raises(ConfigError, match="out of order"):
        make_arm(arm_class("csv"), choice.parameters, "csv")


@pytest.mark.parametrize("control", ["stub", "foreign"])
def test_it_has_no_controls(tmp_path, control):
    with pytest.raises(ConfigError, match=f"no control '{control}'"):
        verified(tmp_path, "A", [], control=[control])


def test_its_first_programs_are_those_of_a_vote_without_checks(tmp_path):
    arms = {"csv": {"paths": 2}, "pal2": {"kind": "consensus", "of": "pal", "k": 2}}
    says = [check("A", "True"), check("B", "True")]
    with vote_on(tmp_path, arms, [by_text("2"), by_text("x")], follow_ups=says) as study:
        answer, vote = answer_of(study, "csv"), answer_of(study, "pal2")
    calls = {entry.key: entry.call for entry in answer.trail}
    assert [calls[entry.key] for entry in vote.trail] == [entry.call for entry in vote.trail]


def test_its_checks_are_stepped_through_and_verify_without_a_model(tmp_path):
    says = [check("A", "False"), check("B", "True"), amended("B")]
    with verified(tmp_path, "A", says) as study:
        run = next(run for run in answer_of(study, "csv").runs if run.key == "program/1/check/1")
        assert "print" in Stepper(study, run.execution).source
    found = verify_package(export_package(tmp_path, tmp_path / "p.zip"), isolation="limits")
    assert found.problems == ()
    assert found.checked["replayed"] == found.checked["replayed alike"] == 5


def test_csv_holds_what_every_arm_must(tmp_path):
    script = {
        "generator": [
            ("your program returns:\n\nB", program("print(item['question'] == 'What is 2 + 2?')")),
            ("first program does not seem", program("return 'C'")),
            ("your program returns:\n\nC", program("return 1 / 0")),
            ("computes the answer", program("return 'B' if '1' in item['question'] else 'A'")),
            ("your program returns:\n\nA", program("print(True)")),
        ]
    }
    done = check_arm("csv", script, parameters={"paths": 2}, folder=tmp_path / "check", stops=4)
    assert (len(done.answers), done.stops > 3) == (6, True)
    states = {one["state"] for answer in done.answers for one in answer.facts["paths"]}
    assert states == {"True", "Uncertain"}
