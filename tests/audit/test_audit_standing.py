"""Which verdicts stand: one rule, and the programs and words that come of it."""

from __future__ import annotations

import pandas as pd
import pytest

from cgr_nb.audit.standing import (
    consensus,
    given_verdicts,
    last_judged,
    people_labels,
    standing,
)
from cgr_nb.records import Verdict


def verdicts(*lines):
    """As a store has them; each line is program, rater and label."""
    stamp = "2026-01-01T00:00:00Z"
    return [Verdict(program, rater, label, "", stamp) for program, rater, label in lines]


def by_one(*lines):
    return verdicts(*((program, "ann", label) for program, label in lines))


TAKEN_BACK = by_one(
    ("p1", "clean"),
    ("p2", "clean"),
    ("p1", "hard_coded"),
    ("p2", "withdrawn"),
    ("p1", "withdrawn"),
)


def test_a_withdrawal_takes_back_the_last_verdict_that_stands_and_no_other():
    assert standing(TAKEN_BACK) == {"p1": {"ann": "clean"}}


def test_a_frame_of_verdicts_is_read_by_the_same_rule():
    frame = pd.DataFrame(TAKEN_BACK)
    assert standing(given_verdicts(frame)) == standing(TAKEN_BACK)
    assert given_verdicts(None) == given_verdicts(frame.iloc[:0]) == []


@pytest.mark.parametrize(
    ("labels", "stands"),
    [
        (["clean"], "clean"),
        (["clean", "hard_coded"], "hard_coded"),
        (["clean", "hard_coded", "withdrawn"], "clean"),
        (["clean", "hard_coded", "withdrawn", "withdrawn"], None),
        (["clean", "withdrawn", "unsure"], "unsure"),
        (["withdrawn", "clean"], "clean"),
        (["clean", "withdrawn", "withdrawn", "hard_coded", "clean", "withdrawn"], "hard_coded"),
    ],
)
def test_the_last_verdict_that_is_not_taken_back_stands(labels, stands):
    found = standing(by_one(*(("p", label) for label in labels)))
    assert found.get("p", {}).get("ann") == stands


def test_a_withdrawal_touches_neither_other_raters_nor_other_programs():
    given = verdicts(
        ("p", "ann", "clean"),
        ("p", "bob", "clean"),
        ("q", "ann", "clean"),
        ("p", "ann", "withdrawn"),
    )
    assert standing(given) == {"p": {"bob": "clean"}, "q": {"ann": "clean"}}


def test_the_program_judged_last_is_that_of_the_newest_verdict_that_stands():
    given = by_one(("p", "clean"), ("q", "clean"), ("p", "hard_coded"))
    assert last_judged(given, "ann", {"p", "q"}) == "p"
    taken_back = [*given, *by_one(("p", "withdrawn"))]
    assert last_judged(taken_back, "ann", {"p", "q"}) == "q"
    assert last_judged(given, "ann", {"q"}) == "q"
    assert last_judged(given, "bob", {"p", "q"}) is None


def test_consensus_is_silent_on_a_tie_and_does_not_count_unsure():
    assert consensus(["clean", "hard_coded"]) is None
    assert consensus(["unsure", "hard_coded"]) == "hard_coded"
    assert consensus(["unsure"]) is None


def test_people_say_what_most_raters_say_now():
    given = verdicts(
        ("p", "ann", "clean"),
        ("p", "bob", "hard_coded"),
        ("p", "eve", "clean"),
        ("q", "ann", "clean"),
        ("q", "bob", "hard_coded"),
        ("r", "ann", "hard_coded"),
        ("r", "ann", "clean"),
        ("s", "ann", "clean"),
        ("s", "ann", "hard_coded"),
        ("s", "ann", "withdrawn"),
        ("t", "ann", "clean"),
        ("t", "ann", "withdrawn"),
        ("u", "ann", "unsure"),
    )
    assert people_labels(given) == {"p": "clean", "r": "clean", "s": "clean"}
