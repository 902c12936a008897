"""Extraction failures and response metadata, counted by hand on a few rows and calls."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from synthetic_rows import frame, row

from cgr_nb.analysis import extraction_failures as failures
from cgr_nb.analysis import response_metadata as metadata
from cgr_nb.analysis.extraction_failures import extraction_failures
from cgr_nb.analysis.refusals import PHRASES, declines
from cgr_nb.analysis.response_metadata import MEASURES, response_metadata

CALL = {"model": "s1", "finish": "stop", "reply_tokens": 3, "error": None}


def calls_of(*lines):
    columns = ["id", *CALL, "reply"]
    return pd.DataFrame([CALL | line for line in lines], columns=columns).astype(object)


ROWS = frame(
    row(0, direct_call_ids=("d0",), ask_call_ids=("a0", "a1")),
    row(1, direct_call_ids=("d1", "d2"), direct_retries=1, direct_letter=None)
    | {"direct_status": "ambiguous", "direct_rule": "stated", "ask_call_ids": ("a1",)}
    | {"assisted_status": "timeout", "assisted_letter": None},
    row(2, direct_call_ids=("d3",), direct_status="none", direct_letter=None, direct_rule=None)
    | {"assisted_status": "no_answer", "assisted_letter": None, "generator_letter": None},
    row(3, direct_call_ids=("d4",), solver="s2", asks=0)
    | {"assisted_status": "no_program", "program_id": None, "generator_letter": None},
)
CALLS = calls_of(
    {"id": "d0", "reply": "Answer: A"},
    {"id": "d1", "reply": " \n", "reply_tokens": 1},
    {"id": "d2", "reply": "A or B", "finish": "length"},
    {"id": "d3", "reply": "I'm sorry, but I can't help with that."},
    {"id": "d4", "model": "s2", "reply": "", "reply_tokens": 0},
    {"id": "a0", "reply": "27"},
    {"id": "a1", "reply": "56"},
    {"id": "x0", "finish": None, "reply_tokens": None, "error": "context_overflow: 600 of 512"},
    {"id": "x1", "finish": None, "reply_tokens": None, "error": "refused: no such choice"},
    {"id": "g0", "model": "g1", "reply": "```python", "finish": "length"},
)


def counted(table, **where):
    found = table
    for column, value in where.items():
        found = found[found[column] == value]
    assert len(found) == 1, found
    return found.iloc[0]


def test_failures_are_counted_by_model_channel_status_and_rule():
    table = extraction_failures(ROWS, CALLS)
    line = counted(table, model="s1", channel="direct", status="ambiguous")
    assert (line["rule"], line["failed"], line["n"]) == ("stated", True, 1)
    assert line["share"] == pytest.approx(1 / 3)
    assert line["call_ids"] == ["d2"]
    assert line["example"] == "A or B"
    assert counted(table, model="s2", channel="direct")["status"] == "answered"


def test_shares_of_a_model_in_a_channel_add_up_to_one():
    table = extraction_failures(ROWS, CALLS)
    sums = table.groupby(["model", "channel"])["share"].sum()
    assert sums.tolist() == pytest.approx([1.0] * len(sums))


def test_failures_come_first_within_a_model():
    table = extraction_failures(ROWS, CALLS)
    direct = table[(table["model"] == "s1") & (table["channel"] == "direct")]
    assert direct["failed"].tolist() == [True, True, False]


def test_a_program_that_returns_nothing_is_a_failure_of_the_assisted_channel():
    line = counted(extraction_failures(ROWS, CALLS), channel="assisted", status="no_answer")
    assert (line["failed"], line["n"], line["call_ids"]) == (True, 1, [])


def test_the_generator_channel_tells_no_letter_from_no_program():
    programs = pd.DataFrame({"id": ["scaffold-000002"], "call_id": ["g0"]})
    table = extraction_failures(ROWS, CALLS, programs)
    none = counted(table, channel="generator", status="none")
    assert (none["n"], none["call_ids"], none["example"]) == (1, ["g0"], "```python")
    assert counted(table, channel="generator", status="no_program")["n"] == 1
    assert counted(table, channel="generator", status="answered")["n"] == 2


def test_a_direct_answer_that_two_generators_share_is_counted_once():
    twice = pd.concat([ROWS, ROWS.assign(generator="g2", id="again-" + ROWS["id"])])
    table = extraction_failures(twice, CALLS)
    assert table[table["channel"] == "direct"]["n"].sum() == 4
    assert table[table["channel"] == "assisted"]["n"].sum() == 8


def test_examples_are_a_few_and_need_no_texts():
    many = frame(*(row(n, direct_call_ids=(f"d{n}",)) for n in range(9)))
    line = counted(extraction_failures(many, CALLS.drop(columns="reply")), channel="direct")
    assert line["call_ids"] == ["d0", "d1", "d2"]
    assert line["example"] is None


def test_a_study_without_rows_has_empty_tables():
    assert list(extraction_failures(frame(), CALLS).columns) == list(failures.COLUMNS)
    assert extraction_failures(frame(), CALLS).empty
    none = response_metadata(frame(), CALLS[:0])
    assert list(none.columns) == list(metadata.COLUMNS)
    assert none.empty


MEASURED = [
    ("s1", "direct", "truncated", 1, 4),
    ("s1", "direct", "empty", 1, 4),
    ("s1", "direct", "declined", 1, 4),
    ("s1", "direct", "asked_again", 1, 3),
    ("s1", "assisted", "truncated", 0, 2),
    ("s1", "assisted", "timed_out", 1, 3),
    ("s1", "assisted", "other_limit", 0, 3),
    ("s1", "unlinked", "context_overflow", 1, 2),
    ("s1", "unlinked", "other_error", 1, 2),
    ("s1", "unlinked", "truncated", 0, 0),
    ("s2", "direct", "empty", 1, 1),
    ("s2", "assisted", "timed_out", 0, 0),
    ("g1", "generator", "truncated", 1, 1),
]


@pytest.mark.parametrize(("model", "channel", "measure", "n", "of"), MEASURED)
def test_replies_are_measured_by_model_and_channel(model, channel, measure, n, of):
    line = counted(response_metadata(ROWS, CALLS), model=model, channel=channel, measure=measure)
    assert (line["n"], line["of"]) == (n, of)
    assert line["share"] == (n / of if of else None)


def test_calls_of_arms_are_a_channel_of_their_own():
    arms = pd.DataFrame({"arm": ["cot", "cot"], "call_ids": [("x0",), ("x1", "d0")]})
    table = response_metadata(ROWS, CALLS, arms=arms)
    assert counted(table, channel="arm: cot", measure="other_error")["of"] == 2
    assert "unlinked" not in set(table["channel"])
    # A call that an arm shares with a row is the row's.
    assert counted(table, model="s1", channel="direct", measure="truncated")["of"] == 4


def test_the_generators_calls_are_known_by_scaffold():
    programs = pd.DataFrame({"id": ["scaffold-000000"], "call_id": ["a0"]})
    table = response_metadata(ROWS, CALLS.assign(model="s1"), programs)
    # What programs asked goes before: the same call can't be both.
    assert "generator" not in set(table["channel"])
    assert counted(table, channel="unlinked", measure="truncated")["of"] == 1


def test_without_texts_nothing_is_said_of_what_declines():
    table = response_metadata(ROWS, CALLS.drop(columns="reply"))
    assert "declined" not in set(table["measure"])
    # White space is told from nothing by its text only.
    assert counted(table, model="s1", channel="direct", measure="empty")["n"] == 0
    assert counted(table, model="s2", channel="direct", measure="empty")["n"] == 1


def test_every_measure_is_explained():
    assert set(response_metadata(ROWS, CALLS)["measure"]) == set(MEASURES)


@pytest.mark.parametrize(
    "reply",
    [
        "I'm sorry, but I can't assist with that.",
        "I\u2019m sorry, I cannot help you.",
        "I cannot answer this question without more information.",
        "As an AI language model, I do not have access to patient records.",
        "I am not able to provide medical advice.",
        "Unable to answer the question.",
    ],
)
def test_replies_that_decline_are_told(reply):
    assert declines(reply)


@pytest.mark.parametrize(
    "reply",
    [
        "Answer: B",
        "",
        "The patient is sorry for her late arrival, so the answer is B.",
        "A cannot be right, so the answer is C.",
        "We cannot answer with D, since 12 is even. B.",
        "The drug is not able to cross the barrier. (A)",
        "x" * 300 + " I cannot answer this.",
    ],
)
def test_replies_that_answer_are_not_taken_for_refusals(reply):
    assert not declines(reply)


@given(st.sampled_from(PHRASES).flatmap(lambda phrase: st.from_regex(phrase, fullmatch=True)))
def test_whatever_a_phrase_matches_is_told_to_decline(reply):
    # Words are looked for before the phrases are: each phrase must hold one of them.
    assume(len(reply.strip()) < 200)
    assert declines(reply)
