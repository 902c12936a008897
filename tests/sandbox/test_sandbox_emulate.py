"""Programs that are walked: what Python does itself, what it asks, and how such a run ends."""

from __future__ import annotations

import asyncio

import pytest

from cgr_nb.errors import RequestError
from cgr_nb.sandbox import Limits, Sandbox
from cgr_nb.sandbox.modes.questions import due_of
from cgr_nb.sandbox.modes.walked_lines import WalkedLines

ITEM = {
    "question": "How many?",
    "options": {"A": "0", "B": "1", "C": "2", "D": "plum", "E": "True"},
}


def walk(source, replies=(), *, mode="emulate", item=ITEM, trace=False, **limits):
    """Run a program whose questions are answered one after the other."""
    asked = []

    async def ask(request):
        asked.append(request)
        if callable(replies):
            return replies(request)
        return replies[len(asked) - 1]

    async def job():
        async with Sandbox() as box:
            return await box.run(source, item, ask, limits=Limits(**limits), trace=trace, mode=mode)

    return asyncio.run(job()), asked


LOOPS = """
answer = 0
for a, (b, *c) in [(1, (2,)), (3, (4, 5)), (6, (7,))]:
    if a == 1:
        continue
    while True:
        answer += len(c)
        if answer:
            break
        answer += odd(a)
    else:
        answer = 99
    if a == 3:
        break
else:
    answer = 99
"""
ELSES = """
answer = 0
for x in []:
    pass
else:
    answer += 1
while answer < 0:
    pass
else:
    answer += 1
"""
CLEANING = """
answer = 0
for x in [1, 2]:
    try:
        if x == 1:
            continue
        raise KeyError(x)
    except (ValueError, KeyError) as error:
        answer += error.args[0] - 1
    else:
        answer = 99
    finally:
        answer += 0.5
answer = int(answer)
"""
CONTEXT = """
from contextlib import suppress, nullcontext
answer = 0
for x in [1, 2]:
    with suppress(KeyError), nullcontext((1, 2)) as (one, two):
        answer += one
        if x == 2:
            break
        raise KeyError
"""
MATCHED = """
answer = 0
for point in [(0, 1), {"x": 2}, "other"]:
    match point:
        case (0, y) if y > 5:
            answer = 99
        case (0, y):
            answer += y
        case {"x": x}:
            answer += x - 1
            continue
        case _:
            break
"""
DEFINED = """
from dataclasses import dataclass

@dataclass
class Box:
    size: int

def double(x):
    global calls
    calls += 1
    return [n for n in range(9) if n == 2 * x][0]

calls = 0
answer = double(Box(1).size)
del calls
"""


@pytest.mark.parametrize(
    ("source", "letter"),
    [(LOOPS, "B"), (ELSES, "C"), (CLEANING, "C"), (CONTEXT, "C"), (MATCHED, "C"), (DEFINED, "C")],
    ids=["loops", "else", "try", "with", "match", "def"],
)
def test_what_python_can_execute_is_executed_and_nothing_is_asked(source, letter):
    run, asked = walk(source)
    assert (run.status, run.solver_answer, asked) == ("ok", letter, [])
    assert WalkedLines.of(run.detail).emulated == 0


@pytest.mark.parametrize(
    ("source", "line", "due", "reply", "letter"),
    [
        ("n = 1\nn += more(n)  # one more\nanswer = n", "n += more(n)  # one more", "changed", "{'n': 2}", "C"),
        ("a, b = pair()\nanswer = a - b", "a, b = pair()", "changed", "{'a': 3, 'b': 2}", "B"),
        ("answer = [f(x) for x in 'ab']", "answer = [f(x) for x in 'ab']", "changed", "{'answer': 2}", "C"),
        ("x = 1; answer = f(\n  x)", "answer = f(\n  x)", "changed", "{'answer': 'plum'}", "D"),
        ("if odd(3):\n  answer = 1\nelse:\n  answer = 2", "if odd(3):", "true or false", "False", "C"),
        ("if 0:\n  pass\nelif odd(3):\n  answer = 1", "if odd(3):", "true or false", "True", "B"),
        ("answer = 0\nfor x in pair():\n  answer += x", "for x in pair():", "values", "(1, 1)", "C"),
        ("answer = 0\nfor x in (f(n) for n in [1]):\n  answer += x", "for x in (f(n) for n in [1]):", "values", "[2]", "C"),
        ("def f(x):\n  return g(x)\nanswer = f(1)", "answer = f(1)", "changed", "{'answer': 2}", "C"),
        ("import nonsense\nanswer = 2", "import nonsense", "changed", "{}", "C"),
        ("class A(B):\n  x = 1\nanswer = 1", "class A(B):\n  x = 1", "changed", "{}", "B"),
        ("with door() as d:\n  answer = 1", "with door() as d:\n  answer = 1", "changed", "{'answer': 2}", "C"),
        ("match f(1):\n  case _:\n    answer = 1", "match f(1):\n  case _:\n    answer = 1", "changed", "{'answer': 2}", "C"),
        ("assert good(1)\nanswer = 1", "assert good(1)", "changed", "{}", "B"),
        ("del gone\nanswer = 1", "del gone", "changed", "{}", "B"),
        ("try:\n  answer = f(1)\nexcept Exception:\n  answer = 99", "answer = f(1)", "changed", "{'answer': 1}", "B"),
        ("x = {}['a']\nanswer = x", "x = {}['a']", "changed", "{'x': 1}", "B"),
        ("answer = item['options']['Z']", "answer = item['options']['Z']", "changed", "{'answer': 1}", "B"),
    ],
    ids=lambda value: value[:24] if isinstance(value, str) else None,
)  # fmt: skip
def test_what_raises_is_asked_for_in_its_own_words(source, line, due, reply, letter):
    run, [asked] = walk(source, [reply])
    assert f"\nline: {line}\nerror: " in asked.prompt
    assert due_of(asked.prompt) == due
    assert asked.choices == (("True", "False") if due == "true or false" else ())
    assert (run.status, run.solver_answer) == ("ok", letter)
    assert WalkedLines.of(run.detail).emulated == 1


@pytest.mark.parametrize(
    ("source", "status", "words"),
    [
        ("try:\n  x = {}['a']\nexcept KeyError:\n  answer = 1", "ok", ""),
        ("try:\n  x = f(1)\nexcept NameError:\n  answer = 1", "ok", ""),
        ("try:\n  x = 1 / 0\nexcept:\n  answer = 1", "ok", ""),
        ("x = 1\nraise ValueError('bad')", "exception", "ValueError: bad at line 2"),
        ("try:\n  1 / 0\nexcept ArithmeticError:\n  raise", "exception", "ZeroDivisionError"),
        ("assert False, 'no'", "exception", "AssertionError: no at line 1"),
        ("x = 1\nraise SystemExit", "killed", "left by SystemExit before its end at line 2"),
        ("x = 5", "no_answer", "the program set no answer"),
        ("answer = 54", "invalid_answer", "answer is 54, which is not an option letter"),
        ("return 1", "syntax_error", "outside function"),
        ("x = (", "syntax_error", "never closed"),
        ("x = 'a' * 10 ** 10", "memory_limit", "MB"),
        ("print('x' * 30_000)", "output_limit", "printed more"),
    ],
)
def test_what_is_the_programs_own_matter_is_not_asked_about(source, status, words):
    run, asked = walk(source)
    assert (run.status, asked) == (status, [])
    assert words in run.detail


def test_endless_programs_end_at_the_limits_of_every_run():
    run, _ = walk("while True:\n  pass", cpu_s=1, wall_s=60)
    assert run.status == "cpu_limit"
    run, asked = walk("n = 0\nwhile True:\n  n += 1\n  f(n)", lambda request: "{}", calls=3)
    assert (run.status, len(asked)) == ("call_limit", 3)
    run, asked = walk("while more():\n  pass", lambda request: "True", cpu_s=1, wall_s=60)
    assert (run.status, len(asked)) == ("cpu_limit", 1)  # the same question is asked once


@pytest.mark.parametrize(
    "reply", ["", "yes", "{'__builtins__': {}}", "{'x': open}", "[1]", "{'a': " + "[" * 999, "\0"]
)
@pytest.mark.parametrize("source", ["x = f(1)", "for x in f(1):\n  pass", "if f(1):\n  pass"])
def test_a_reply_that_is_not_what_is_due_ends_the_run_and_no_handler_takes_it(source, reply):
    held = "try:\n  " + source.replace("\n", "\n  ") + "\nexcept BaseException:\n  answer = 1"
    if source.startswith("for") and reply == "[1]":
        return
    run, [_] = walk(held, [reply])
    assert run.status == "exception"
    assert "the reply about this line" in run.detail


def test_a_question_that_cannot_be_served_ends_the_run():
    def refuse(request):
        raise RequestError("too long")

    run, _ = walk("try:\n  x = f(1)\nexcept Exception:\n  answer = 1", refuse)
    assert (run.status, run.line) == ("exception", 2)
    assert "could not be asked" in run.detail


def test_the_state_is_plain_bounded_and_the_programs_own():
    source = """
import math
class Shop: pass
def helper(): pass
shop, deep, long, many = Shop(), [[[[[[[[[1]]]]]]]]], "x" * 3_000, {"a": {1, 2}}
best, own = float("-inf"), []
own.append(own)
_hidden, item2 = None, (1,)
answer = f(shop)
"""
    _, [asked] = walk(source, ["{'answer': 1}"])
    state, unshown, *_ = asked.prompt.split("\n")
    assert state == (
        "state: {'many': {'a': {1, 2}}, 'best': -1e999, '_hidden': None, 'item2': (1,)}"
    )
    assert unshown == "not shown: shop (Shop), deep (list), long (str), own (list)"
    source = "".join(f"v{n} = 'x' * 1_000\n" for n in range(50)) + "f(item)\n"
    _, [asked] = walk(source, ["{}"])
    assert len(asked.prompt) < 8_000
    assert "and 2" in asked.prompt


def test_what_a_program_finds_is_shown_where_the_line_names_it():
    _, asked = walk("a = f(1)\nb = g(item)\nanswer = 1", ["{'a': 1}", "{'b': 1}"])
    assert ["'item': {'question': 'How many?'" in one.prompt for one in asked] == [False, True]


def test_a_missing_name_is_asked_for_and_the_line_runs_with_it():
    source = "hours = 2\nanswer = hours // wage - int(len(bonus))\n"
    replies = ["{'wage': 'x'}", "{'wage': 1}", "{'bonus': ''}"]
    run, asked = walk(source, replies, mode="emulate_names")
    assert (run.solver_answer, WalkedLines.of(run.detail).emulated) == ("C", 0)
    assert [one.prompt.rsplit("\n", 2)[1:] for one in asked] == [
        ["error: NameError, wage is missing", "missing: wage"],
        ["error: TypeError, with this value of wage", "missing: wage"],
        ["error: NameError, bonus is missing", "missing: bonus"],
    ]
    run, asked = walk("answer = wage(2)", ["{'answer': 1}"], mode="emulate_names")
    assert due_of(asked[0].prompt) == "changed"
    run, _ = walk("answer = wage", ["{'other': 1}"], mode="emulate_names")
    assert run.status == "exception"


def test_a_line_that_no_value_gets_to_run_is_asked_for_as_a_whole():
    replies = ["{'a': 1}", "{'a': 2}", "{'a': 3}", "{'answer': 1}"]
    run, asked = walk("answer = a.size", replies, mode="emulate_names")
    assert run.solver_answer == "B"
    assert [due_of(one.prompt) for one in asked] == ["missing"] * 3 + ["changed"]


@pytest.mark.parametrize(
    ("value", "letters"),
    [("[1, 'plum']", "BD"), ("{'B', 2}", "BC"), ("'DB'", "BD"), ("[]", None), ("[1, 54]", None)],
)
def test_the_answer_to_an_item_of_several_letters_is_a_list_of_values(value, letters):
    run, _ = walk(f"answer = {value}", item={**ITEM, "multi": True})
    assert run.solver_answer == letters


def test_a_truth_value_answers_where_an_option_says_so_and_never_as_a_number():
    assert walk("answer = 1 == 1")[0].solver_answer == "E"
    assert walk("answer = 1 == 2")[0].status == "invalid_answer"


def test_the_steps_are_those_of_one_module_and_name_the_call():
    source = "def half(x):\n    return x / 2\nx = half(4)\ny = guess(x)\nanswer = y\n"
    run, _ = walk(source, ["{'y': 1}"], trace=True)
    steps = [(step.event, step.line, step.frame) for step in run.trace.steps]
    assert steps == [
        *[("call", 1, 1), ("line", 1, 1), ("line", 3, 1)],
        *[("call", 1, 2), ("line", 2, 2), ("return", 2, 2)],
        *[("line", 4, 1), ("ask", 4, 1), ("line", 5, 1), ("return", 5, 1)],
    ]
    assert run.trace.steps[3].parent == 1
    assert run.trace.at(8).variables["y"] == "1"
    run, _ = walk("x = 1\nraise ValueError", trace=True)
    assert [step.event for step in run.trace.steps[-2:]] == ["raise", "unwind"]


def test_programs_that_attack_the_walk_get_no_further_than_any_other():
    hostile = """
import sys
frame = sys._getframe(0)
while frame is not None:
    frame.f_globals.clear()
    frame = frame.f_back
answer = 1
"""
    run, asked = walk(hostile, lambda request: "{}")
    assert run.status in ("exception", "killed", "no_answer")
    forged = """
import os, json
body = json.dumps({"type": "end", "kind": "returned", "value": "B", "walked": [9, 2]}).encode()
os.write(3, len(body).to_bytes(4, "big") + body)
"""
    run, _ = walk(forged)
    assert (run.status, run.solver_answer) == ("killed", None)
    assert "more lines emulated than there are" in run.detail
    run, asked = walk("open('/etc/passwd')\nanswer = 1", ["{}"])
    assert "error: PermissionError" in asked[0].prompt


def test_no_context_takes_the_end_of_a_walk_for_an_error_of_the_program():
    source = """
class Taking:
    def __enter__(self):
        return self
    def __exit__(self, *error):
        return True
with Taking():
    x = odd(1)
answer = 'A'
"""
    run, _ = walk(source, ["no literal"])
    assert (run.status, run.line) == ("exception", 8)
    assert "can't be read" in run.detail


def test_hundreds_of_elifs_are_walked_one_after_the_other():
    tests = "".join(f"elif x == {number}:\n    answer = 1\n" for number in range(600))
    run, _ = walk(f"x = -1\nif odd(x):\n    pass\n{tests}else:\n    answer = 2", ["False"])
    assert (run.solver_answer, run.detail) == ("C", "emulated 1 of 603 lines")


def test_annotations_are_not_evaluated_where_the_program_says_so():
    source = "from __future__ import annotations\ndef f(x: Later): return x\nanswer: Letter = f(1)"
    assert walk(source)[0].detail == "emulated 0 of 3 lines"


def test_variables_that_no_line_can_name_do_not_stop_the_steps():
    run, _ = walk("globals()[7] = 1\nx = 1\ndel x\nanswer = 1", trace=True)
    assert run.solver_answer == "B"
    assert [step.changed.get("x", "") for step in run.trace.steps] == ["", "", "", "1", None, ""]
