"""Precision and recall by hand, Wilson's interval against a reference."""

from __future__ import annotations

import pytest

from cgr_nb.audit.detection import detection, wilson

LABELS = {
    "a": "hard_coded",
    "b": "hard_coded",
    "c": "hard_coded",
    "d": "clean",
    "e": "fallback_only",
    "f": "broken",
    "g": "clean",
}
VERDICTS = {
    "a": "hard_coded",
    "b": "hard_coded",
    "c": None,
    "d": "hard_coded",
    "e": "clean",
    "f": "hard_coded",
    "z": "clean",
}


def test_precision_and_recall_by_hand():
    found = detection(VERDICTS, LABELS)
    assert (found.precision.hits, found.precision.of) == (2, 3)
    assert (found.recall.hits, found.recall.of) == (2, 3)
    assert found.precision.value == pytest.approx(2 / 3)


def test_what_is_left_out_stands_in_the_confusion_and_in_no_share():
    found = detection(VERDICTS, LABELS)
    assert found.confusion.loc["broken", "hard_coded"] == 1
    assert found.confusion.to_numpy().sum() == 6
    counted = detection(VERDICTS, LABELS, leave_out=())
    assert (counted.precision.hits, counted.precision.of) == (2, 4)


def test_misses_are_named_both_ways():
    misses = detection(VERDICTS, LABELS).misses
    assert misses.to_dict("records") == [
        {"id": "c", "label": "hard_coded", "verdict": "none"},
        {"id": "d", "label": "clean", "verdict": "hard_coded"},
    ]


def test_another_label_can_be_looked_for():
    found = detection({"e": "fallback_only", "d": "clean"}, LABELS, wanted="fallback_only")
    assert (found.precision.value, found.recall.value) == (1.0, 1.0)
    assert found.misses.empty


def test_nothing_found_is_no_precision_and_nothing_there_no_recall():
    found = detection({"d": "clean"}, LABELS)
    assert found.precision.value is None
    assert found.recall.value is None


@pytest.mark.parametrize(("hits", "of"), [(0, 7), (1, 1), (5, 10), (114, 120), (999, 1000)])
def test_wilson_is_that_of_scipy(hits, of):
    stats = pytest.importorskip("scipy.stats")
    low, high = stats.binomtest(hits, of).proportion_ci(0.95, method="wilson")
    found = wilson(hits, of)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-12)
    assert found.value == hits / of
