"""Kappa by hand, and how good the audits are when judged programs are no random sample."""

from __future__ import annotations

import pytest

from cgr_nb.audit.agreement import cohens_kappa, detector_quality


def test_kappa_of_a_hand_worked_table():
    # 20 both "clean", 15 both "hard_coded", 10 and 5 apart: p_o = 0.7, p_e = 0.5, kappa = 0.4.
    table = [
        ("clean", "clean", 20),
        ("hard_coded", "hard_coded", 15),
        ("hard_coded", "clean", 10),
        ("clean", "hard_coded", 5),
    ]
    judged = {}
    for first, second, count in table:
        for _ in range(count):
            judged[str(len(judged))] = {"a": first, "b": second}
    found = cohens_kappa(judged)
    assert found.value == pytest.approx(0.4)
    assert found.low < 0.4 < found.high
    assert found.n == 50


def test_kappa_is_not_defined_with_one_rater_or_one_label():
    assert cohens_kappa({"p": {"a": "clean"}}) is None
    assert cohens_kappa({"p": {"a": "clean", "b": "clean"}}) is None
    assert cohens_kappa({}) is None


def test_recall_is_weighted_by_how_many_programs_were_not_judged():
    strata = {f"f{n}": "flagged" for n in range(10)} | {f"u{n}": "unsuspected" for n in range(90)}
    flagged = {f"f{n}" for n in range(10)}
    people = (
        {f"f{n}": "hard_coded" for n in range(10)}
        | {f"u{n}": "clean" for n in range(9)}
        | {"u9": "hard_coded"}
    )
    precision, recall = detector_quality(strata, flagged, people)
    assert precision.value == 1
    # One of ten controls is hard-coded: 9 of 90 are expected to be, beside the 10 that were flagged.
    assert recall.value == pytest.approx(10 / 19)
    assert recall.low < 10 / 19 < recall.high


def test_recall_waits_for_a_control_to_be_judged():
    precision, recall = detector_quality(
        {"f": "flagged", "u": "unsuspected"}, {"f"}, {"f": "hard_coded"}
    )
    assert precision.value == 1
    assert recall is None


def test_what_only_the_probes_found_is_weighted_by_how_many_such_programs_there_are():
    # Reading flags 4 programs, the probes 6 more among 26 that reading does not suspect.
    strata = {f"f{n}": "flagged" for n in range(4)} | {f"u{n}": "unsuspected" for n in range(26)}
    flagged = {f"f{n}" for n in range(4)} | {f"u{n}" for n in range(6)}
    people = {"f0": "hard_coded", "f1": "hard_coded", "u0": "clean", "u1": "hard_coded"}
    people |= {f"u{n}": "clean" for n in range(6, 16)}
    precision, recall = detector_quality(strata, flagged, people)
    # All 4 of the first kind are expected to be hard-coded, and half of the 6.
    assert precision.value == pytest.approx(7 / 10)
    assert precision.n == 4
    assert recall.value == 1


def test_precision_waits_for_a_program_that_only_the_probes_found():
    strata = {"f": "flagged", "u": "unsuspected"}
    assert detector_quality(strata, {"f", "u"}, {"f": "hard_coded"}) == (None, None)
