"""Tables read column by column say what their records say."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from test_store_merge import make
from test_store_records import call

from cgr_nb.analysis.codes import uncoded
from cgr_nb.answer_record import CHANNELS, AnswerSteps
from cgr_nb.store import Store, frames
from cgr_nb.store.row_counts import arm_statuses, channel_statuses, row_errors
from cgr_nb.store.row_view import row_views
from cgr_nb.store.trails import Trails, read_answers
from cgr_nb.util.surrogates import escape_surrogates


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Three rows. Read only."""
    with Store.open(make(tmp_path_factory.mktemp("columns"), 0, 1, 2, machine="a")) as store:
        yield store


def test_rows_by_column_are_the_rows_of_their_records(store):
    frame, views = frames.untimed_rows(store), list(row_views(store))
    assert len(frame) == len(views) == 3
    for name in frame.columns:
        told = [None if isinstance(one, float) and pd.isna(one) else one for one in frame[name]]
        asked = [getattr(view, name) for view in views]
        assert told == [escape_surrogates(a) if isinstance(a, str) else a for a in asked], name


def test_statuses_counted_at_once_are_those_of_the_rows_and_answers(store):
    rows, answers = frames.rows(store), frames.row_answers(store)
    for counted, name in zip(
        channel_statuses(store), ("direct_status", "assisted_status"), strict=True
    ):
        assert list(counted.items()) == list(rows[name].value_counts().to_dict().items())
    others = answers[~answers["arm"].isin(CHANNELS)]
    assert arm_statuses(store) == {
        arm: lines["status"].value_counts().to_dict() for arm, lines in others.groupby("arm")
    }
    assert row_errors(store) == rows["error"].dropna().value_counts().to_dict()


def test_answers_read_at_once_are_those_of_the_rows_and_of_their_records(store):
    answered = read_answers(store)
    keys = ["row_id", "arm"]
    ours = uncoded(answered.lines).sort_values(keys, ignore_index=True)
    theirs = frames.row_answers(store).sort_values(keys, ignore_index=True)
    pd.testing.assert_frame_equal(ours, theirs[ours.columns], check_dtype=False)
    by_id = {answer.id: AnswerSteps.of(answer) for answer in store.answers()}
    assert answered.trails == Trails.of(by_id[id] for id in answered.trails.ids)


def test_text_that_is_no_valid_unicode_is_read_with_the_lines_around_it(tmp_path):
    folder = make(tmp_path, 0, machine="a")
    with Store.open(folder) as store:
        for id, text in (("x1", "one"), ("x2", "two \ud800"), ("x3", "three")):
            store.add_call(call(id, reply=replace(call().reply, text=text)))
        read = frames.calls(store).set_index("id")
        assert read.index.is_unique
        assert list(read.loc[["x1", "x2", "x3"], "reply"]) == [
            "one",
            escape_surrogates("two \ud800"),
            "three",
        ]
