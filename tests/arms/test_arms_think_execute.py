"""One pseudocode for a whole dataset: who is asked for it how often, who is shown it, and which of
the printed lines is the answer."""

from __future__ import annotations

import pytest
from voting_study import written

from cgr_nb import Study
from cgr_nb.explore.recorded_replies import answer_replies
from cgr_nb.testing import check_arm

CRASHES = (
    'def answer(question, options, context):\n    kind = look_at(question)\n    say "found" kind\n'
)
"""No Python, and its helper is not there."""
WRITER = [
    (f"(?s){name}.*Describe the procedure", f"First look at the {name}.")
    for name in ("pear", "plum")
] + [
    (f"(?s)look at the {name}.*Write answer", f"Here.\n```python\n{CRASHES}    # {name}\n```")
    for name in ("pear", "plum")
]
PRINTED = "kind: B\nanswer: A\nletter: A\nFinal answer: C\n"
NO_PROGRAM = ["def solve(item, ask): return None"]


def fruit(name, number):
    options = {"A": "red", "B": "green", "C": "blue"}
    return {
        "dataset": name,
        "question": f"What is {name} {number}?",
        "options": options,
        "gold": "ABC"[number],
    }


ITEMS = [fruit(name, number) for name in ("pear", "plum") for number in range(3)]


def played(folder, writer=WRITER, printed=PRINTED, items=ITEMS, **parameters):
    path = written(
        folder,
        {"think_execute": parameters},
        NO_PROGRAM,
        items=items,
        follow_ups=writer,
        solver=[("prints, with", printed)],
    )
    return Study.run(path, progress=False)


def answers_of(study):
    return [answer for answer in study.store.answers() if answer.arm == "think_execute"]


def shown(study, entry):
    return study.store.call(entry.call).messages[-1].content


def test_the_generator_is_asked_twice_a_dataset_and_all_its_items_have_the_same_pseudocode(
    tmp_path,
):
    with played(tmp_path) as study:
        setups = {setup.dataset: setup for setup in study.store.setups()}
        answers = answers_of(study)
        asked = [call for call in study.store.calls() if "procedure" in call.messages[-1].content]
        prompts = {answer.item_id: shown(study, answer.trail[0]) for answer in answers}
        items = {item.id: item for item in study.store.items()}
    assert sorted(setups) == ["pear", "plum"]
    for name, setup in setups.items():
        assert [entry.key for entry in setup.trail] == ["analysis", "pseudocode"]
        assert setup.text == f"{CRASHES}    # {name}"
    # Two a dataset, and not two an item.
    assert len([call for call in asked if "Describe" in call.messages[-1].content]) == 2
    assert {entry.role for setup in setups.values() for entry in setup.trail} == {"generator"}
    for id, prompt in prompts.items():
        assert prompt.startswith(setups[items[id].dataset].text)
        assert items[id].question in prompt
    assert [answer.totals.generator_calls for answer in answers] == [0] * 6
    assert [answer.totals.solver_calls for answer in answers] == [1] * 6


def test_the_last_printed_line_that_states_an_answer_counts(tmp_path):
    with played(tmp_path) as study:
        answers = answers_of(study)
    assert {answer.letters for answer in answers} == {("C",)}
    assert {answer.status for answer in answers} == {"answered"}
    assert {answer.facts["steps"] for answer in answers} == {3}
    span = answers[0].trail[0].read.span
    assert PRINTED[slice(*span)] == "Final answer: C"


@pytest.mark.parametrize(
    ("printed", "letters", "status"),
    [
        ("kind: B\nFinal answer: blue", ("C",), "answered"),
        ("kind: B\n**Answer:** B) green", ("B",), "answered"),
        ("Looked at it. The answer is A.", ("A",), "answered"),
        ("answer: A\nFinal answer: it can't be told", (), "none"),
        ("kind: what?", (), "none"),
    ],
    ids=["option text", "emphasis", "no such line", "unreadable line", "nothing"],
)
def test_a_letter_is_read_from_the_last_answer_line_or_from_all_that_is_printed(
    tmp_path, printed, letters, status
):
    with played(tmp_path, printed=printed, items=ITEMS[:1]) as study:
        [answer] = answers_of(study)
    assert (answer.letters, answer.status) == (letters, status)


def test_the_generator_sees_drawn_questions_and_no_answer_to_them(tmp_path):
    items = [fruit("pear", number % 3) | {"question": f"pear {number}?"} for number in range(9)]
    with played(tmp_path, items=items, examples=2) as study:
        [setup] = study.store.setups()
        prompts = [shown(study, entry) for entry in setup.trail]
        known = {item.id: item for item in study.store.items()}
    drawn = [known[id].question for id in setup.facts["examples"]]
    assert len(drawn) == 2
    for prompt in prompts:
        assert [f"pear {n}?" for n in range(9) if f"pear {n}?" in prompt] == sorted(drawn)
        assert "A) red\nB) green\nC) blue" in prompt


def test_the_calls_of_the_setup_are_shown_behind_those_of_an_answer(tmp_path):
    with played(tmp_path, items=ITEMS[:1]) as study:
        [row] = study.rows().index
        found = answer_replies(study.store, study.rows().loc[row, "id"], "think_execute")
    keys = [call.entry.key for call in found.calls]
    assert keys == ["simulate", "setup/analysis", "setup/pseudocode"]
    assert found.calls[2].call.reply.text.startswith("Here.")
    assert found.answer.totals.generator_calls == 0


def test_a_reply_without_a_function_is_no_program_for_every_item(tmp_path):
    writer = [*WRITER[:2], ("Write answer", "I would look at it first.")]
    with played(tmp_path, writer) as study:
        answers = answers_of(study)
        assert {setup.status for setup in study.store.setups()} == {"no_program"}
    assert [(answer.status, answer.letters) for answer in answers] == [("no_program", ())] * 6
    assert not any(answer.trail for answer in answers)


def test_think_execute_holds_what_every_arm_must(tmp_path):
    script = {
        "generator": [
            ("Describe the procedure", "Look at it."),
            ("holds the whole function", f"```\n{CRASHES}```"),
        ],
        "solver": [(r"(?s)look_at.*What is [024]", "kind: B\nFinal answer: B"), ("look_at", "?")],
    }
    done = check_arm("think_execute", script, folder=tmp_path / "c", stops=4)
    assert done.statuses == {"answered": 3, "none": 3}
    assert done.stops > 3
