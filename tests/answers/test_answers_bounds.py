"""Reading takes bounded work, whatever the reply."""

from __future__ import annotations

import importlib
import pkgutil
import re
import sys
from types import FrameType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import cgr_nb.answers
from cgr_nb.answers import extract, read_number
from cgr_nb.answers.lazy_pattern import LazyPattern
from cgr_nb.answers.view import HEAD, TAIL, view

OPTIONS = {"A": "E. coli", "B": "one text", "C": "three", "D": "four"}
HOSTILE = (
    "A", "(A) ", "A, ", "A and ", "the answer is ", "The answer is (A). No, ", "answer: ", "\\boxed{",
    "Option A is ", "A is correct. ", "correct option ", "* ", "**", "_a_ ", " ", "\n", "\nQuestion: ",
    "<think>", "</think>", "<|", "so A ", "(option A) ", "((((", "1,", "\\frac{1}{", "A. x\nB. y\n",
    "E. coli ", "=", '"answer": ', "la respuesta es ", "答案是A", "は", "①", "(Б) ", "\\text{", "?", "3 ",
    "1 + ", "is 1 ", "(A) this is true.\n", "✓ A\n", "not ", "either ", "\u0301", "<|channel|>analysis",
    "So one text. ", "only E. coli and ", "the three are ", "A ✓ | ", "[\"A\", ", "All of the ", "A B ",
)  # fmt: skip


def steps(reply: str) -> int:
    """Calls of Python and C functions while a reply is read: work that no clock is needed for."""
    count = 0

    def profile(frame: FrameType, event: str, argument: Any) -> None:
        nonlocal count
        count += event in {"call", "c_call"}

    before = sys.getprofile()
    sys.setprofile(profile)
    try:
        extract(reply, OPTIONS, multi=True)
        read_number(reply)
    finally:
        sys.setprofile(before)
    return count


def patterns() -> list[tuple[str, re.Pattern[str] | LazyPattern]]:
    """Every pattern of the room, by module and name."""
    found = []
    for each in pkgutil.iter_modules(cgr_nb.answers.__path__):
        module = importlib.import_module(f"cgr_nb.answers.{each.name}")
        for name, value in vars(module).items():
            if isinstance(value, re.Pattern | LazyPattern):
                found.append((f"{each.name}.{name}", value))
    return found


@pytest.mark.parametrize("unit", HOSTILE)
def test_steps_grow_no_faster_than_the_reply(unit: str) -> None:
    few, many = (steps(unit * (size // len(unit))) for size in (1_000, 8_000))
    assert many <= 12 * few + 2_000


@settings(max_examples=30, deadline=None)
@given(st.lists(st.sampled_from(HOSTILE), min_size=2, max_size=5).map("".join))
def test_steps_grow_no_faster_than_a_mixture(unit: str) -> None:
    few, many = (steps(unit * (size // len(unit) + 1)) for size in (1_000, 8_000))
    assert many <= 12 * few + 2_000


@pytest.mark.parametrize("unit", ["A is correct. ", "la respuesta es A o ", "x "])
def test_beyond_the_cap_a_longer_reply_takes_no_more_steps(unit: str) -> None:
    long, longer = (
        steps(unit * (size // len(unit))) for size in (HEAD + TAIL + 1_000, 3 * (HEAD + TAIL))
    )
    assert longer <= 1.1 * long


def test_repeats_of_patterns_are_bounded() -> None:
    found = patterns()
    assert len(found) > 500
    for name, pattern in found:
        plain = re.sub(r"\\.", "x", pattern.pattern)
        plain = re.sub(r"\[\^?\]?[^\]]*\]", "x", plain)
        # One run of one kind of character, with nothing after it, can't go wrong.
        plain = re.sub(r"\Ax\+\Z", "", plain)
        assert not re.search(r"[*+]|\{\d+,\}", plain), name


def test_what_is_left_out_of_a_long_reply_is_told() -> None:
    reply = "The answer is (A). " + "x " * (HEAD + TAIL) + "Correction: the answer is (B)."
    seen = view(reply)
    assert seen.dropped == (HEAD, len(reply) - TAIL)
    assert extract(reply, OPTIONS).letter == "B"
    assert view("B").dropped is None


def test_the_place_of_an_answer_is_told_beyond_what_was_left_out() -> None:
    reply = "so:   " * (HEAD + TAIL) + "\n\nThe answer is **(B)**."
    found = extract(reply, OPTIONS)
    assert found.span is not None
    assert "(B" in reply[slice(*found.span)]
