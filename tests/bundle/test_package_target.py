"""Names and dates of other tools' files."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from cgr_nb.export.target import begin, slug


@given(st.lists(st.text(max_size=20), min_size=2, max_size=6, unique=True))
def test_no_two_names_share_a_slug_and_all_are_plain(names):
    slugs = [slug(name) for name in names]
    assert all(one.isascii() and "/" not in one and "." not in one for one in slugs)
    assert all(one != other for one, other in combinations(slugs, 2))


def test_a_plain_name_stays_as_it_is():
    assert slug("mini-aime") == "mini-aime"


def test_the_start_of_a_study_is_told_in_utc():
    assert begin("2026-01-02T03:04:05+02:00") == datetime(2026, 1, 2, 1, 4, 5, tzinfo=UTC)
    assert begin("2026-01-02T03:04:05") == datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_a_start_that_is_not_on_record_is_the_epoch():
    assert begin("").timestamp() == 0
