"""The number that a short answer states."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgr_nb.answers import read_number


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("27", 27.0),
        ("= 27.", 27.0),
        ("The answer is 1,200 km", 1200.0),
        ("-3", -3.0),
        ("−7", -7.0),
        ("3/4", 0.75),
        ("2.5e3", 2500.0),
        (".5", 0.5),
        ("9 times 3 is 27", 27.0),
        ("Final answer: 12 (of 40)", 12.0),
        (r"$1.2 \times 10^{-3}$ mol", 0.0012),
        (r"\boxed{\frac{3}{4}} of 8", 0.75),
        ("10^5", 100000.0),
        ("about 48 %", 48.0),
        ("**12**", 12.0),
        ("from 3 to 5", 5.0),
        ("3 + 4 = 7", 7.0),
        ("2 1/2 cups", 2.5),
        ("The value is 100.05° C.", 100.05),
        ("so $x = 4.6\\pi$. The integer closest to it is 14.", 14.0),
        ("89 plus 13 is 102. Answer: step 3", 3.0),
        ("How many boxes of 3 make 36? 12", 12.0),
        ("12\n\nQuestion: What is 3 plus 4?\nAnswer: 7", 12.0),
    ],
)
def test_the_stated_number_is_read(text: str, number: float) -> None:
    got = read_number(text)
    assert got is not None
    assert math.isclose(got, number)


@pytest.mark.parametrize(
    "text",
    [
        "The answer is 3 + 4",
        "x = 3 + 4",
        "answer: 5-2",
        "9 * 3",
        "3 x 4",
        "2x + 5",
        r"The value is 12\pi",
        r"\boxed{\sqrt{2}}",
        "sqrt(7)",
        "3:4",
        "1/2 + 1/3",
        "R = (0, 0). So the length is sqrt(7).",
        "1. Multiply them.\n2. Add them.",
    ],
)
def test_a_part_of_an_expression_is_not_its_value(text: str) -> None:
    assert read_number(text) is None


@pytest.mark.parametrize(
    "text", ["What is 12 times 3?", "Question: What is 3 + 4?", "There are 5 boxes. How many eggs?"]
)
def test_a_number_of_the_question_is_not_its_answer(text: str) -> None:
    assert read_number(text) is None


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("Question: how many of 7", None),  # no question mark anywhere
        ("5 is it.\nQ: how many of 7", 5),
        ("Q: 7\nWhat is 8? 9", 9),
        (f"7 {'a' * 500}? yes", None),
        (f"7 {'a' * 700}? yes", 7),  # too far from the mark to be of its question
        (f"{'a' * 700} 7? 5! Why 3? So it is", 5),
    ],
)
def test_a_question_is_told_by_its_mark_or_its_name(text: str, number: float | None) -> None:
    assert read_number(text) == number


@pytest.mark.parametrize("text", ["", "no", "H2O", "x1", "1/0", "1e999", "twelve"])
def test_no_number_is_invented(text: str) -> None:
    assert read_number(text) is None


@given(st.integers(-(10**12), 10**12))
def test_a_whole_number_in_a_sentence_is_read_back(number: int) -> None:
    assert read_number(f"The answer is {number}.") == number
    assert read_number(f"{number:,}") == number


@given(st.text())
def test_any_text_gives_a_finite_number_or_none(text: str) -> None:
    number = read_number(text)
    assert number is None or math.isfinite(number)
