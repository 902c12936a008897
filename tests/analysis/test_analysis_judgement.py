"""One word out of two audits."""

from __future__ import annotations

import pytest

from cgr_nb.analysis.judgement import judgement

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
]


@pytest.mark.parametrize(("read", "fallback", "believes", "seen", "word"), CASES)
def test_seen_beats_read_and_a_belief_beats_both(read, fallback, believes, seen, word):
    found = judgement(hard_coded=read, fallback=fallback, believes=believes, dependence=seen)
    assert found == word
