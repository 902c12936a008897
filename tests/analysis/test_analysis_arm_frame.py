"""The frame of all answers, on rows written by hand."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest

from cgr_nb.analysis.arm_frame import ARM_COLUMNS, DERIVED_ARMS, arm_frame
from cgr_nb.records import ArmAnswer, Row

ROW = Row(
    id="r1", item_id="i1", dataset="d", config="default", solver="s", generator="g", gold=("A",),
    direct_letter="A", direct_status="answered", direct_rule="bare", direct_retries=1,
    assisted_letter="B", assisted_status="ok", assisted_detail="", asks=3,
    generator_letter=None, difficulty=None, scaffold_id="f1", program_id="p1", execution_id="e1",
    direct_call_ids=("c1", "c2"), ask_call_ids=("c3",), direct_tokens=20, assisted_tokens=30,
    isolation="strict", error=None,
)  # fmt: skip
ANSWER = ArmAnswer(
    id="a1", row_id="r1", arm="cot", letter="A", status="answered", detail="", calls=1,
    prompt_tokens=7, reply_tokens=4, generator_calls=0, generator_tokens=0, call_ids=("c4",),
    program_id=None, execution_id=None,
)  # fmt: skip
PROGRAMS = pd.DataFrame({"id": ["f1"], "call_id": ["w1"]})
CALLS = pd.DataFrame({"id": ["w1"], "prompt_tokens": [50.0], "reply_tokens": [60.0]})


def frame_of(records):
    return pd.DataFrame([dataclasses.asdict(record) for record in records])


def made(rows=(ROW,), answers=(ANSWER,)):
    return arm_frame(frame_of(rows), frame_of(answers), PROGRAMS, CALLS).set_index("arm")


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


def test_an_arm_that_failed_for_an_outside_reason_is_not_retained():
    failed = dataclasses.replace(ANSWER, letter=None, status="error", detail="overflow")
    assert made(answers=[failed])["retained"].to_dict()["cot"] is False


def test_a_row_without_gold_is_in_no_number():
    found = made(rows=[dataclasses.replace(ROW, gold=None)])
    assert not found["retained"].any()
    assert not found["correct"].any()


def test_without_arms_the_channels_are_there():
    none = pd.DataFrame(columns=[field.name for field in dataclasses.fields(ArmAnswer)])
    found = arm_frame(frame_of([ROW]), none, PROGRAMS, CALLS)
    assert list(found["arm"]) == list(DERIVED_ARMS)


def test_answers_of_rows_that_are_not_there_are_left_out():
    assert list(made(answers=[dataclasses.replace(ANSWER, row_id="r9")]).index) == list(
        DERIVED_ARMS
    )


@pytest.mark.parametrize("column", ARM_COLUMNS)
def test_every_column_is_there(column):
    assert column in made().reset_index().columns
