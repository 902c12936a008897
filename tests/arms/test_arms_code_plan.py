"""A plan in the form of code: who writes it, and that it is followed, not run."""

from __future__ import annotations

import pytest
from voting_study import answer_of, written

from cgr_nb import Study
from cgr_nb.testing import check_arm

PLAN = "def plan(question, options):\n    raise SystemExit  # nobody runs this\n    return 'B'"
PLANNED = ("Write a plan as code", f"So:\n```python\n{PLAN}\n```\nThat is all.")
FOLLOWED = ("Follow the plan", "Step one is done. The answer is C.")


def planned(folder, by=PLANNED, answered=FOLLOWED, **parameters):
    asked = [by] if parameters.get("writer") == "solver" else []
    path = written(
        folder,
        {"code_plan": parameters},
        ["def solve(item, ask): return None"],
        follow_ups=[by],
        solver=[*asked, answered],
    )
    return Study.run(path, progress=False)


@pytest.mark.parametrize("writer", ["generator", "solver"])
def test_the_plan_is_shown_to_the_solver_and_not_run(tmp_path, writer):
    with planned(tmp_path, writer=writer) as study:
        answer = answer_of(study, "code_plan")
        prompts = [study.store.call(entry.call).messages[-1].content for entry in answer.trail]
    assert [(entry.key, entry.role) for entry in answer.trail] == [
        ("plan", writer),
        ("answer", "solver"),
    ]
    assert PLAN in prompts[1]
    assert "That is all." not in prompts[1]
    assert (answer.letters, answer.status, answer.runs) == (("C",), "answered", ())
    assert (answer.generator is not None) == (writer == "generator")
    assert (answer.facts["plan_lines"], answer.facts["is_code"]) == (3, True)


def test_a_plan_in_words_is_followed_too(tmp_path):
    with planned(tmp_path, ("Write a plan", "First look at the options.")) as study:
        answer = answer_of(study, "code_plan")
        prompt = study.store.call(answer.trail[1].call).messages[-1].content
    assert "Plan: First look at the options." in prompt
    assert answer.facts["is_code"] is False


def test_a_reply_without_a_plan_is_a_wrong_answer(tmp_path):
    with planned(tmp_path, ("Write a plan", "<think>Hm. Well.</think>\n")) as study:
        answer = answer_of(study, "code_plan")
    assert (answer.status, answer.letters, len(answer.trail)) == ("unparsed", (), 1)


def test_code_plan_holds_what_every_arm_must(tmp_path):
    script = {
        "generator": [("(?s)pens.*", f"```\n{PLAN}\n```")],
        "solver": [("(?s)Follow the plan.*", "The answer is B.")],
    }
    done = check_arm(
        "code_plan", script, parameters={"control": ["foreign"]}, folder=tmp_path / "c", stops=3
    )
    assert done.statuses == {"answered": 6}
