"""Text or code: where an item is routed, what that costs, and what both answers come to."""

from __future__ import annotations

import pytest
from voting_study import ITEM, answer_of, written

from cgr_nb import Study
from cgr_nb.arms import Decoding
from cgr_nb.arms.converse.code_measure import CodeMeasure
from cgr_nb.arms.requests import request_of
from cgr_nb.bundle import export_package
from cgr_nb.prompts import render
from cgr_nb.records import ModelCall, Reply
from cgr_nb.study import StudyConfig
from cgr_nb.study.run import open_to_fill
from cgr_nb.testing import check_arm
from cgr_nb.verify import verify_package

COMPUTES = "def solve(item, ask):\n    print('worked out')\n    return 'B'\n"
THINKS = ("Think, then", "So it is. The answer is A.")


def steered(folder, solver=(), follow_ups=(), program=COMPUTES, options=None, **parameters):
    """A study whose solver thinks that it is A, and whose generator computes B."""
    items = options and [
        {"dataset": "d", "question": "Which?", "options": options, "gold": next(iter(options))}
    ]
    path = written(
        folder,
        {"steer": parameters},
        lambda prompt: program if prompt.purpose == "pal" else "def solve(i, a): return\n",
        items=items or (),
        solver=[*[(f"(?s){pattern}", reply) for pattern, reply in solver], THINKS],
        follow_ups=[*[(f"(?s){p}", reply) for p, reply in follow_ups], ("Write a check", "no")],
    )
    return Study.run(path, progress=False)


def keys(answer):
    return [entry.key for entry in answer.trail]


def test_an_item_that_is_routed_to_text_costs_no_program_and_no_run(tmp_path):
    with steered(tmp_path, [("Text or code", "text")]) as study:
        answer = answer_of(study, "steer")
    assert (answer.letters, answer.status, answer.facts["route"]) == (("A",), "answered", "text")
    assert (answer.totals.generator_calls, answer.runs) == (0, ())
    assert keys(answer) == ["route", "cot"]
    assert answer.trail[0].read.status == "text"


def test_an_item_that_is_routed_to_code_costs_no_chain_of_thought(tmp_path):
    with steered(tmp_path, [("Text or code", "code")]) as study:
        answer = answer_of(study, "steer")
    assert (answer.letters, answer.facts["route"], keys(answer)) == (
        ("B",),
        "code",
        ["route", "pal"],
    )
    assert len(answer.runs) == 1


def test_a_choice_that_is_neither_is_unparsed(tmp_path):
    path = written(tmp_path, {"steer": {}}, lambda prompt: COMPUTES)
    with open_to_fill(StudyConfig.load(path), tmp_path) as (store, inputs):
        [solver], asking = inputs.solvers, inputs.roster.arms["steer"].settings
        prompt = render("steer_score", ITEM, "tiny")
        ways = ("text", "code")
        asked = request_of(asking, "route", Decoding(max_tokens=8), prompt, choices=ways)
        # A server that does not hold its model to the choices.
        reply = Reply("Both.", "stop", "as shown", 9, 9, 0.0)
        id = asked.call_id(solver)
        store.add_call(ModelCall(id, solver.name, asked.messages, asked.sampling, reply))
    with Study.run(path, progress=False) as study:
        answer = answer_of(study, "steer")
    assert (answer.status, keys(answer)) == ("unparsed", ["route"])


def test_the_guide_may_be_the_generator(tmp_path):
    says = [("Text or code", "text")]
    with steered(tmp_path, follow_ups=says, guide="generator") as study:
        answer = answer_of(study, "steer")
    assert [entry.role for entry in answer.trail] == ["generator", "solver"]
    assert answer.facts["odds"]["text"] == 1.0


@pytest.mark.parametrize(
    ("options", "route"),
    [({"A": "3", "B": "4 m"}, "code"), ({"A": "3", "B": "a lot"}, "text")],
)
def test_a_rule_on_the_options_routes_for_nothing(tmp_path, options, route):
    with steered(tmp_path, how="rule", options=options) as study:
        answer = answer_of(study, "steer")
    assert (answer.facts["route"], len(answer.trail)) == (route, 1)


def test_where_both_answer_a_third_call_sees_both_and_decides(tmp_path):
    seen = "The answer is A\\..*A\\) 2.*print\\('worked out'\\).*\nworked out\nB\\) x"
    with steered(tmp_path, [(seen, "The answer is C.")], how="both") as study:
        answer = answer_of(study, "steer")
    assert (answer.letters, keys(answer)) == (("C",), ["cot", "pal", "merge"])
    assert answer.facts == {"text": "A", "code": "B", "route": "neither"}


@pytest.mark.parametrize(("skip", "calls"), [(False, 3), (True, 2)])
def test_answers_that_agree_cost_their_third_call_unless_it_is_skipped(tmp_path, skip, calls):
    program = "def solve(item, ask):\n    return 'A'\n"
    says = [("return 'A'", "The answer is A.")]
    with steered(tmp_path, says, how="both", skip_if_agree=skip, program=program) as study:
        answer = answer_of(study, "steer")
    assert (answer.letters, len(answer.trail), answer.facts["route"]) == (("A",), calls, "agree")


GUIDE = "Go on, switch, return or give up"


def test_a_guide_sees_answer_run_check_and_measure_and_has_the_way_switched(tmp_path):
    seen = f"code: def solve.*B\\) x\nworked out\nFalse\n.*1 calls\n{GUIDE}"
    solver = [
        (seen, "Switch: look at the words."),
        ("So it is.*Uncertain\nno program", "return"),
        ("look at the words", "So it is. The answer is C."),
        ("Text or code", "code"),
    ]
    checks = [("B\\) x\nWrite a check", "```python\nprint(1 == 2)\n```")]
    with steered(tmp_path, solver, checks, how="guide") as study:
        answer = answer_of(study, "steer")
        prompts = [study.store.call(entry.call).messages[-1].content for entry in answer.trail]
    assert answer.letters == ("C",)
    assert keys(answer) == [
        *("route", "pal", "round/1/check", "round/1/guide"),
        *("round/2/text", "round/2/check", "round/2/guide"),
    ]
    assert "print('worked out')" in prompts[4]
    assert [one["check"] for one in answer.facts["rounds"]] == ["False", "Uncertain"]
    assert [one["guide"] for one in answer.facts["rounds"]] == ["switch", "return"]
    assert [step.letters for step in answer.steps] == [("B",), ("C",)]


def test_a_guide_may_give_up_and_stops_at_its_rounds(tmp_path):
    (tmp_path / "b").mkdir()
    route = ("Text or code", "text")
    with steered(tmp_path, [(GUIDE, "Give up."), route], how="guide") as study:
        answer = answer_of(study, "steer")
    assert (answer.letters, answer.status) == ((), "none")
    says = [(GUIDE, "go on\nCount again."), ("Count again", "The answer is B."), route]
    with steered(tmp_path / "b", says, how="guide", rounds=2) as study:
        answer = answer_of(study, "steer")
    assert (answer.letters, len(answer.facts["rounds"])) == (("B",), 2)


def test_a_guides_reply_that_cannot_be_read_lets_the_answer_stand(tmp_path):
    says = [(GUIDE, "Returning customers"), ("Text or code", "text")]
    with steered(tmp_path, says, how="guide") as study:
        answer = answer_of(study, "steer")
    assert (answer.letters, answer.trail[-1].read.status) == (("A",), "unparsed")


def test_its_calls_are_those_of_the_arms_that_it_chooses_between_and_it_verifies(tmp_path):
    path = written(
        tmp_path,
        {"steer": {"how": "both"}, "cot": {}, "pal": {}},
        lambda prompt: COMPUTES,
        solver=[THINKS],
    )
    with Study.run(path, progress=False) as study:
        steer, cot, pal = (answer_of(study, arm) for arm in ("steer", "cot", "pal"))
    assert [entry.call for entry in steer.trail[:2]] == [cot.trail[0].call, pal.trail[0].call]
    assert steer.runs[0].execution == pal.runs[0].execution
    found = verify_package(export_package(tmp_path, tmp_path / "p.zip"), isolation="limits")
    assert found.problems == ()


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("x = 'B'", "nothing is computed"),
        ("for n in range(3):\n  if n > 1:\n    n += 1", "1 loops, 2 conditions, 1 calculations, 1"),
    ],
)
def test_what_a_program_computes_is_measured_by_its_text(source, words):
    assert str(CodeMeasure.of(source)).startswith(words)
    assert CodeMeasure.of("x = (") is None


@pytest.mark.parametrize("how", ["score", "guide"])
def test_steer_holds_what_every_arm_must(tmp_path, how):
    script = {
        "solver": [
            ("(?s)What is [02] .*Text or code", "code"),
            ("Text or code", "text"),
            ("(?s)said: False.*Go on", "switch"),
            ("Go on", "return"),
            ("What is", "The answer is B."),
        ],
        "generator": [
            ("finds out whether", "```python\nprint(False)\n```"),
            ("by itself", "```python\ndef solve(item, ask):\n    return 'A'\n```"),
        ],
    }
    folder = tmp_path / "c"
    done = check_arm("steer", script, parameters={"how": how}, folder=folder, stops=4)
    assert set(done.statuses) == {"answered", "ok"}
