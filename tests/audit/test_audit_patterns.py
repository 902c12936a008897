"""Texts made for a program's regular expressions, and reports read strictly."""

from __future__ import annotations

import json
import re
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cgr_nb.audit.probes.listening import calls_heard, read_report, written_down
from cgr_nb.audit.probes.patterns import parse_pattern
from cgr_nb.records import Ask

PATTERNS = [
    (r"(\d{1,3}(?:\.\d+)?)\s*(?:%)", "80", "80%"),
    (r"<answer>\s*(.*?)\s*</answer>", "C", "<answer>C</answer>"),
    (r"([A-D])\s*>", "B", "B>"),
    (r"(?i)answer is ([a-d])\b", "C", "answer is C"),
    (r"\d+", "7", "7"),
    (r"\b(yes|no)\b", "no", "no"),
    (r"\{.*?\}", "{x}", "{x}"),
]
HOSTILE = [
    "(a+)+$",
    "(a|a)*b",
    "(.*)*c",
    "(?:a{0,500}){0,500}",
    "((((((a?)*)*)*)*)*)*b",
    "a{99999}",
    "(?:" * 6 + "a" + "{99})" * 6,
]


@pytest.mark.parametrize(("pattern", "value", "text"), PATTERNS)
def test_what_is_wanted_stands_in_the_group(pattern, value, text):
    made = parse_pattern(pattern).text(lambda group: [value], Random(0))
    assert made == text
    assert re.search(pattern, made)


@pytest.mark.parametrize("pattern", HOSTILE)
def test_a_hostile_pattern_comes_to_an_end(pattern):
    made = parse_pattern(pattern)
    assert isinstance(made.text(lambda group: ["a" * 60], Random(0)), str)
    made.within("a" * 100)


@settings(deadline=None)
@given(
    pattern=st.text("()[]{}|*+?.\\\\^$-,:=!<>aAbB01dwsß\u0130", max_size=20),
    text=st.text(max_size=10),
)
def test_any_pattern_can_be_looked_at(pattern, text):
    made = parse_pattern(pattern)
    if made is not None:
        made.text(lambda group: [text], Random(0))
        made.within(text)


def test_a_pattern_that_is_none_is_told():
    assert parse_pattern("(") is None
    assert parse_pattern("a" * 10_000) is None


@given(told=st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_any_report_is_read_or_left_out(told):
    events = read_report("heard " + json.dumps(told))
    assert events is None or isinstance(events, list)


def test_a_report_keeps_only_what_is_as_it_should_be():
    told = [["is", "equal", "zqaaz", ["yes", 3], True], ["is", 1], ["json", "x", "y"], 7]
    [event] = read_report("heard " + json.dumps(told))
    assert (event.kind, event.mode, event.wanted, event.held) == ("is", "equal", ("yes",), True)
    assert read_report("What is 3 plus 4?") is None


@given(pairs=st.lists(st.tuples(st.text(), st.text())))
def test_what_was_heard_is_read_back_as_it_was(pairs):
    calls = [Ask(n, prompt, (), None, None, reply, None) for n, (prompt, reply) in enumerate(pairs)]
    assert list(calls_heard(written_down(calls))) == calls


@given(st.text())
def test_any_record_of_what_was_heard_can_be_read(text):
    assert isinstance(calls_heard(text), tuple)
