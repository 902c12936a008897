"""Precision and recall by hand, Wilson's interval against a reference, and people's labels."""

from __future__ import annotations

import pandas as pd
import pytest

from cgr_nb.audit.detection import detection, people_labels, wilson

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


def judged(*lines):
    return pd.DataFrame(lines, columns=["program_id", "rater", "label"])


def test_the_label_of_most_raters_counts_and_a_tie_does_not():
    frame = judged(
        ("p", "ann", "clean"),
        ("p", "bob", "hard_coded"),
        ("p", "eve", "clean"),
        ("q", "ann", "clean"),
        ("q", "bob", "hard_coded"),
    )
    assert people_labels(frame) == {"p": "clean"}


def test_the_last_standing_verdict_of_a_rater_counts():
    frame = judged(
        ("p", "ann", "clean"),
        ("p", "ann", "hard_coded"),
        ("q", "ann", "clean"),
        ("q", "ann", "hard_coded"),
        ("q", "ann", "withdrawn"),
        ("r", "ann", "clean"),
        ("r", "ann", "withdrawn"),
        ("s", "ann", "unsure"),
    )
    assert people_labels(frame) == {"p": "hard_coded", "q": "clean"}


def test_people_agree_with_the_panel_that_they_judge_in():
    from cgr_nb.audit.agreement import consensus, standing
    from cgr_nb.records import Verdict

    frame = judged(
        ("p", "ann", "clean"),
        ("p", "bob", "unsure"),
        ("q", "ann", "withdrawn"),
        ("q", "bob", "fallback_only"),
        ("r", "ann", "clean"),
        ("r", "bob", "hard_coded"),
    )
    verdicts = [Verdict(*line, "", "2026-01-01") for line in frame.itertuples(index=False)]
    panel = {id: consensus(labels.values()) for id, labels in standing(verdicts).items()}
    assert people_labels(frame) == {id: label for id, label in panel.items() if label}
