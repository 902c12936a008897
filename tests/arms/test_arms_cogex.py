"""A program with undefined parts, emulated whole by the solver: what it is shown, and what of its
reply counts."""

from __future__ import annotations

import pytest
from voting_study import answer_of, written

from cgr_nb import Study
from cgr_nb.arms.simulate.emulation import letters_of, with_call
from cgr_nb.testing import check_arm

PROGRAM = """def answer(number, options):
    half = half_of(number)
    option = option_that_says(half, options)
    return {"half": half, "answer": option}"""
CALL = 'answer(number=4, options=["2", "x", "y"])'
REPLY = f'So:\n```python\n{PROGRAM}\n\nprint({CALL}["answer"])\n```'


def emulated(folder, reply, program=REPLY):
    path = written(
        folder,
        {"cogex": {}},
        ["def solve(item, ask): return None"],
        follow_ups=[("Write a function", program)],
        solver=[("Give the dictionary", reply)],
    )
    return Study.run(path, progress=False)


def test_the_solver_is_shown_program_and_call_and_gives_all_values_at_once(tmp_path):
    with emulated(tmp_path, '{"half": 2, "answer": "2"}') as study:
        answer = answer_of(study, "cogex")
        [asked] = [
            study.store.call(entry.call).messages[-1].content
            for entry in answer.trail
            if entry.role == "solver"
        ]
    assert asked == f"{PROGRAM}\n{CALL}\nGive the dictionary of 'half', 'answer'."
    assert (answer.letters, answer.status, answer.runs) == (("A",), "answered", ())
    assert (answer.totals.solver_calls, answer.totals.generator_calls) == (1, 1)
    assert answer.facts == {"values": 1, "names": 1}
    span = answer.trail[1].read.span
    assert '{"half": 2, "answer": "2"}'[slice(*span)] == '"answer": "2"'


@pytest.mark.parametrize(
    ("reply", "letters", "status"),
    [
        ('{"half": 2.0, "answer": 2.0}', ("A",), "answered"),
        ('{"answer": "C) y"}', ("C",), "answered"),
        ('{"half": 2}', (), "none"),
        ('{"answer": "seven"}', (), "none"),
        ('{"answer": ["A"]}', (), "none"),
        ("The answer is A.", (), "unparsed"),
        ('{"answer": __import__("os").getcwd()}', (), "unparsed"),
        ('{"answer": chr(65)}', (), "unparsed"),
    ],
)
def test_only_a_dictionary_of_literals_counts(tmp_path, reply, letters, status):
    with emulated(tmp_path, reply) as study:
        answer = answer_of(study, "cogex")
    assert (answer.letters, answer.status) == (letters, status)


@pytest.mark.parametrize(
    "program",
    ["I would not.", f"```python\n{PROGRAM}\n```", f"```python\n{PROGRAM}\nanswer(number=\n```"],
    ids=["no program", "no call", "no Python"],
)
def test_without_a_function_and_its_call_there_is_no_program(tmp_path, program):
    with emulated(tmp_path, '{"answer": "2"}', program) as study:
        answer = answer_of(study, "cogex")
    assert (answer.letters, answer.status, len(answer.trail)) == ((), "no_program", 1)


@pytest.mark.parametrize(
    ("end", "call"),
    [
        ("result = answer(1)\nprint(result)", "answer(1)"),
        ('if __name__ == "__main__":\n    print(answer(helper(1)))', "answer(helper(1))"),
        ("```\nand then\n```python\nanswer(1)", "answer(1)"),
        ("answer(1)\nanswer(2)", "answer(2)"),
    ],
    ids=["assigned", "guarded", "in a block of its own", "the last"],
)
def test_the_call_is_found_wherever_it_stands_at_the_end(end, call):
    functions = "def helper(x):\n    pass\n\ndef answer(x):\n    return {}"
    found = with_call(f"```python\n{functions}\n{end}\n```")
    assert found is not None
    assert (found.call, found.names) == (call, ("answer",))
    assert found.program.startswith(functions)


def test_an_item_that_asks_for_several_takes_a_list_of_its_options():
    options = {"A": "7", "B": "12", "C": "seven"}
    assert letters_of(["seven", 7], options, multi=True) == ("A", "C")
    assert letters_of({"12"}, options, multi=True) == ("B",)
    assert letters_of(["seven", "eight"], options, multi=True) == ()
    assert letters_of(["7"], options, multi=False) == ()


def test_cogex_holds_what_every_arm_must(tmp_path):
    script = {
        "generator": [("(?s)What is 4 .*for this|What is 4", "No."), ("with its call", REPLY)],
        "solver": [("Returns a dictionary", '{"half": 1, "answer": "B"}')],
    }
    done = check_arm("cogex", script, folder=tmp_path / "c", stops=3)
    assert done.statuses == {"answered": 5, "no_program": 1}
