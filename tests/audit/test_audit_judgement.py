"""One word out of two audits."""

from __future__ import annotations

import pytest

from cgr_nb.audit.judgement import believes, combined, decision, judgement
from cgr_nb.audit.probes.dependence import Dependence, Probe
from cgr_nb.audit.static import check_program
from cgr_nb.words import DECIDED_WORDS

CASES = [
    # read as, falls back, believes, seen as -> word
    ("no", False, False, "independent", "hard_coded"),
    ("no", True, False, "independent", "hard_coded"),
    ("yes", False, False, "dependent", "clean"),
    ("yes", True, False, "partly", "fallback_only"),
    ("no", True, True, "dependent", "hard_coded"),
    ("unsure", False, False, "dependent", "clean"),
    ("yes", True, False, None, "hard_coded"),
    ("no", True, False, None, "fallback_only"),
    ("no", False, False, None, "clean"),
    ("unsure", True, False, None, "unsure"),
    ("no", True, False, "unsure", "unsure"),
    ("yes", False, False, "unsure", "unsure"),
    ("cut", False, False, None, "cut"),
    ("cut", False, True, "independent", "cut"),
]


@pytest.mark.parametrize(("read", "fallback", "believes", "seen", "word"), CASES)
def test_seen_beats_read_and_a_belief_beats_both(read, fallback, believes, seen, word):
    found = judgement(hard_coded=read, fallback=fallback, believes=believes, dependence=seen)
    assert found == word


def test_nobody_is_accused_by_reading_alone_where_replies_were_heard():
    facts = {"hard_coded": "yes", "fallback": False, "believes": False, "dependence": None}
    assert judgement(**facts, heard=True) == "unsure"
    assert judgement(**facts, heard=False) == "hard_coded"
    assert judgement(**facts | {"hard_coded": "no"}, heard=True) == "clean"


SHOWS_NOTHING = "def solve(item, ask):\n    ask('x')\n    return 'A'\n"


@pytest.mark.parametrize(
    ("verdict", "asked", "by"),
    [
        ("independent", True, "independent"),
        ("unsure", True, "unmoved"),
        ("partly", True, "moved"),
        (None, True, "heard"),
        (None, False, "read"),
    ],
)
def test_the_word_of_both_audits_comes_with_what_it_rests_on(verdict, asked, by):
    probes = (Probe("the record", False, "as given", None, None, "no_answer", asked=asked),) * 2
    found = decision(check_program(SHOWS_NOTHING), Dependence(verdict, (), None, probes))
    assert found.by == by
    assert set(DECIDED_WORDS) >= {found.by}


def test_a_belief_is_read_only_where_it_was_not_changed():
    own = [Probe("the record", False, "as given", "A", "x", "ok")] * 2
    moved = Probe("the record", False, "as given", "B", "y", "ok", "B")
    stayed = Probe("the record", False, "as given", "A", "x", "ok", "B")
    assert believes(True, ())
    assert believes(True, own)
    assert not believes(True, [*own, stayed])
    assert believes(False, [*own, moved])


def test_people_have_the_last_word_where_they_say_something():
    assert combined("clean", "hard_coded") == "hard_coded"
    assert combined("hard_coded", "clean") == "clean"
    assert combined("hard_coded", None) == "hard_coded"
