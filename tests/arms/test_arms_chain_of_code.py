"""Chain of Code: what Python executes, what the solver is asked, and what is merged."""

from __future__ import annotations

import pytest
from voting_study import answer_of, written

from cgr_nb import Stepper, Study
from cgr_nb.bundle import export_package
from cgr_nb.errors import ConfigError
from cgr_nb.explore.whatif import Unanswered
from cgr_nb.testing import check_arm
from cgr_nb.verify import verify_package

FRUIT = """count = 0
for x in ["apple", "chair", "plum"]:
    fruit = is_fruit(x)
    if fruit:
        count = count + 1
answer = count
"""
ITEM = {"dataset": "d", "question": "How many are fruit?", "options": {"A": "1", "B": "2"}}
TRUE = "{'fruit': True}"


def walked(folder, program, solver, **parameters):
    """A study whose generator writes this program, and whose solver replies by these rules."""
    path = written(
        folder,
        {"chain_of_code": parameters},
        lambda prompt: program if prompt.purpose == "chain_of_code" else "def solve(i, a): return",
        items=[{**ITEM, "gold": "B"}],
        solver=[(f"(?s){pattern}", reply) for pattern, reply in solver],
    )
    return Study.run(path, progress=False)


def asked(study, answer):
    """What the solver was asked by the walk, in order: last turns of its prompts."""
    return [
        study.store.call(entry.call).messages[-1].content
        for entry in answer.trail
        if entry.role == "solver"
    ]


SAYS = [("'x': 'chair'.*is_fruit", "{'fruit': False}"), ("is_fruit", TRUE)]


def test_each_line_that_python_cannot_execute_is_asked_with_the_variables_as_they_are(tmp_path):
    with walked(tmp_path, FRUIT, SAYS) as study:
        answer = answer_of(study, "chain_of_code")
        questions = asked(study, answer)
        [run] = answer.runs
        panel = Stepper(study, run.execution)
    assert (answer.letters, answer.status) == (("B",), "ok")
    assert len(questions) == 3
    for question, (x, count) in zip(
        questions, [("apple", 0), ("chair", 1), ("plum", 1)], strict=True
    ):
        assert f"'x': {x!r}" in question
        assert f"'count': {count}" in question
        assert "line: fruit = is_fruit(x)\nerror: NameError\nchanged:" in question
    assert (answer.facts["emulated"], answer.facts["lines"]) == (3, 14)
    assert [told["reply"] for told in answer.facts["emulations"]] == [
        TRUE,
        "{'fruit': False}",
        TRUE,
    ]
    assert [ask["line"] for ask in panel.run["asks"]] == [3, 3, 3]
    assert (panel.row["arm"], panel.row["run"]) == ("chain_of_code", "program")
    assert panel.run["notes"] == {"3": "emulated, 3 replies"}
    assert all(ask["tokens"] for ask in panel.run["asks"])


def test_all_that_a_reply_changes_is_merged(tmp_path):
    says = [("is_fruit", "{'fruit': True, 'count': -1}")]
    with walked(tmp_path, FRUIT + "answer = answer + 2\n", says) as study:
        answer = answer_of(study, "chain_of_code")
    # Each round sets the count to -1 and adds one.
    assert answer.letters == ("B",)


@pytest.mark.parametrize("reply", ["False", "'False'", "__import__('os')", "fruit is True"])
def test_a_reply_that_is_no_dictionary_of_literals_is_asked_for_once_more_and_ends_the_run(
    tmp_path, reply
):
    with walked(tmp_path, FRUIT, [("", reply)]) as study:
        answer = answer_of(study, "chain_of_code")
    assert (answer.letters, answer.status) == ((), "unparsed")
    assert [entry.key for entry in answer.trail] == ["chain_of_code", "ask/0", "ask/0/again/1"]
    assert [entry.read.status for entry in answer.trail[1:]] == ["unparsed"] * 2
    assert answer.facts["emulated"] == 0


def test_a_reply_that_is_given_when_asked_once_more_counts(tmp_path):
    with walked(tmp_path, FRUIT, [("not what was asked|Say a dict", TRUE), ("", "yes")]) as study:
        answer = answer_of(study, "chain_of_code")
    assert (answer.status, answer.facts["emulated"]) == ("invalid_answer", 3)


def test_the_text_false_is_no_truth(tmp_path):
    says = [("'x': 'chair'", "{'fruit': 'False'}"), ("is_fruit", "{'fruit': 'True'}")]
    with walked(tmp_path, FRUIT, says) as study:
        assert answer_of(study, "chain_of_code").letters == ("B",)


def test_the_value_of_a_condition_is_a_choice_between_true_and_false(tmp_path):
    program = (
        'count = 0\nfor x in ["a", "b"]:\n    if good(x):\n        count += 1\nanswer = count\n'
    )
    with walked(tmp_path, program, [("'x': 'a'", "True"), ("", "False")]) as study:
        answer = answer_of(study, "chain_of_code")
        calls = [study.store.call(entry.call) for entry in answer.trail[1:]]
    assert answer.letters == ("A",)
    assert {call.sampling.choices for call in calls} == {("True", "False")}


def test_the_values_of_a_loop_are_asked_for(tmp_path):
    program = "count = 0\nfor x in things():\n    count += 1\nanswer = count\n"
    with walked(tmp_path, program, [("values:$", "['a', 'b']")]) as study:
        assert answer_of(study, "chain_of_code").letters == ("B",)


def test_the_same_question_with_the_same_variables_is_asked_once(tmp_path):
    program = "a = f()\nfor n in [1, 1]:\n    g()\nb = 1\nfor n in [1]:\n    g()\nanswer = a\n"
    with walked(tmp_path, program, [("a = f", "{'a': 2}"), ("", "{}")]) as study:
        answer = answer_of(study, "chain_of_code")
        questions = asked(study, answer)
    assert answer.letters == ("B",)
    assert len(questions) == 3  # the call of g once more where there is a new variable
    assert answer.facts["emulated"] == 4


@pytest.mark.parametrize(
    ("program", "why"),
    [
        ("answer = __import__('os')", "uses __import__"),
        ("answer = ().__class__", "uses __class__"),
        ("import os\nanswer = 2", "imports os"),
        ("from socket import socket\nanswer = 2", "imports socket"),
        ("from . import x\nanswer = 2", "imports from a package"),
    ],
)
def test_a_program_that_reaches_beyond_what_computes_is_not_run(tmp_path, program, why):
    with walked(tmp_path, program, [("", TRUE)]) as study:
        answer = answer_of(study, "chain_of_code")
    assert (answer.status, answer.runs, len(answer.trail)) == ("unparsed", (), 1)
    assert why in answer.detail


def test_a_missing_name_is_asked_for_and_the_line_is_executed_with_it(tmp_path):
    program = "hours = 2\nanswer = hours * wage - pay(hours)\n"
    says = [("missing: wage", "{'wage': 'x'}"), ("with this value of wage", "{'wage': 1}")]
    program_of_data = "hours = 2\nanswer = hours // wage\n"
    with walked(tmp_path, program_of_data, [says[1], says[0]], names=True) as study:
        answer = answer_of(study, "chain_of_code")
        questions = asked(study, answer)
    assert answer.letters == ("B",)
    assert "TypeError, with this value of wage" in questions[1]
    assert (answer.facts["emulated"], len(questions)) == (0, 2)
    (tmp_path / "b").mkdir()
    with walked(tmp_path / "b", program, [says[1], ("", "{'answer': 2}")], names=True) as study:
        answer = answer_of(study, "chain_of_code")
    # What is called stays the line's own question.
    assert [told["asked"] for told in answer.facts["emulations"]] == ["missing"]


def test_without_names_the_line_itself_is_asked_for(tmp_path):
    program = "hours = 2\nanswer = hours * wage\n"
    with walked(tmp_path, program, [("changed:$", "{'answer': 2}")]) as study:
        assert answer_of(study, "chain_of_code").letters == ("B",)


def test_a_loop_without_end_and_too_many_questions_end_as_in_every_run(tmp_path):
    program = "n = 0\nwhile True:\n    n += 1\n    f(n)\n"
    with walked(tmp_path, program, [("", "{}")]) as study:
        answer = answer_of(study, "chain_of_code")
    assert (answer.status, answer.totals.solver_calls) == ("call_limit", 32)


def test_a_budget_ends_the_walk(tmp_path):
    with walked(tmp_path, FRUIT, SAYS, **{"budget.solver_calls": 2}) as study:
        answer = answer_of(study, "chain_of_code")
    assert (answer.status, answer.letters, answer.totals.solver_calls) == ("budget", (), 2)


def test_its_runs_verify_without_a_model_and_another_reply_can_be_tried(tmp_path):
    with walked(tmp_path, FRUIT, SAYS) as study:
        [run] = answer_of(study, "chain_of_code").runs
        panel = Stepper(study, run.execution)
        assert panel.what_if(call=2, reply="{'fruit': 0}").solver_answer == "A"
        with pytest.raises(Unanswered, match="arm's own prompts"):
            panel.what_if(call=0, reply="{'fruit': False}")
    found = verify_package(export_package(tmp_path, tmp_path / "p.zip"), isolation="limits")
    assert found.problems == ()
    assert found.checked["replayed"] == found.checked["replayed alike"] == 2


def test_the_share_of_emulated_lines_is_a_column_of_the_answers(tmp_path):
    with walked(tmp_path, FRUIT, SAYS) as study:
        frame = study.answers().set_index("arm")
    assert frame["emulated"]["chain_of_code"] == 3 / 14
    assert frame["emulated"].drop("chain_of_code").isna().all()


def test_chain_of_code_holds_what_every_arm_must(tmp_path):
    code = "total = read_sum(item)\nif is_odd(total):\n    total = total - 1\nanswer = str(total)\n"
    script = {
        "solver": [
            ("(?s)What is 2 .*total = ", "{'total': 4}"),
            ("total = ", "Well, {'total': 5}"),
            ("true or false", "True"),
        ],
        "generator": [("leads to the answer", f"```python\n{code}```")],
    }
    done = check_arm("chain_of_code", script, folder=tmp_path / "c", stops=6)
    assert (len(done.answers), done.statuses) == (
        6,
        {"ok": 3, "invalid_answer": 3},
    )


@pytest.mark.model
def test_the_bundled_solver_stands_in_for_a_condition_of_a_written_program(tmp_path):
    pytest.importorskip("llama_cpp")
    program = "count = 1\nif is_odd(7):\n    count = count + 1\nanswer = count\n"
    path = written(
        tmp_path,
        {"chain_of_code": {}},
        lambda prompt: program,
        items=[{**ITEM, "gold": "B"}],
        solver_name="tiny-solver",
    )
    with Study.run(path, progress=False) as study:
        answer = answer_of(study, "chain_of_code")
        call = study.store.call(answer.trail[-1].call)
    assert answer.status == "ok"
    assert call.reply.text in ("True", "False")
    assert answer.letters == (("B",) if call.reply.text == "True" else ("A",))
    assert (answer.facts["emulated"], call.model) == (1, "tiny-solver")


def test_the_program_of_another_item_is_a_control_and_random_replies_are_none(tmp_path):
    with walked(tmp_path, FRUIT, SAYS, control=["foreign"]) as study:
        answer = answer_of(study, "chain_of_code/foreign")
    assert (answer.status, answer.detail) == ("error", "the dataset has no other item")
    with pytest.raises(ConfigError, match="no control 'stub'"):
        walked(tmp_path, FRUIT, SAYS, control=["stub"])
