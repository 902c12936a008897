"""The frame of all answers, on rows written by hand."""

from __future__ import annotations

import pandas as pd
import pytest
from channel_answers import answer_lines, channel_answers, joined
from synthetic_rows import frame, row

from cgr_nb.analysis.arm_frame import ARM_COLUMNS, DERIVED_ARMS, arm_frame
from cgr_nb.answer_record import OWN_FAILURES

ROW = row(
    1,
    direct_retries=1,
    direct_tokens=20,
    assisted_letter="B",
    assisted_tokens=30,
    generator_letter=None,
)
COT = {"letter": "A", "calls": 1, "prompt_tokens": 7, "reply_tokens": 4}


def made(rows=(ROW,), **cot):
    """The frame of some rows and what arm cot gave for each of them."""
    given = frame(*rows)
    answers = [channel_answers(given, generator_tokens=(50, 60))]
    answers.append(answer_lines(given, "cot", **(COT | cot)))
    return arm_frame(given, joined(answers)).set_index("arm")


def test_each_row_has_its_channels_and_the_arms_that_ran():
    found = made()
    assert list(found.index) == [*DERIVED_ARMS, "cot"]
    assert {"arm", *found.columns} == set(ARM_COLUMNS)


def test_costs_are_those_of_the_arm_run_alone():
    found = made()[["calls", "tokens", "generator_calls", "generator_tokens"]]
    assert list(found.loc["direct"]) == [2, 20, 0, 0]
    assert list(found.loc["cgr"]) == [3, 30, 1, 110]
    assert list(found.loc["generator_only"]) == [0, 0, 1, 110]
    assert list(found.loc["cot"]) == [1, 11, 0, 0]


def test_right_is_right_in_every_arm():
    assert made()["correct"].to_dict() == {
        "direct": True, "cgr": False, "generator_only": False, "cot": True,
    }  # fmt: skip


@pytest.mark.parametrize("status", sorted(OWN_FAILURES))
@pytest.mark.parametrize("letter", [None, "A"], ids=["no letter", "the last letter it had"])
def test_an_own_failure_is_a_wrong_answer_of_that_arm_and_no_other(status, letter):
    found = made(letter=letter, status=status)
    assert found.loc["cot", ["correct", "retained", "asked"]].tolist() == [False, True, True]
    assert found.drop(index="cot").equals(made().drop(index="cot"))


def test_an_arm_that_was_not_tried_for_an_outside_reason_was_not_asked():
    found = made(letter=None, status="error")
    assert found.loc["cot", ["correct", "retained", "asked"]].tolist() == [False, False, False]
    assert found.drop(index="cot")["asked"].all()


def test_a_channel_that_failed_leaves_the_arms_of_its_row_asked():
    overflow = {**ROW, "direct_letter": None, "direct_status": "error", "error": "context_overflow"}
    found = made(rows=[overflow])
    assert not found["retained"].any()
    assert found["asked"].all()
    assert found["correct"].to_dict()["direct"] is False
    assert found["correct"].to_dict()["cot"] is True


def test_a_row_without_gold_is_in_no_number():
    found = made(rows=[{**ROW, "gold": None}])
    assert not found["retained"].any()
    assert not found["asked"].any()
    assert not found["correct"].any()


def test_a_set_of_letters_is_right_as_a_whole():
    several = {**ROW, "gold": ("A", "C"), "multi": True}
    rows = pd.DataFrame([several])
    answers = joined([channel_answers(rows), answer_lines(rows, "cot", letter="AC")])
    found = arm_frame(rows, answers).set_index("arm")
    assert found["correct"].to_dict() == dict.fromkeys(DERIVED_ARMS, False) | {"cot": True}
    assert found["asked"].all()
    one = arm_frame(rows.assign(multi=False), answers)
    assert not one["asked"].any()


def test_without_other_arms_the_channels_are_there():
    rows = frame(ROW)
    assert list(arm_frame(rows, channel_answers(rows))["arm"]) == list(DERIVED_ARMS)


def test_answers_of_rows_that_are_not_there_are_left_out():
    rows = frame(ROW)
    answers = joined([channel_answers(rows), answer_lines(rows.assign(id="gone"), "cot", **COT)])
    assert list(arm_frame(rows, answers)["arm"]) == list(DERIVED_ARMS)


@pytest.mark.parametrize("column", ARM_COLUMNS)
def test_every_column_is_there(column):
    assert column in made().reset_index().columns
