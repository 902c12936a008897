"""Twins: which item they are of, and that nothing else passes for one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cgr_nb.items import (
    claimed_answer,
    is_twin_of,
    original_of,
    permuted,
    reordered_twins,
    written_twin,
)
from cgr_nb.records import Item

ITEM = Item("i" * 20, "d", "c", "Q?", {"A": "w", "B": "x", "C": "y"}, ("B",), meta={"row": 3})
OTHER = replace(ITEM, id="j" * 20)


def written(item=ITEM, answer=("A",)):
    return written_twin(item, "T?", None, {"A": "1", "B": "2"}, answer)


def test_a_reordered_twin_has_the_texts_in_another_place_and_no_gold():
    twins = reordered_twins(ITEM, 5, seed=0)
    assert len(twins) == 2
    for twin in twins:
        assert sorted(twin.options.values()) == sorted(ITEM.options.values())
        assert all(twin.options[letter] != text for letter, text in ITEM.options.items())
        assert (twin.gold, twin.use, claimed_answer(twin)) == (None, "twin", None)
        assert (original_of(twin), is_twin_of(twin, ITEM)) == (ITEM.id, True)


def test_the_first_reordered_twins_are_the_orders_that_a_study_asks():
    orders = [list(copy.options.values()) for copy in permuted([ITEM], 3, 7)[1:]]
    assert [list(twin.options.values()) for twin in reordered_twins(ITEM, 2, 7)] == orders


def test_gold_and_meta_of_the_item_are_in_no_twin():
    bare = replace(ITEM, gold=None, meta={})
    assert reordered_twins(ITEM, 2, 0) == reordered_twins(bare, 2, 0)
    assert written(ITEM) == written(bare)


def test_a_written_twin_claims_letters_and_is_another_where_it_claims_others():
    one, other = written(answer=("A",)), written(answer=("B",))
    assert (claimed_answer(one), claimed_answer(other)) == (("A",), ("B",))
    assert one.id != other.id


def test_an_item_that_no_study_made_is_the_twin_of_nothing():
    assert original_of(ITEM) is None
    assert not is_twin_of(ITEM, ITEM)


@pytest.mark.parametrize(
    "change",
    [
        {"question": "Another?"},
        {"options": {"A": "1", "B": "3"}},
        {"gold": ("A",)},
        {"dataset": "e"},
        {"use": "asked"},
        {"multi": True},
        {"meta": {"twin": {"of": ITEM.id, "answer": "Z"}}},
        {"meta": {"twin": {"of": ITEM.id, "order": "BCA"}}},
        {"meta": {"twin": {"of": ITEM.id, "order": 3}}},
        {"meta": {"twin": "no"}},
        {"meta": {}},
    ],
    ids=str,
)
def test_what_was_changed_is_no_twin(change):
    assert is_twin_of(written(), ITEM)
    assert not is_twin_of(replace(written(), **change), ITEM)
    assert not is_twin_of(written(), OTHER)
