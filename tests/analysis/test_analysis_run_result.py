"""A run in a few numbers, and what changed since another one."""

from __future__ import annotations

import pandas as pd
import pytest

from cgr_nb.analysis.run_result import run_result


def frame(rights, *, dataset="d", solver="s", start=0):
    """Annotated rows: for each item whether direct, assisted and generator-side are right."""
    lines = [
        {
            "item_id": f"{dataset}{start + n}",
            "cluster": f"{dataset}{start + n}",
            "dataset": dataset,
            "config": "default",
            "solver": solver,
            "generator": "g",
            "retained": True,
            "direct_correct": direct,
            "assisted_correct": assisted,
            "generator_correct": generator,
        }
        for n, (direct, assisted, generator) in enumerate(rights)
    ]
    return pd.DataFrame(lines)


YES, NO = (True, True, True), (False, False, False)


def by_channel(found):
    return {line.channel: line for line in found.channels}


def test_accuracy_is_the_mean_over_pairs():
    rows = pd.concat([frame([YES, NO, NO, NO]), frame([YES], dataset="e")], ignore_index=True)
    found = run_result(rows)
    assert (found.rows, found.rows_of, found.items, found.common) == (5, 5, 5, 0)
    assert by_channel(found)["direct"].accuracy == pytest.approx((0.25 + 1) / 2)
    assert by_channel(found)["direct"].change is None


def test_an_interval_of_the_accuracy_holds_it_and_is_in_percent():
    found = by_channel(run_result(frame([YES, NO] * 20)))["assisted"]
    assert found.accuracy == 0.5
    assert 25 < found.interval.low_pp < 50 < found.interval.high_pp < 75
    assert found.interval.note == ""


def test_rows_that_do_not_count_are_left_out_and_counted():
    rows = frame([YES, NO, NO])
    rows.loc[2, "retained"] = False
    found = run_result(rows)
    assert (found.rows, found.rows_of) == (2, 3)
    assert by_channel(found)["direct"].accuracy == 0.5
    assert run_result(rows.assign(retained=False)).channels == ()
    assert run_result(rows.iloc[:0]).channels == ()


def test_a_change_is_over_the_rows_that_both_have_only():
    before = frame([NO, NO, YES, YES])
    now = frame([YES, YES, NO, YES, YES, YES])
    change = by_channel(run_result(now, before))["direct"].change
    assert (change.before, change.difference_pp) == (0.5, pytest.approx(25))
    assert (change.gains, change.losses) == (2, 1)
    assert change.interval.low_pp < 25 < change.interval.high_pp
    assert run_result(now, before).common == 4


def test_other_solvers_and_rows_that_did_not_count_before_are_nothing_to_compare_with():
    now, before = frame([YES, NO]), frame([NO, NO])
    assert run_result(now, before.assign(solver="other")).common == 0
    assert run_result(now, before.assign(retained=False)).common == 0
    assert by_channel(run_result(now, before.iloc[:0]))["direct"].change is None


def test_one_run_told_against_itself_has_not_changed():
    rows = frame([YES, NO, YES])
    change = by_channel(run_result(rows, rows))["generator"].change
    assert (change.difference_pp, change.gains, change.losses) == (0, 0, 0)
