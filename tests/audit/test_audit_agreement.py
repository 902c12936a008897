"""Kappa by hand, and how good the audits are when judged programs are no random sample."""

from __future__ import annotations

import pytest

from cgr_nb.audit.agreement import cohens_kappa, detector_quality, krippendorffs_alpha


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


def judged_by(*raters):
    """Programs by what each rater said of them, one character a program; a dot is no verdict."""
    return {
        str(n): {str(rater): label for rater, label in enumerate(labels) if label != "."}
        for n, labels in enumerate(zip(*raters, strict=True))
    }


# Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", sections A, B and C; and the three
# observers of his Content Analysis, 15 units. All at the nominal level; a dot is missing.
PUBLISHED = [
    (("0100000010", "1110010000"), 0.095, 10),
    (("aabbdcccedda", "babbbccceddd"), 0.692, 12),
    (("123321412...", "1233224125.3", ".3332342251.", "12332441251."), 0.743, 11),
    ((".....34121133.3", "1.213343.......", "..21344.21133.4"), 0.691, 12),
]


@pytest.mark.parametrize(("raters", "alpha", "n"), PUBLISHED)
def test_alpha_is_that_of_published_examples(raters, alpha, n):
    found = krippendorffs_alpha(judged_by(*raters))
    assert found.value == pytest.approx(alpha, abs=0.0005)
    assert found.n == n
    assert found.low < alpha < found.high


def test_alpha_needs_two_raters_on_a_program_and_two_labels():
    assert krippendorffs_alpha({}) is None
    assert krippendorffs_alpha(judged_by("a.", ".b")) is None
    assert krippendorffs_alpha(judged_by("aa", "aa")) is None
    assert krippendorffs_alpha(judged_by("ab", "ab", "..")).value == 1


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
