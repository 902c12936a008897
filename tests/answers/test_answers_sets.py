"""Answers of several options, options judged one by one, and cues of few words."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from cgr_nb.answers import extract

BARE = dict.fromkeys("ABCD", "")
FOUR = {"A": "one", "B": "two", "C": "three", "D": "four"}
BOTH = {"A": "x only", "B": "y only", "C": "Both A and B", "D": "neither"}
SETS = tomllib.loads(Path(__file__).with_name("sets_kept_back.toml").read_text(encoding="utf-8"))[
    "reply"
]


def word(reply: str, options: dict[str, str], *, multi: bool = False) -> str:
    """Letters, or the status where there is no answer."""
    found = extract(reply, options, multi=multi)
    return "".join(found.letters) if found.status == "answered" else found.status


@pytest.mark.parametrize("row", SETS, ids=range(len(SETS)))
def test_a_set_is_read_whole_or_left_open(row: dict[str, str]) -> None:
    assert word(row["text"], BARE, multi=True) in {row["stated"], "ambiguous"}


def test_few_sets_are_left_open() -> None:
    left = [row for row in SETS if word(row["text"], BARE, multi=True) != row["stated"]]
    assert len(left) <= 1


def test_the_cases_of_the_shared_file_are_read(shared_data: Path) -> None:
    file = shared_data.parent / "cases-data" / "extract_cases.json"
    if not file.is_file():
        pytest.skip("../shared/cases-data/extract_cases.json is absent")
    for case in json.loads(file.read_text(encoding="utf-8")):
        got = word(case["reply"], BARE, multi=case["multi"])
        assert got in case["expected"].split(" or "), case["reply"]


@pytest.mark.parametrize(
    ("reply", "letters"),
    [
        (r"\boxed{\text{(A)},\text{(B)},\text{(C)}}", "ABC"),
        (r"are $\boxed{\text{(B) first} \text{ and } \text{(C) second}}$.", "BC"),
        (r"Final answer: \boxed{A} and \boxed{C}", "AC"),
        (r"so $\boxed{A}$ is false, $\boxed{B}$ is true and $\boxed{C}$ is true.", "BC"),
        ("The correct options are:\n\n(A) one\n\n(B) two", "AB"),
        ("The correct answers are:\n- A\n- C", "AC"),
        ("Answer: (B)(C)", "BC"),
        ('["A", "C"]', "AC"),
        ("So, the statements (B) and (D) are always true.", "BD"),
        ("Thus, the functions [A] and [B] have a zero in the interval.", "AB"),
        ("The process involves:\n(B) heating it\n(C) cooling it", "BC"),
        ("P: 35\nQ: 17\n\nThe correct options are (A), (B), and (D).", "ABD"),
        ("The correct statements are:\n(A) False, as x.\n(B) True, as y.\n(C) True.", "BC"),
        ("(A) x is 3. So this is FALSE.\n(B) y is 4. So this is TRUE.\n(C) z. This is true.", "BC"),
        ("All options except (C) are correct.", "ABD"),
        ("Therefore, the FALSE statements are (A) and (B).", "AB"),
        ("Options (A) and (B) are incorrect, so the correct options are (C) and (D).", "CD"),
    ],
)
def test_sets_are_read_in_the_forms_that_people_write(reply: str, letters: str) -> None:
    assert word(reply, BARE, multi=True) == letters


@pytest.mark.parametrize("multi", [False, True])
@pytest.mark.parametrize(
    "reply",
    [
        "The answer is (A) text or (B) text.",
        "B or C",
        "The correct options are (B) and/or (C).",
        r"\boxed{\text{A or C}}",
        "We can conclude that either (A) f falls or (B) f rises.",
    ],
)
def test_alternatives_are_ambiguous_in_both_modes(reply: str, multi: bool) -> None:
    assert word(reply, BARE, multi=multi) == "ambiguous"


def test_a_set_that_is_cut_is_not_returned_in_part() -> None:
    assert word("Final answer: A, C, D(i)", BARE, multi=True) == "ambiguous"


def test_false_ones_do_not_turn_into_the_other_ones() -> None:
    reply = "(B) is true. (C) is true. Hence the false statements are (A) and (D)."
    assert word(reply, BARE, multi=True) in {"AD", "ambiguous"}


@pytest.mark.parametrize(
    "reply", [r"The speed is proportional to $\boxed{R}$.", "P: 35\nQ: 17", "We get K = 3."]
)
def test_a_letter_that_names_a_quantity_is_no_answer(reply: str) -> None:
    assert word(reply, BARE) == "none"


@pytest.mark.parametrize(
    ("reply", "options", "letter"),
    [
        ("The answer is C)21.", {"A": "12", "B": "15", "C": "21"}, "C"),
        ("(C)three", FOUR, "C"),
        ("C.three", FOUR, "C"),
        ("**Final answer: (C)three**", FOUR, "C"),
        ("The answer is P(A)b.", FOUR, "none"),
        ("The answer is Both A and B.", BOTH, "C"),
        (r"\boxed{Both A and B}", BOTH, "C"),
        ("(A) B", {"A": "B", "B": "A", "C": "D", "D": "C"}, "A"),
        ("A. B", {"A": "B", "B": "A", "C": "D", "D": "C"}, "A"),
        ("A) 50 m\nB) 75 m\nC)", {"A": "50 m", "B": "75 m", "C": "9 m", "D": "1 m"}, "none"),
        ("A) False\nB) False\nC) False\nD) True", BARE, "D"),
        ("(A) True", {"A": "True", "B": "False"}, "A"),
    ],
)
def test_labels_and_the_texts_of_options_are_told_apart(
    reply: str, options: dict[str, str], letter: str
) -> None:
    assert word(reply, options) == letter


@pytest.mark.parametrize(
    "reply",
    [
        "Correct: C",
        "**Correct:** C",
        "My choice is C.",
        "Solution: C",
        "Selected: C",
        "Correct choice = C",
        "Answer: <C>",
        "The answer is <<C>>.",
        "The correct choice is c.",
        "👉 **C**",
        "Probably C.",
        "Ans. C",
        "The answer, then, is C.",
        "It could be A or C, but I lean towards C.",
        "What is the answer? C",
        "The gas is option (C), the noble one.",
    ],
)
def test_short_cues_and_brackets_are_read(reply: str) -> None:
    assert word(reply, BARE) == "C"


@pytest.mark.parametrize(
    "reply",
    [
        "❌ C",
        "Is the answer B?",
        "Which of (A), (B), (C), (D) is right depends on q.",
        "Options (A) and (C) deal with heat, options (B) and (D) with work.",
        "From (A) and (B) we get x = 3.",
        "Assume (A) and (C) are correct.",
        "None of (A) or (B) is it.",
    ],
)
@pytest.mark.parametrize("multi", [False, True])
def test_talk_about_options_is_no_answer(reply: str, multi: bool) -> None:
    assert word(reply, BARE, multi=multi) in {"none", "ambiguous"}


@pytest.mark.parametrize(
    ("reply", "letter"),
    [
        ("Let me restate it.\nQuestion: Which is largest?\nAnswer: D", "D"),
        ("Step 1: read.\nProblem: find the largest.\nSo the answer is D.", "D"),
        ("B\n\nQuestion: What is 2+2?\nAnswer: C", "B"),
        ("So.\nQuestion: a?\nAnswer: B\n\nQuestion: b?\nAnswer: C", "B"),
    ],
)
def test_a_question_inside_a_reply_ends_it_only_after_an_answer(reply: str, letter: str) -> None:
    assert word(reply, BARE) == letter


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("[THINK]At first the answer is A.[/THINK]B", "B"),
        ("<|channel|>analysis<|message|>A?<|end|><|channel|>final<|message|>B", "B"),
        ("<|channel|>analysis<|message|>Could be A.<|end|>The answer is B.", "B"),
        ("analysisThe answer is A, maybe.assistantfinalB", "B"),
        ("<|channel|>analysis<|message|>The final answer is A. Let me", "none"),
        ("[THINK]The answer is A. But let me", "none"),
    ],
)
def test_thoughts_between_marks_of_other_families_are_not_read(reply: str, expected: str) -> None:
    assert word(reply, BARE) == expected


def test_words_that_no_option_has_are_not_guessed_from_a_list_of_none() -> None:
    assert word("The correct options are none of these.", BARE, multi=True) == "none"
