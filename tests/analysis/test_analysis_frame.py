"""Correctness and retention: what counts, what is kept, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from synthetic_rows import frame, row

from cgr_nb.analysis.frame import REASONS, all_channels_attempted, annotate
from cgr_nb.errors import CgrError


def only(**changes):
    return annotate(frame(row(**changes))).iloc[0]


def test_a_complete_row_is_retained_and_right_in_every_channel():
    one = only()
    assert one.retained
    assert one.reason == ""
    assert one.direct_correct
    assert one.assisted_correct
    assert one.generator_correct


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"gold": None}, "no_gold"),
        ({"gold": float("nan")}, "no_gold"),
        ({"gold": ("A", "B")}, "several_gold"),
        ({"direct_status": "error", "direct_letter": None}, "direct_error"),
        (
            {
                "assisted_status": "error",
                "assisted_letter": None,
                "scaffold_id": None,
                "program_id": None,
            },
            "scaffold_error",
        ),
        ({"assisted_status": "error", "assisted_letter": None}, "execution_error"),
    ],
)
def test_a_row_is_not_retained_for_each_stated_reason(changes, reason):
    one = only(**changes)
    assert not one.retained
    assert one.reason == reason
    assert reason in REASONS


def test_the_first_reason_that_applies_is_the_one_told():
    assert only(gold=None, direct_status="error").reason == "no_gold"


@pytest.mark.parametrize("status", ["exception", "timeout", "syntax_error", "no_answer", "killed"])
def test_a_program_that_fails_is_kept_as_assisted_wrong(status):
    one = only(assisted_status=status, assisted_letter=None)
    assert one.retained
    assert not one.assisted_correct


def test_a_generator_reply_without_a_program_is_kept_as_assisted_wrong():
    one = only(assisted_status="no_program", assisted_letter=None, program_id=None)
    assert one.retained
    assert not one.assisted_correct


@pytest.mark.parametrize("status", ["none", "ambiguous", "out_of_range"])
def test_a_direct_reply_without_a_letter_is_kept_as_direct_wrong(status):
    one = only(direct_status=status, direct_letter=None)
    assert one.retained
    assert not one.direct_correct


def test_a_channel_without_a_letter_is_wrong_and_not_missing():
    made = annotate(frame(row(0, generator_letter=None), row(1, generator_letter="A")))
    assert made["generator_correct"].tolist() == [False, True]
    assert made["generator_correct"].dtype == bool


def test_gold_read_back_from_a_file_as_an_array_counts_like_a_tuple():
    assert only(gold=np.array(["A"], dtype=object)).direct_correct


def test_annotating_leaves_the_given_frame_as_it_was():
    rows = frame(row())
    before = list(rows.columns)
    annotate(rows)
    assert list(rows.columns) == before


def test_no_rows_are_no_error():
    assert annotate(frame())["retained"].tolist() == []
    assert all_channels_attempted(frame()).tolist() == []


def test_a_missing_column_is_named():
    with pytest.raises(CgrError, match="columns are missing: gold, asks"):
        annotate(frame(row()).drop(columns=["gold", "asks"]))


def test_a_row_that_stands_there_twice_is_refused():
    with pytest.raises(CgrError, match=r"1 row ids appear more than once \(got 'row-000000'\)"):
        annotate(frame(row(), row()))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"gold": "A"}, "gold must be a tuple of letters"),
        ({"direct_status": "fine"}, "direct_status is not one of answered"),
        ({"assisted_status": "answered"}, "assisted_status is not one of ok"),
        ({"asks": None}, "asks must be a count"),
        ({"direct_tokens": -1}, "direct_tokens must be a count"),
        ({"solver": None}, "solver is empty"),
    ],
)
def test_a_value_outside_its_set_is_refused_with_its_row(changes, words):
    with pytest.raises(CgrError, match=words) as caught:
        annotate(frame(row(**changes)))
    assert caught.value.where == "row 'row-000000'"
