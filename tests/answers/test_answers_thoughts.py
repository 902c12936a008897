from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgr_nb.answers import extract, extract_reply, read_letter
from cgr_nb.records import Reply
from cgr_nb.thoughts import FAMILIES, closing_mark, opened_thought, split_thoughts

FOUR = {"A": "one", "B": "two", "C": "three", "D": "four"}
DOUBT = "At first sight the answer is A. "


def said(reply: str, opened: str = "") -> Reply:
    thoughts, text = split_thoughts(reply, opened)
    return Reply(text, "stop", "p", 1, 1, 0.1, thoughts=thoughts)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.opens)
def test_every_family_s_thought_is_apart_from_its_answer(family):
    reply = f"{family.opens}\n{DOUBT}{family.closes}\n\nB"
    assert split_thoughts(reply) == (reply[: -len("\n\nB")], "\n\nB")
    assert read_letter(reply, FOUR) == "B"
    # The prompt may end with the opening mark: the reply then holds the closing one alone.
    opened = said(f"{DOUBT}{family.closes}B", family.opens)
    assert (opened.text, extract_reply(opened, FOUR).letter) == ("B", "B")


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.opens)
def test_a_thought_that_is_cut_gives_no_letter(family):
    for reply, opened in ((family.opens + DOUBT, ""), (f"{DOUBT}Final answer: A", family.opens)):
        cut = said(reply, opened)
        assert (cut.thoughts, cut.text) == (reply, "")
        found = extract_reply(cut, FOUR)
        assert (found.status, found.letter, found.rule) == ("none", None, "cut_thought")


HARMONY = "<|channel|>{}<|message|>{}"
ANALYSIS = HARMONY.format("analysis", DOUBT)
TURN = "<|end|><|start|>assistant"


@pytest.mark.parametrize(
    ("reply", "opened", "answer"),
    [
        (ANALYSIS + TURN + HARMONY.format("final", "B"), "", "B"),
        (
            ANALYSIS
            + TURN
            + HARMONY.format("commentary", "I look it up.")
            + TURN
            + HARMONY.format("final", "The answer is B."),
            "",
            "The answer is B.",
        ),
        (
            ANALYSIS + TURN + '<|channel|>final <|constrain|>json<|message|>{"answer": "B"}',
            "",
            '{"answer": "B"}',
        ),
        (DOUBT + TURN + HARMONY.format("final", "B"), HARMONY.format("analysis", ""), "B"),
        (HARMONY.format("final", "B"), "", "B"),
        (f"analysis{DOUBT}assistantfinalB", "", "B"),
        (ANALYSIS, "", ""),
        (f"{DOUBT}Final answer: A", HARMONY.format("analysis", ""), ""),
    ],
)
def test_of_channels_the_final_one_is_the_answer(reply, opened, answer):
    reply = said(reply, opened)
    assert reply.text == answer
    assert extract_reply(reply, FOUR).letter == ("B" if answer else None)


@pytest.mark.parametrize(
    ("reply", "letter"),
    [
        ("The answer is B. (I used no <think> tags.)", "B"),
        ('The answer is C. A thought ends with "</think>", as always.', "C"),
        ("The answer is D. It writes `</think>` when it is done.", "D"),
        ("The answer is B. <think>Or is it A", "B"),
    ],
)
def test_a_mark_behind_the_answer_takes_nothing_from_it(reply, letter):
    assert said(reply) == said(reply, "")
    assert said(reply).text == reply
    assert read_letter(reply, FOUR) == letter


@pytest.mark.parametrize(
    "program",
    [
        'def solve(item, ask):\n    return ask("x").split("</think>")[-1]\n',
        'def solve(item, ask):\n    return re.sub(r"<think>.*?</think>", "", ask("x"))\n',
    ],
)
@pytest.mark.parametrize("frame", ["{}", "```python\n{}```\n", "Here:\n\n~~~\n{}~~~\nThat is it."])
@pytest.mark.parametrize("thought", ["", "<think>\n```python\ndraft\n```\n</think>\n"])
def test_a_program_that_deals_with_marks_is_whole(program, frame, thought):
    answer = frame.format(program)
    thoughts, rest = split_thoughts(thought + answer)
    assert thoughts + rest == thought + answer
    assert rest.lstrip() == answer


def test_a_thought_may_begin_and_end_with_a_quotation():
    reply = '<think>"Which barks?" asks for a sound. "A"</think>"B"'
    assert split_thoughts(reply)[1] == '"B"'
    assert split_thoughts(reply.removeprefix("<think>"), "<think>")[1] == '"B"'


def test_a_draft_that_is_cut_in_a_thought_does_not_hide_its_end():
    reply = "<think>\n```python\ndraft\n</think>\nB"
    assert split_thoughts(reply)[1] == "\nB"
    assert split_thoughts(reply.removeprefix("<think>"), "<think>")[1] == "\nB"


def test_a_thought_that_goes_on_after_its_closing_mark_ends_with_the_last_one():
    reply = f"<think>{DOUBT}</think>\nWait. {DOUBT}</think>\nB"
    assert split_thoughts(reply)[1] == "\nB"
    assert split_thoughts(f"<think>{DOUBT}</think><think>{DOUBT}</think>B")[1] == "B"


@pytest.mark.parametrize(
    "answer",
    [
        "The answer is <|begin_of_box|>B<|end_of_box|>.",
        "<|begin_of_solution|>\n\nIt is two. The answer is B.\n\n<|end_of_solution|>",
        "<|START_RESPONSE|>The answer is B.<|END_RESPONSE|>",
        "<response>\nB\n</response>",
        "<output>\nThe answer is B.\n</output>",
    ],
)
def test_marks_around_the_answer_itself_say_nothing(answer):
    assert read_letter(answer, FOUR) == "B"
    assert read_letter(f"<think>{DOUBT}</think>\n{answer}", FOUR) == "B"


def test_a_bare_text_is_read_as_before_whoever_opened_a_thought():
    assert extract(f"{DOUBT}Final answer: A", FOUR).letter == "A"
    assert extract("<think>hm. Final answer: A", FOUR).letter == "A"


@pytest.mark.parametrize(
    ("tail", "mark"),
    [
        ("<|im_start|>assistant\n", ""),
        ("<|im_start|>assistant\n<think>\n", "<think>"),
        ("<|im_start|>assistant\n<think>\nAt first sight", "<think>"),
        ("<|im_start|>assistant\n<think>\n\n</think>\n\n", ""),
        ("<|turn>model\n<|channel>thought\n<channel|>", ""),
        ("<|turn>model\n<|channel>thought\n", "<|channel>thought"),
        ("[/INST][THINK]", "[THINK]"),
        ("<|start|>assistant", ""),
        ("<|start|>assistant<|channel|>analysis<|message|>", "<|channel|>analysis<|message|>"),
        ("<|start|>assistant<|channel|>final<|message|>", ""),
    ],
)
def test_a_prompt_s_end_says_whether_it_opens_a_thought(tail, mark):
    assert opened_thought(tail) == mark


@pytest.mark.parametrize(
    "opened", [family.opens for family in FAMILIES] + [HARMONY.format("analysis", "")]
)
def test_the_closing_mark_closes_what_was_opened(opened):
    assert split_thoughts(f"{DOUBT}{closing_mark(opened)}B", opened)[1] == "B"


MARKS = [mark for family in FAMILIES for mark in (family.opens, family.closes)]
PIECES = [*MARKS, "<|channel|>", "analysis", "final", "<|message|>", "<|end|>", "assistantfinal"]
PIECES += ["B", " ", "\n", '"', "The answer is A. "]


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join), st.sampled_from(["", *MARKS]))
def test_thoughts_and_answer_together_are_the_reply(reply, opened):
    assert "".join(split_thoughts(reply, opened)) == reply
