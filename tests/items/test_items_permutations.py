"""Orders of options: turns by seed, gold with its text, and options that must stay where they are."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgr_nb.items import base_id, base_letters, fixed_order, is_copy_of, item_id, permuted
from cgr_nb.records import Item


def made(texts, question="Q?", gold=("A",), labels=string.ascii_uppercase):
    options = dict(zip(labels, texts, strict=False))
    return Item(item_id("d", question, None, options, gold), "d", "c", question, options, gold)


@given(
    st.integers(2, 10), st.integers(1, 12), st.integers(-5, 5), st.sampled_from(["ABCDEFGHIJ", "JIHGFEDCBA"])
)  # fmt: skip
def test_no_text_has_a_letter_twice_and_gold_goes_with_its_text(count, permutations, seed, labels):
    item = made([f"text {n}" for n in range(count)], gold=(labels[1],), labels=labels)
    found = permuted([item], permutations, seed)
    assert len(found) == min(permutations, count)
    assert found[0] is item
    for letter in item.options:
        assert len({one.options[letter] for one in found}) == len(found)
    for copy in found[1:]:
        assert copy.options[copy.gold[0]] == item.options[labels[1]]
        assert (base_id(copy), is_copy_of(copy, item)) == (item.id, True)
        assert [item.options[letter] for letter in base_letters(copy)] == [*copy.options.values()]
        assert copy.id == item_id("d", "Q?", None, copy.options, copy.gold)


def test_gold_does_not_choose_the_orders():
    orders = {
        tuple(base_letters(copy) for copy in permuted([made("wxyz", gold=gold)], 3, 7))
        for gold in (("A",), ("C",), ("A", "B"), None)
    }
    assert len(orders) == 1
    others = {tuple(map(base_letters, permuted([made("wxyz")], 2, seed))) for seed in range(20)}
    assert len(others) == 3


def test_an_item_that_is_there_already_is_asked_once():
    item = made(["x", "y"])
    turned = made(["y", "x"], gold=("B",))
    assert [one.id for one in permuted([item, turned], 2, 0)] == [item.id, turned.id]


@pytest.mark.parametrize(
    "texts",
    [
        ("x", "None of the above"),
        ("x", "all of these"),
        ("x", "y", "Both A and B"),
        ("x", "y", "A or (B)"),
        ("x", "neither"),
        ("x", "All the answers are right"),
        ("x", "y", "A only"),
        ("x", "the first option"),
    ],
)
def test_options_that_speak_of_each_other_keep_their_order(texts):
    assert fixed_order(made(texts))
    assert len(permuted([made(texts)], 3, 0)) == 1


@pytest.mark.parametrize(
    ("question", "order"),
    [("Why is option B wrong?", True), ("Is (A) right?", True), ("What is a plan B?", False)],
)
def test_a_question_that_names_an_option_keeps_its_order(question, order):
    assert fixed_order(made(["x", "y"], question)) is order


@pytest.mark.parametrize("text", ["some dogs bark", "vitamin K only", "a and b", "other moons"])
def test_usual_options_are_turned(text):
    assert len(permuted([made(["x", text])], 2, 0)) == 2


@pytest.mark.parametrize(
    "said", [None, 3, {"of": 3, "letters": "BA"}, {"of": "x", "letters": "BC"}]
)
def test_what_meta_says_amiss_makes_no_copy(said):
    item = made(["x", "y"])
    odd = Item(item.id, "d", "c", "Q?", item.options, item.gold, meta={"permutation": said})
    assert (base_id(odd), base_letters(odd)) == (item.id, "AB")
