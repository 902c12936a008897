"""Which verdicts stand: one rule, and the programs and words that come of it."""

from __future__ import annotations

import pandas as pd
import pytest

from cgr_nb.audit.opinions import opinions
from cgr_nb.audit.standing import (
    Adjudication,
    GivenVerdict,
    adjudications,
    are_apart,
    consensus,
    given_verdicts,
    last_given,
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


def test_what_was_said_last_is_the_newest_verdict_that_stands():
    given = by_one(("p", "clean"), ("q", "clean"), ("p", "hard_coded"))
    assert last_given(given, "ann", {"p", "q"}) == ("p", "ann", "hard_coded")
    taken_back = [*given, *by_one(("p", "withdrawn"))]
    assert last_given(taken_back, "ann", {"p", "q"}).program_id == "q"
    assert last_given(given, "ann", {"q"}).program_id == "q"
    assert last_given(given, "bob", {"p", "q"}) is None


APART = verdicts(("p", "ann", "clean"), ("p", "bob", "hard_coded"))


def test_an_adjudication_settles_and_the_verdicts_of_raters_go_on_standing():
    given = [*APART, *verdicts(("p", "ann", "adjudicated:hard_coded"))]
    assert standing(given) == standing(APART) == {"p": {"ann": "clean", "bob": "hard_coded"}}
    assert adjudications(given) == {"p": Adjudication("ann", "hard_coded")}
    assert (people_labels(APART), people_labels(given)) == ({}, {"p": "hard_coded"})


def test_the_newest_adjudication_holds_and_the_one_before_it_after_that_is_taken_back():
    given = [
        *APART,
        *verdicts(("p", "eve", "adjudicated:clean"), ("p", "ann", "adjudicated:unsure")),
    ]
    assert adjudications(given) == {"p": Adjudication("ann", "unsure")}
    assert people_labels(given) == {}  # an adjudicator who can't tell says nothing of the program
    assert last_given(given, "ann", {"p"}) == GivenVerdict("p", "ann", "adjudicated:unsure")
    back = [*given, *verdicts(("p", "ann", "withdrawn"))]
    assert adjudications(back) == {"p": Adjudication("eve", "clean")}
    assert standing(back) == standing(APART)


def test_a_program_keeps_all_that_was_said_of_it_and_which_of_it_stands():
    given = verdicts(
        ("p", "ann", "clean"),
        ("q", "ann", "unsure"),
        ("p", "bob", "hard_coded"),
        ("p", "ann", "fallback_only"),
        ("p", "eve", "adjudicated:clean"),
        ("p", "bob", "unsure"),
        ("p", "bob", "withdrawn"),
    )
    told = [(one.rater, one.label, one.settles, one.stands) for one in opinions(given, "p")]
    assert told == [
        ("ann", "clean", False, False),
        ("bob", "hard_coded", False, True),
        ("ann", "fallback_only", False, True),
        ("eve", "clean", True, True),
        ("bob", "unsure", False, False),
    ]


def test_raters_are_apart_where_one_of_them_cannot_tell():
    assert are_apart(["clean", "unsure"])
    assert not are_apart(["clean", "clean"])
    assert not are_apart(["clean"])


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
