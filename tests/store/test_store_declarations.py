"""What a study says beforehand is kept with the number of answers that it had by then."""

from __future__ import annotations

import pytest

from cgr_nb.answer_record import Answer, Totals
from cgr_nb.store import Store
from cgr_nb.store.declarations import declarations, declare


@pytest.fixture
def store(tmp_path):
    with Store.create(tmp_path) as made:
        yield made


def add_answer(store, id="one"):
    store.add_answer(
        Answer(
            id=id,
            item_id="i",
            solver="s",
            generator=None,
            arm="direct",
            letters=("A",),
            status="answered",
            detail="",
            trail=(),
            runs=(),
            steps=(),
            setup=None,
            totals=Totals(),
            facts={},
            difficulty=None,
            isolation=None,
            error=None,
        )
    )


def said(store):
    return [(one.primary, one.answers) for one in declarations(store)]


def test_a_study_that_names_nothing_has_nothing_on_record(store):
    declare(store, ())
    assert said(store) == []
    add_answer(store)
    declare(store, ())
    assert said(store) == []


def test_before_the_first_answer_a_choice_may_be_changed(store):
    declare(store, ("cot",))
    declare(store, ("pal", "cot"))
    assert said(store) == [(("pal", "cot"), 0)]
    declare(store, ())
    assert said(store) == []


def test_a_choice_that_stays_is_kept_once(store):
    declare(store, ("cot",))
    first = declarations(store)
    add_answer(store)
    declare(store, ("cot",))
    assert declarations(store) == first


def test_a_change_after_the_first_answer_stands_beside_what_was_said(store):
    declare(store, ("cot",))
    add_answer(store)
    declare(store, ("pal",))
    add_answer(store, "two")
    declare(store, ())
    assert said(store) == [(("cot",), 0), (("pal",), 1), ((), 2)]


def test_what_is_named_first_with_answers_on_record_says_so(store):
    add_answer(store)
    declare(store, ("cot",))
    assert said(store) == [(("cot",), 1)]
