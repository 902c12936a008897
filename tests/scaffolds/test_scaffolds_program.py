"""Finding the program in a reply: which text, byte for byte, or none."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cgr_nb.prompts import render
from cgr_nb.records import Item, ModelCard
from cgr_nb.scaffolds import extract_program, make_scaffold, program_id, scaffold_id

PROGRAM = 'GENERATOR_ANSWER = "B"\n\n\ndef solve(item, ask):\n    return ask("2 + 2?")\n'
HELPER = "def helper(x):\n    return x\n"
ITEM = Item("i1", "demo", "default", "What?", {"A": "1", "B": "2"}, ("B",))
CARD = ModelCard("g", ("generator",), "scripted", "f", None, "none", 100, "l", "s", None)


def fenced(program, language="python", fence="```"):
    return f"{fence}{language}\n{program}{fence}\n"


@pytest.mark.parametrize("language", ["python", "Python", "py", "python3", "", "{.python}"])
def test_a_fenced_block_is_taken_without_its_fence(language):
    assert extract_program(fenced(PROGRAM, language)) == PROGRAM


def test_chat_around_a_block_is_left_out():
    reply = f"Sure! Here it is:\n\n{fenced(PROGRAM)}\nThis asks the solver once."
    assert extract_program(reply) == PROGRAM


def test_of_several_blocks_the_last_that_defines_solve_is_taken():
    draft = PROGRAM.replace("2 + 2", "draft")
    reply = fenced(draft) + "Better:\n" + fenced(PROGRAM) + "Helper:\n" + fenced(HELPER)
    assert extract_program(reply) == PROGRAM


def test_without_solve_the_last_python_block_is_taken():
    reply = fenced("x = 1\n") + fenced(HELPER) + fenced("pip install it\n", "bash")
    assert extract_program(reply) == HELPER


def test_a_block_of_another_language_is_no_program():
    assert extract_program(fenced("def f(): 1\n", "ruby")) is None


def test_a_fence_that_is_never_closed_runs_to_the_end():
    cut = PROGRAM[:-10]
    assert extract_program(f"Here:\n```python\n{cut}") == cut


def test_tildes_and_longer_fences_close_only_with_their_own():
    inner = PROGRAM + '"""\n```\n"""\n'
    assert extract_program(fenced(inner, fence="````")) == inner
    assert extract_program(fenced(inner, fence="~~~")) == inner


def test_a_program_without_a_fence_is_found_between_prose():
    reply = f"Here is the program.\n\n{PROGRAM}\nIt asks the solver once."
    found = extract_program(reply)
    assert found.rstrip("\n") == PROGRAM.rstrip("\n")


def test_a_whole_reply_can_be_the_program():
    assert extract_program(PROGRAM) == PROGRAM


@pytest.mark.parametrize("reply", ["", "The answer is B.", "from here on I define nothing", "```"])
def test_a_reply_without_a_program_gives_none(reply):
    assert extract_program(reply) is None


def test_a_draft_in_the_thinking_is_not_the_program():
    reply = f"<think>\n{fenced(HELPER)}</think>\n{fenced(PROGRAM)}"
    assert extract_program(reply) == PROGRAM
    assert extract_program(f"<think>\n{fenced(PROGRAM)}</think>\nI can't.") is None
    assert extract_program(f"<think>\n{fenced(PROGRAM)}") is None


def test_carriage_returns_stay_in_the_program():
    program = PROGRAM.replace("\n", "\r\n")
    assert extract_program(f"```python\r\n{program}```\r\n") == program


LINES = st.text(alphabet=st.characters(exclude_characters="`~\n\r"), max_size=40)


@settings(deadline=None)
@given(body=st.lists(LINES, max_size=8).map(lambda lines: "".join(f"{line}\n" for line in lines)))
def test_no_byte_inside_the_fence_is_changed(body):
    program = PROGRAM + body
    assert extract_program("Hi\n" + fenced(program) + "bye") == program


@settings(deadline=None)
@given(reply=st.text(alphabet="`~\n pythondefsolve():</>#", max_size=200) | st.text())
def test_any_reply_gives_a_part_of_itself_or_none(reply):
    found = extract_program(reply)
    assert found is None or found in reply


@pytest.mark.parametrize(
    "unit", ["```python\n", "x" * 99 + "\n", "def f(:\n", "`" * 50, "<think>", "a = 1\n"]
)
def test_a_megabyte_of_reply_is_read_in_linear_time(unit):
    extract_program("x = 1\ndef solve(item, ask):\n" + unit * (1_000_000 // len(unit)))


def test_a_scaffold_names_item_call_and_program():
    prompt = render("generator", ITEM)
    made = make_scaffold(ITEM, CARD, prompt, fenced(PROGRAM), call_id="c1", seed=7)
    assert (made.source, made.program_id) == (PROGRAM, program_id(PROGRAM))
    assert (made.item_id, made.generator, made.call_id, made.seed) == ("i1", "g", "c1", 7)
    assert made.prompt_hash == prompt.hash
    assert made.id == scaffold_id(ITEM, "c1") != scaffold_id(ITEM, "c2")


@pytest.mark.parametrize("reply", [None, "no program here"])
def test_a_scaffold_without_a_program_has_no_program_id(reply):
    made = make_scaffold(ITEM, CARD, render("generator", ITEM), reply, call_id="c1", seed=7)
    assert (made.source, made.program_id) == (None, None)
