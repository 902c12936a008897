"""Made options look like the answer, are wrong, and depend on seed and content only."""

from __future__ import annotations

import random
import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgr_nb.items.distractors import distractors, parse_number
from cgr_nb.items.rejection import Reject


def make(answer: str, count: int = 4, seed: int = 1, **limits: int) -> list[str]:
    number = parse_number(answer)
    assert number is not None
    return distractors(number, count, random.Random(seed), **limits)


@pytest.mark.parametrize(
    "text",
    ["0", "025", "7", "-14.6", "0.50", "100.00", "1,234", "336^\\circ", "336°", "$5", "12%", "$7$"],
)
def test_a_number_is_written_as_it_was_read(text: str) -> None:
    number = parse_number(text)
    assert number is not None
    assert number.write(number.units) == text


@pytest.mark.parametrize("text", ["", "x", "1/2", "1e5", "12 m", "+5", ".5", "1.2.3", "٣", "1,23"])
def test_what_is_no_plain_number_is_not_read(text: str) -> None:
    assert parse_number(text) is None


@given(st.integers(0, 999), st.integers(0, 99))
def test_aime_distractors_are_other_integers_of_the_range(answer: int, seed: int) -> None:
    made = make(str(answer), seed=seed, low=0, high=999)
    values = [int(text) for text in made]
    assert len({answer, *values}) == 5
    assert all(0 <= value <= 999 for value in values)
    assert all(text == str(value) for text, value in zip(made, values, strict=True))


@given(
    st.decimals(min_value=-10_000, max_value=10_000, places=2),
    st.integers(0, 99),
    st.integers(1, 9),
)
def test_decimals_keep_their_places_and_never_equal_the_answer(
    answer: object, seed: int, count: int
) -> None:
    text = f"{answer:.2f}"
    made = make(text, count=count, seed=seed)
    assert all(re.fullmatch(r"-?\d+\.\d\d", other) for other in made)
    assert len({float(text), *map(float, made)}) == count + 1


def test_leading_zeros_are_shared_by_all_options() -> None:
    assert all(len(text) == 3 for seed in range(20) for text in make("025", seed=seed, high=999))


def test_a_round_answer_does_not_stand_out() -> None:
    assert all(text.endswith(".00") for text in make("100.00"))
    assert all(text.endswith("00") for text in make("8500"))


def test_a_positive_answer_has_no_negative_neighbours() -> None:
    assert not any("-" in text for seed in range(50) for text in make("3", seed=seed))


def test_a_range_that_is_just_large_enough_is_used_up() -> None:
    assert sorted(make("2", count=3, low=0, high=3)) == ["0", "1", "3"]


def test_a_range_without_room_or_without_the_answer_is_refused() -> None:
    with pytest.raises(Reject):
        make("2", count=4, low=0, high=3)
    with pytest.raises(Reject):
        make("1000", low=0, high=999)


def test_the_rank_of_the_answer_tells_nothing() -> None:
    ranks: Counter[int] = Counter()
    for seed in range(1000):
        values = [int(text) for text in make("371", seed=seed, low=0, high=999)]
        ranks[sum(value < 371 for value in values)] += 1
    # 1000 even draws from five ranks: 200 each, standard deviation 12.6.
    assert all(140 < ranks[rank] < 260 for rank in range(5))


def test_the_answer_is_not_the_number_that_the_others_are_made_from() -> None:
    def shared(one: str, other: str) -> int:
        return sum(a == b for a, b in zip(one, other, strict=True))

    found = 0
    for seed in range(1000):
        texts = ["371", *(text.rjust(3, "0") for text in make("371", seed=seed, low=0, high=999))]
        random.Random(seed).shuffle(texts)
        found += max(texts, key=lambda one: sum(shared(one, two) for two in texts)) == "371"
    # Chance is 200; it was 216 when written, and 595 with every slip made from the answer itself.
    assert found < 330
