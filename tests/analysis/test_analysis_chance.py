"""Chance, the best constant answer, what is above chance, letters chosen, and orders of options."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest
from synthetic_rows import row

from cgr_nb.analysis.binomial import above_chance, upper_tail
from cgr_nb.analysis.chance import over_chance
from cgr_nb.analysis.frame import annotate
from cgr_nb.analysis.pairs import PAIR_KEY, pair_table
from cgr_nb.analysis.stats import summarise
from cgr_nb.analysis.strata import strata_of


def rows_of(*made):
    return pd.DataFrame(list(made))


def guesses(number, right, options="ABCD", gold="A", **changes):
    """One row of an item with so many options, right directly or not."""
    other = next(letter for letter in options if letter != gold)
    return row(
        number,
        options=options,
        gold=(gold,),
        direct_letter=gold if right else other,
        assisted_letter=gold,
        **changes,
    )


def test_chance_is_the_mean_over_items_of_one_by_the_options():
    made = [guesses(0, 1, "AB"), guesses(1, 0, "ABCD"), guesses(2, 0, "ABCDE"), guesses(3, 1, "AB")]
    summary = summarise(rows_of(*made), resamples=10)
    assert summary.partitions["all"].level.chance == pytest.approx((0.5 + 0.25 + 0.2 + 0.5) / 4)
    assert summary.pairs["chance"].tolist() == pytest.approx([0.3625])


def test_chance_of_a_set_is_one_by_the_sets_that_there_are():
    made = guesses(0, 1, "ABCD", multi=True)
    assert annotate(rows_of(made))["chance"].tolist() == [1 / 15]


def test_the_best_constant_answer_is_that_of_the_macro_mean_and_of_each_pair():
    # Of pair s1 gold is A, A, B; of s2 B: A is right in 1/3 macro, B in 2/3.
    made = [guesses(n, 1, gold=gold) for n, gold in enumerate("AAB")]
    made.append(guesses(3, 1, gold="B", solver="s2"))
    summary = summarise(rows_of(*made), resamples=10)
    level = summary.partitions["all"].level
    assert (level.constant, level.constant_accuracy) == ("B", pytest.approx(2 / 3))
    assert list(summary.pairs["constant"]) == ["A", "B"]
    assert list(summary.pairs["constant_accuracy"]) == pytest.approx([2 / 3, 1.0])


def test_rows_that_do_not_tell_their_options_have_no_chance_and_claim_what_they_did():
    summary = summarise(rows_of(row(0), row(1)), resamples=10)
    assert summary.partitions["all"].level is None
    assert summary.direct_over_chance is None
    assert summary.gain == "gain"
    json.dumps(summary.to_dict(), allow_nan=False)


def test_one_unknown_number_of_options_makes_the_chance_of_its_pair_unknown():
    made = [guesses(0, 1), {**guesses(1, 1), "options": None}]
    assert math.isnan(pair_table(annotate(rows_of(*made)))["chance"][0])


@pytest.mark.parametrize("p", [0.1, 0.25, 0.5, 0.97])
@pytest.mark.parametrize("n", [1, 7, 40, 3000])
def test_the_upper_tail_is_that_of_scipy(n, p):
    from scipy import stats as reference

    for k in {0, 1, n // 4, n // 2, n}:
        assert upper_tail(k, n, p) == pytest.approx(reference.binom.sf(k - 1, n, p), rel=1e-8)


def test_a_pair_is_above_chance_where_its_clopper_pearson_interval_is():
    from scipy import stats as reference

    for right in range(41):
        interval = reference.binomtest(right, 40, 0.25).proportion_ci(0.95, "exact")
        assert above_chance(right / 40, 0.25, 40) == (interval.low > 0.25)
    assert not above_chance(1.0, math.nan, 40)


def test_what_all_items_do_alike_is_above_chance_only_where_guesses_would_hardly_do_so():
    for items, above in ((2, False), (3, True)):
        made = [guesses(n, 1) for n in range(items)]
        assert summarise(rows_of(*made), resamples=10).direct_over_chance.above is above


def test_one_item_of_each_dataset_is_above_chance_only_where_all_are_right():
    for right, above in ((4, False), (9, True)):
        made = [guesses(n, int(n < right)) | {"dataset": f"d{n}"} for n in range(9)]
        found = summarise(rows_of(*made), resamples=10).direct_over_chance
        assert found.above is above
        assert found.absence == "too few items (9)"


def test_the_verdict_does_not_depend_on_draws():
    made = rows_of(*(guesses(n, n % 3 == 0) for n in range(30)))
    one, many = (summarise(made, resamples=count) for count in (1, 300))
    assert one.direct_over_chance == many.direct_over_chance
    assert one.at_chance


def test_guesses_are_seldom_called_above_chance():
    # By simulation: nine pairs of ten items with four options, and one of forty with two to ten.
    random = np.random.default_rng(5)
    for datasets, items, options in ((9, 10, (4,)), (1, 40, (2, 4, 5, 10))):
        called = 0
        chance = np.array([1 / options[n % len(options)] for n in range(items)])
        keys = {
            "dataset": np.repeat([f"d{n}" for n in range(datasets)], items),
            "config": "c",
            "solver": "s",
            "generator": "g",
            "cluster": [f"i{n}" for n in range(datasets * items)],
        }
        frame = pd.DataFrame(keys).astype("category")
        frame["chance"] = np.tile(chance, datasets)
        for _ in range(400):
            frame["direct"] = random.random(len(frame)) < frame["chance"]
            by_pair = frame.groupby(PAIR_KEY, observed=True)[["direct", "chance"]]
            pairs = by_pair.mean().reset_index()
            every = {"all": [True] * len(pairs)}
            strata = strata_of(frame, pairs, ["direct", "chance"], every)
            means = pairs["direct"].mean(), pairs["chance"].mean()
            called += over_chance(strata, "direct", *means, group="all").above
        # 2.5 % is claimed; 400 studies may show 4.9 % of it with a chance of 1 in 200.
        assert called / 400 < 0.049


def orders(number, letters, *, options="ABC", gold="A", **changes):
    """An item asked in as many orders as there are letters; each is the letter said there."""
    made = []
    for turn, said in enumerate(letters):
        base = options[turn:] + options[:turn]
        made.append(
            row(
                10 * number + turn,
                item_id=f"item-{number}-{turn}",
                base_id=f"item-{number}",
                options=options,
                base_options=base,
                gold=(options[base.index(gold)],),
                direct_letter=said,
                direct_status="answered" if said else "none",
                **changes,
            )
        )
    return made


def test_an_item_counts_once_whatever_the_number_of_its_orders():
    # Item 0 is right in one of three orders, item 1, asked once, is right.
    made = [*orders(0, "AAA"), *orders(1, "A")]
    summary = summarise(rows_of(*made), resamples=10)
    [pair] = summary.pairs.to_dict("records")
    assert (pair["n"], pair["items"], pair["A_b"]) == (4, 2, pytest.approx((1 / 3 + 1) / 2))
    assert summary.micro.A_b == pytest.approx((1 / 3 + 1) / 2)
    assert summary.direct_over_chance.items == 2


def test_orders_of_one_item_are_no_independent_evidence():
    # Assisted is right in all three orders of two items, direct in none: two items, not six rows.
    made = []
    for number in range(2):
        made += orders(number, (None, None, None))
    made = [{**one, "assisted_letter": one["gold"][0]} for one in made]
    [pair] = summarise(rows_of(*made), resamples=10).pairs.to_dict("records")
    assert (pair["gains"], pair["item_gains"]) == (6, 2)
    assert pair["p_value"] == 0.5


def test_orders_of_an_item_are_drawn_together():
    alone = [orders(n, "A" if n % 2 else "B")[0] for n in range(12)]
    several = [one for n in range(12) for one in orders(n, "AAA" if n % 2 else "BBB")]
    # Each item does in all orders what it does in one (gold turned along), so nothing is surer.
    for one in several:
        one["direct_letter"] = one["gold"][0] if one["item_id"][5:].split("-")[0] in (
            "1", "3", "5", "7", "9", "11",
        ) else None  # fmt: skip
        one["direct_status"] = "answered" if one["direct_letter"] else "none"
    once, often = (summarise(rows_of(*made), resamples=200) for made in (alone, several))
    assert often.clustered.error_pp == pytest.approx(once.clustered.error_pp)
    assert often.clustered.items == once.clustered.items == 12


def test_answers_that_keep_to_the_text_and_to_the_letter_are_told_apart():
    # The text of A stands under A, C, B; one item keeps to it, one to the letter, one is unread.
    made = [*orders(0, "ACB"), *orders(1, "BBB"), *orders(2, ("A", None, None))]
    found = summarise(rows_of(*made), resamples=10).positions.set_index("arm").loc["direct"]
    assert list(found[["items", "comparisons", "read"]]) == [3, 9, 6]
    assert list(found[["by_text", "by_letter"]]) == [0.5, 0.5]
    assert found["by_chance"] == pytest.approx(1 / 3)


def test_guesses_are_alike_by_text_as_often_as_by_letter():
    random = np.random.default_rng(8)
    made = [one for n in range(300) for one in orders(n, random.choice(list("ABC"), 2))]
    found = summarise(rows_of(*made), resamples=1).positions.set_index("arm").loc["direct"]
    for name in ("by_text", "by_letter"):
        assert found[name] == pytest.approx(found["by_chance"], abs=0.1)


def test_letters_are_counted_beside_those_of_gold():
    made = [guesses(n, 0, gold=gold, options="ABCD") for n, gold in enumerate("AABC")]
    made[3] |= {"direct_letter": None, "direct_status": "none"}
    table = summarise(rows_of(*made), resamples=10).letters.set_index("arm")
    direct = table.loc["direct"]
    assert (direct["n"], direct["unread"]) == (4, 0.25)
    assert direct["letters"] == (
        ("A", pytest.approx(1 / 3), 0.5),
        ("B", pytest.approx(2 / 3), 0.25),
        ("C", 0.0, 0.25),
        ("D", 0.0, 0.0),
    )
    assert direct["distance"] == pytest.approx((1 / 6 + 5 / 12 + 1 / 4) / 2)


def test_a_direct_answer_of_two_generators_is_one_answer():
    made = [guesses(0, 1), {**guesses(1, 1), "item_id": "item-000000", "generator": "g2"}]
    table = summarise(rows_of(*made), resamples=10).letters.set_index("arm")
    assert (table.loc["direct", "n"], table.loc["cgr", "n"]) == (1, 2)


def test_an_item_with_one_option_is_in_no_number():
    made = [guesses(0, 1), row(1, options="A", gold=("A",))]
    summary = summarise(rows_of(*made), resamples=10)
    assert summary.not_retained["one_option"] == 1
    assert summary.retained == 1
