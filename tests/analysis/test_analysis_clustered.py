"""Clustered intervals against loops, other libraries and numbers worked out by hand."""

from __future__ import annotations

from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from published_shape import shaped_rows
from synthetic_rows import frame, row

from cgr_nb.analysis.clustered import clustered_intervals, draw_macros
from cgr_nb.analysis.frame import annotate
from cgr_nb.analysis.pairs import PAIR_KEY, pair_table
from cgr_nb.analysis.spread import spread_of
from cgr_nb.analysis.strata import Strata, Stratum, strata_of

CHANGE = {"assisted_correct": 1.0, "direct_correct": -1.0}
EVERY = "all"


def matrices(rows, **groups):
    annotated = annotate(rows)
    kept = annotated[annotated["retained"]]
    pairs = pair_table(annotated)
    masks = {EVERY: [True] * len(pairs)} | {name: pairs[name] for name in groups}
    return strata_of(kept, pairs, list(CHANGE), masks)


def interval_of(rows, **settings):
    [found] = clustered_intervals(matrices(rows), [CHANGE], **{"resamples": 400} | settings)
    return found[EVERY]


@cache
def small():
    """Two datasets of 12 and 7 items, three solvers; three rows can't be retained."""
    return shaped_rows((12, 7), solvers=("a", "b", "c"), unretained=3, seed=2)


def answers(*changes):
    """One item for each change: 1 gained, -1 lost, 0 neither."""
    letters = {1: ("B", "A"), -1: ("A", "B"), 0: ("A", "A")}
    return [
        row(n, direct_letter=letters[change][0], assisted_letter=letters[change][1])
        for n, change in enumerate(changes)
    ]


def interval_of_changes(changes):
    """As `interval_of(frame(*answers(*changes)))`, without frames in between."""
    change = np.array(changes, dtype=float)[:, None]
    ones = np.ones_like(change)
    stratum = Stratum(ones, np.stack([change > -1, change < 1]).astype(float), np.ones((1, 1)))
    strata = Strata(tuple(CHANGE), (EVERY,), (stratum,))
    [found] = clustered_intervals(strata, [CHANGE], resamples=400)
    return found[EVERY]


def plain_loop(rows, seed, resamples):
    """The same draws, one at a time and with the rows themselves."""
    annotated = annotate(rows)
    kept = annotated[annotated["retained"]]
    change = kept["assisted_correct"].astype(int) - kept["direct_correct"].astype(int)
    kept = kept.assign(change=change)
    homes = sorted(kept["dataset"].unique())
    _, *children = np.random.SeedSequence(seed).spawn(len(homes) + 1)
    draws = []
    for home, child in zip(homes, children, strict=True):
        items = np.array(sorted(kept.loc[kept["dataset"] == home, "item_id"].unique()))
        picks = np.random.default_rng(child).integers(0, len(items), (resamples, len(items) - 1))
        draws.append(items[picks])
    by_item = {item: part for item, part in kept.groupby("item_id")}
    for number in range(resamples):
        drawn = pd.concat([by_item[item] for picks in draws for item in picks[number]])
        yield 100 * drawn.groupby(PAIR_KEY)["change"].mean().mean()


def test_the_draws_are_those_of_a_plain_loop_with_the_same_seed():
    expected = list(plain_loop(small(), seed=5, resamples=20))
    macros = draw_macros(matrices(small()), drawn="items", resamples=20, seed=5)
    assert 100 * (macros[:, 0, 0] - macros[:, 1, 0]) == pytest.approx(expected, abs=1e-9)


def test_counting_an_item_twice_is_having_its_rows_twice():
    rows = small()
    strata = matrices(rows[rows["dataset"] == "aime"])
    [stratum] = strata.parts
    counts = np.ones((1, stratum.items))
    counts[0, 3] = 2
    sums, pairs = stratum.macro_parts(counts)

    item = sorted(rows.loc[rows["dataset"] == "aime", "item_id"].unique())[3]
    again = rows[rows["item_id"] == item].assign(
        id=lambda frame: frame["id"] + "-again", item_id=lambda frame: frame["item_id"] + "-again"
    )
    table = pair_table(annotate(pd.concat([rows, again])))
    table = table[table["dataset"] == "aime"]
    assert pairs[0, 0, 0] == 3
    assert sums[0, :, 0] == pytest.approx([table["A_a"].sum(), table["A_b"].sum()], abs=1e-12)


def test_two_items_can_be_worked_out_by_hand():
    # One of two items is drawn: +100 or 0. Influences are +-1/2 of half: error sqrt(2 * 2 * 25^2).
    interval = interval_of(frame(*answers(1, 0)))
    assert (interval.low_pp, interval.high_pp) == (0.0, 100.0)
    assert interval.error_pp == pytest.approx(50.0, abs=1e-9)
    assert interval.df == 1
    assert (interval.pairs, interval.items, interval.datasets) == (1, 2, 1)


def test_one_pair_has_the_error_and_width_of_a_mean():
    changes = [1, 1, 0, -1, 1, 0, 0, 1, -1, 1, 1, 0, 1, 0, 0, 1, 1, -1, 0, 1, 1, 0, 0, 1, 1]
    interval = interval_of(frame(*answers(*changes)), resamples=20_000)
    assert interval.error_pp == pytest.approx(100 * np.std(changes, ddof=1) / 5, abs=1e-9)
    assert interval.df == 24
    reach = 2.0639 * interval.error_pp
    assert interval.high_pp - interval.low_pp == pytest.approx(2 * reach, rel=0.05)


def test_the_error_is_the_cluster_robust_one_of_statsmodels():
    import statsmodels.api as sm

    rows = shaped_rows((60,), unretained=0, seed=9)
    annotated = annotate(rows)
    change = annotated["assisted_correct"].astype(float) - annotated["direct_correct"]
    items = pd.factorize(annotated["item_id"])[0]
    robust = sm.OLS(change.to_numpy(), np.ones(len(change))).fit(
        cov_type="cluster", cov_kwds={"groups": items, "use_correction": False}
    )
    expected = robust.bse[0] * np.sqrt(60 / 59)
    found = spread_of(matrices(rows), CHANGE, group=EVERY)
    assert found.error == pytest.approx(expected, rel=1e-9)
    assert found.df == pytest.approx(59)


def test_the_error_of_several_datasets_adds_up_in_squares():
    rows = small()
    parts = [matrices(rows[rows["dataset"] == name]) for name in ("aime", "correctbench")]
    errors = [spread_of(part, CHANGE, group=EVERY) for part in parts]
    both = spread_of(matrices(rows), CHANGE, group=EVERY)
    # Each dataset has three of the six pairs, so half the weight.
    assert both.error == pytest.approx(np.hypot(errors[0].error, errors[1].error) / 2, rel=1e-12)
    below = sum((error.error / 2) ** 4 / error.df for error in errors)
    assert both.df == pytest.approx(both.error**4 / below, rel=1e-9)


@pytest.mark.parametrize("drawn", ["items", "datasets"])
def test_the_draws_spread_as_far_as_the_error_that_is_worked_out(drawn):
    strata = matrices(shaped_rows((40,) * 9, unretained=4, seed=6))
    macros = draw_macros(strata, drawn=drawn, resamples=20_000, seed=1)
    spread = spread_of(strata, CHANGE, group=EVERY, drawn=drawn)
    assert np.std(macros[:, 0, 0] - macros[:, 1, 0]) == pytest.approx(spread.error, rel=0.03)


def test_solvers_that_answer_alike_are_no_more_evidence_than_one():
    changes = [1, 0, 0, -1, 1, 1, 0, 1]
    one = answers(*changes)
    alike = [
        line | {"id": f"{line['id']}-{solver}", "solver": solver}
        for line in one
        for solver in ("a", "b", "c")
    ]
    apart = [line | {"item_id": line["id"]} for line in alike]
    error = interval_of(frame(*one)).error_pp
    assert interval_of(frame(*alike)).error_pp == pytest.approx(error, abs=1e-9)
    assert interval_of(frame(*apart)).error_pp == pytest.approx(error * np.sqrt(7 / 23), abs=1e-9)


def test_drawing_datasets_then_items_spreads_further_than_datasets_alone():
    strata = matrices(shaped_rows((12,) * 9, unretained=0, seed=3))
    spreads = {
        drawn: np.std(draw_macros(strata, drawn=drawn, resamples=4_000, seed=1)[:, 0, 0])
        for drawn in ("items", "datasets", "datasets+items")
    }
    assert spreads["items"] < spreads["datasets"] < spreads["datasets+items"]


def test_the_same_seed_gives_the_same_interval_and_another_seed_another():
    assert interval_of(small(), seed=4) == interval_of(small(), seed=4)
    assert interval_of(small(), seed=4) != interval_of(small(), seed=5)


def test_the_order_of_rows_does_not_matter():
    rows = small()
    assert interval_of(rows) == interval_of(rows.sample(frac=1, random_state=1))


def test_names_of_solvers_do_not_matter():
    rows = small()
    named = rows.assign(solver=rows["solver"].map({"a": "z", "b": "y", "c": "x"}))
    one, other = interval_of(rows), interval_of(named)
    assert (one.low_pp, one.high_pp) == pytest.approx((other.low_pp, other.high_pp), abs=1e-9)
    assert one.error_pp == pytest.approx(other.error_pp, abs=1e-9)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.sampled_from([-1, 0, 1]), min_size=2, max_size=30))
def test_exchanging_the_channels_turns_the_interval_round(changes):
    one, other = (interval_of_changes([sign * c for c in changes]) for sign in (1, -1))
    assert (one.low_pp, one.high_pp) == pytest.approx((-other.high_pp, -other.low_pp), abs=1e-9)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.sampled_from([-1, 0, 1]), min_size=20, max_size=40))
def test_the_interval_holds_the_estimate(changes):
    interval = interval_of_changes(changes)
    assert interval.low_pp - 1e-9 <= 100 * np.mean(changes) <= interval.high_pp + 1e-9


def test_rows_and_matrices_tell_the_same():
    changes = [1, 0, -1, 0, 1, 1, 0]
    assert interval_of(frame(*answers(*changes))) == interval_of_changes(changes)


def test_channels_that_are_equal_everywhere_differ_by_zero_without_width():
    interval = interval_of(frame(*answers(*[0] * 30)))
    assert (interval.low_pp, interval.high_pp, interval.error_pp) == (0.0, 0.0, 0.0)
    assert "no proof of certainty" in interval.note


def test_one_item_has_no_interval():
    interval = interval_of(frame(*answers(1)))
    assert (interval.low_pp, interval.high_pp, interval.error_pp) == (None, None, None)
    assert interval.note == "undefined with fewer than two items"


def test_one_dataset_says_nothing_of_other_datasets():
    interval = interval_of(frame(*answers(1, 0, 1)), drawn="datasets")
    assert interval.low_pp is None
    assert interval.note == "undefined with fewer than two dataset configurations"


def test_no_rows_have_no_interval():
    interval = interval_of(frame())
    assert (interval.low_pp, interval.pairs, interval.items) == (None, 0, 0)


def test_few_items_carry_a_warning_and_many_do_not():
    assert "likely too narrow" in interval_of(frame(*answers(*[1, 0] * 5))).note
    assert interval_of(frame(*answers(*[1, 0] * 20))).note == ""


def test_a_dataset_of_one_item_is_named_as_what_the_interval_lacks():
    lone = row(900, dataset="medqa")
    interval = interval_of(frame(*answers(*[1, 0] * 20), lone))
    assert "1 dataset configurations that hold one item each" in interval.note


def test_a_pair_without_a_drawn_row_is_left_out_of_that_draw():
    # Solver s2 has one of three items: where it is not drawn the macro mean is that of s1 alone.
    rows = frame(*answers(1, 0, 0), row(9, item_id="item-000000", solver="s2"))
    macros = draw_macros(matrices(rows), drawn="items", resamples=200, seed=0)
    change = np.unique(np.round(macros[:, 0, 0] - macros[:, 1, 0], 9))
    # Drawn (of 0, 1, 2): 0 and 0; 0 and another; no 0. s1 has 1, 1/2, 0; s2 has 0, or is not there.
    assert change.tolist() == [0.0, 0.25, 0.5]


def test_draws_that_hold_none_of_the_pairs_give_no_interval():
    # The other seven datasets have no pair in the group; one draw may miss both that have.
    rows = shaped_rows((4,) * 9, solvers=("a",), unretained=0, seed=1)
    annotated = annotate(rows)
    pairs = pair_table(annotated)
    strata = strata_of(annotated, pairs, list(CHANGE), {"two": pairs.index < 2})
    found = [
        clustered_intervals(strata, [CHANGE], drawn="datasets", resamples=1, seed=seed, level=0.5)[
            0
        ]["two"]
        for seed in range(60)
    ]
    missed = [interval for interval in found if interval.low_pp is None]
    assert 0 < len(missed) < 60
    assert missed[0].note == "undefined: no draw holds any of the pairs"


def test_groups_are_drawn_together_and_counted_apart():
    strata = matrices(small(), non_zero_baseline=True, zero_baseline=True)
    [found] = clustered_intervals(strata, [CHANGE], resamples=200)
    assert list(found) == ["all", "non_zero_baseline", "zero_baseline"]
    counted = [found[name].pairs for name in found]
    assert counted[0] == counted[1] + counted[2] == 6


@pytest.mark.parametrize("wrong", [{"resamples": 0}, {"level": 0.0}, {"level": 1.0}])
def test_senseless_settings_are_refused(wrong):
    with pytest.raises(ValueError, match="must"):
        interval_of(small(), **wrong)
