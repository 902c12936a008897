"""Twins in a reply: read strictly, bounded, and nothing that a reply holds raises."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgr_nb.arms.written_twins import read_twins
from cgr_nb.items import claimed_answer, is_twin_of
from cgr_nb.records import Item

ITEM = Item("i" * 20, "d", "c", "What is 1 + 2?", {"A": "3", "B": "4"}, None, "A table.")
GOOD = {"question": "What is 5 + 2?", "options": {"A": "8", "B": "7"}, "answer": "B"}


def read(written, most=2, item=ITEM):
    text = written if isinstance(written, str) else json.dumps(written)
    return read_twins(text, item, most)


def test_a_twin_is_of_its_item_and_claims_a_letter():
    found = read([GOOD], most=1)
    [twin] = found.twins
    assert (twin.question, dict(twin.options), twin.gold) == (
        GOOD["question"],
        GOOD["options"],
        None,
    )
    assert (claimed_answer(twin), is_twin_of(twin, ITEM), found.dropped) == (("B",), True, {})


def test_without_a_context_of_its_own_it_is_about_that_of_the_item():
    own = {**GOOD, "question": "Other?", "context": "Another table."}
    found = read([GOOD, {**own}, {**GOOD, "question": "Third?", "context": None}], most=3)
    assert [twin.context for twin in found.twins] == ["A table.", "Another table.", "A table."]


@pytest.mark.parametrize(
    "text",
    [
        f"Here they are:\n```json\n{json.dumps([GOOD])}\n```\nDone.",
        f"```\n{json.dumps([GOOD], indent=2)}\n```",
        f"Sure! {json.dumps([GOOD])}",
    ],
    ids=["fenced", "fenced, no language", "in words"],
)
def test_the_array_is_found_in_what_models_put_round_it(text):
    assert len(read(text, most=1).twins) == 1


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"answer": "C"}, "answer"),
        ({"answer": "b"}, "answer"),
        ({"answer": ["B"]}, "answer"),
        ({"answer": None}, "answer"),
        ({"answer": 1}, "answer"),
        ({"answer": {"B": 1}}, "answer"),
        ({"options": ["8", "7"]}, "shape"),
        ({"options": {"A": "8"}}, "shape"),
        ({"options": {"A": "8", "B": " 8 "}}, "shape"),
        ({"options": {"A": "8", "B": 7}}, "shape"),
        ({"options": {"A": "8", "1": "7"}}, "shape"),
        ({"options": {"A": "8", "AB": "7"}}, "shape"),
        ({"options": {"A": "8", "B": ""}}, "shape"),
        ({"question": " "}, "shape"),
        ({"question": None}, "shape"),
        ({"question": "\ud800?"}, "shape"),
        ({"question": "a\0b"}, "shape"),
        ({"question": "q" * 30_000}, "shape"),
        ({"context": 3}, "shape"),
        ({"note": "x"}, "shape"),
        ({"question": " What  is 1 + 2? ", "options": {"A": "4", "B": "3"}}, "repeated"),
    ],
)
def test_what_does_not_hold_is_dropped_by_its_reason(change, reason):
    written = {**GOOD, **change}
    if reason == "repeated":
        written["context"] = ITEM.context
    found = read([written, {**GOOD, "question": "And 6 + 1?"}])
    assert (len(found.twins), found.dropped) == (1, {reason: 1})


def test_of_two_alike_the_second_is_dropped_and_those_beyond_are_not_looked_at():
    found = read([GOOD, GOOD, {"question": 1}], most=2)
    assert (len(found.twins), found.dropped) == (1, {"repeated": 1})


@pytest.mark.parametrize(
    "text",
    ["", "[", "]", "[NaN]", '[{"a": 1, "a": 2}]', "[" * 50_000, "[1e999999]", "9" * 5_000, "{}"],
)
def test_what_is_no_array_of_json_counts_for_all_that_was_asked(text):
    found = read(text, most=3)
    assert found.twins == ()
    assert sum(found.dropped.values()) == 3


def test_an_item_that_asks_for_a_set_of_letters_has_twins_that_claim_one():
    item = Item("i" * 20, "d", "c", "Which?", {"A": "3", "B": "4"}, None, multi=True)
    written = [{**GOOD, "answer": ["B", "A"]}, {**GOOD, "question": "Other?", "answer": "B"}]
    found = read([*written, {**GOOD, "question": "None?", "answer": []}], most=3, item=item)
    assert [claimed_answer(twin) for twin in found.twins] == [("A", "B"), ("B",)]
    assert found.dropped == {"answer": 1}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
near_twins = st.fixed_dictionaries(
    {
        "question": json_values,
        "options": json_values | st.dictionaries(st.sampled_from("ABCa1"), json_values, max_size=4),
        "answer": json_values | st.sampled_from("ABC"),
    }
)


@given(
    st.lists(near_twins | json_values, max_size=4).map(json.dumps) | st.text(), st.integers(1, 4)
)
def test_no_reply_raises_and_every_twin_that_was_asked_for_is_accounted_for(text, most):
    found = read(text, most)
    assert len(found.twins) + sum(found.dropped.values()) == most
    assert all(is_twin_of(twin, ITEM) for twin in found.twins)
