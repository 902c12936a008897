"""Bootstrap and McNemar against loops, scipy and numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgr_nb.analysis.bootstrap import fewest, pair_bootstrap
from cgr_nb.analysis.mcnemar import holm, mcnemar_exact

DIFFERENCES = [12.5, -3.0, 40.0, 0.0, 7.25, 22.0, 31.5, -18.0, 5.0, 9.0, 64.0]


def test_the_interval_is_that_of_a_plain_loop_with_the_same_seed():
    random = np.random.default_rng(11)
    means = []
    for _ in range(2_000):
        drawn = [DIFFERENCES[i] for i in random.integers(0, len(DIFFERENCES), len(DIFFERENCES))]
        means.append(sum(drawn) / len(drawn))
    means.sort()
    at = 0.025 * 1_999  # linear interpolation between order statistics
    low = means[49] + (at - 49) * (means[50] - means[49])
    at = 0.975 * 1_999
    high = means[1949] + (at - 1949) * (means[1950] - means[1949])

    interval = pair_bootstrap(DIFFERENCES, resamples=2_000, seed=11)

    assert interval.low_pp == pytest.approx(low, abs=1e-9)
    assert interval.high_pp == pytest.approx(high, abs=1e-9)


def test_the_interval_agrees_with_scipy():
    from scipy import stats as reference

    ours = pair_bootstrap(DIFFERENCES, resamples=20_000, seed=1)
    theirs = reference.bootstrap(
        (DIFFERENCES,), np.mean, n_resamples=20_000, method="percentile", rng=2
    ).confidence_interval
    assert ours.low_pp == pytest.approx(theirs.low, abs=0.6)
    assert ours.high_pp == pytest.approx(theirs.high, abs=0.6)


def test_two_pairs_can_be_worked_out_by_hand():
    # Means of two draws from {0, 10} are 0, 5 and 10 with chances 1/4, 1/2, 1/4.
    # Two pairs can carry a level of one half, and no more.
    interval = pair_bootstrap([0.0, 10.0], seed=3, level=0.5)
    assert {interval.low_pp, interval.high_pp} <= {0.0, 2.5, 5.0, 7.5, 10.0}
    assert interval.low_pp < interval.high_pp
    inner = pair_bootstrap([0.0, 10.0], seed=3, level=0.4)
    assert (inner.low_pp, inner.high_pp) == (5.0, 5.0)


def test_the_same_seed_gives_the_same_interval_and_another_seed_another():
    assert pair_bootstrap(DIFFERENCES, seed=4) == pair_bootstrap(DIFFERENCES, seed=4)
    assert pair_bootstrap(DIFFERENCES, seed=4) != pair_bootstrap(DIFFERENCES, seed=5)


@pytest.mark.parametrize("count", range(6))
def test_too_few_pairs_have_no_interval_and_say_why(count):
    interval = pair_bootstrap(DIFFERENCES[:count])
    assert (interval.low_pp, interval.high_pp) == (None, None)
    assert interval.note.startswith(f"too few pairs ({count}): with fewer than 6")
    assert interval.absence == (f"too few pairs ({count})" if count else "")
    assert not interval.one_sided


def test_six_pairs_are_enough_for_95_percent_and_two_for_half():
    assert [fewest(level) for level in (0.95, 0.9, 0.5)] == [6, 5, 2]
    # The range of n holds the middle with 1 - 2/2^n: five fall short of 95 %.
    assert 1 - 2 / 2**5 < 0.95 <= 1 - 2 / 2**6
    assert pair_bootstrap(DIFFERENCES[:6], resamples=10).absence == ""


def test_fewer_pairs_than_six_would_not_have_been_covered_as_often_as_claimed():
    # By simulation, as a percentile interval without the rule would do.
    random = np.random.default_rng(4)
    covered = {}
    for count in (2, 5):
        changes = random.normal(size=(2_000, count))
        picks = random.integers(0, count, size=(2_000, 400, count))
        means = np.take_along_axis(changes[:, None, :], picks, axis=2).mean(axis=2)
        low, high = np.quantile(means, [0.025, 0.975], axis=1)
        covered[count] = float(np.mean((low <= 0) & (high >= 0)))
    assert covered[2] < 0.55
    assert covered[5] < 0.87


def test_few_pairs_carry_a_warning_and_many_do_not():
    assert "likely too narrow" in pair_bootstrap(DIFFERENCES[:9], resamples=10).note
    assert pair_bootstrap(DIFFERENCES, resamples=10).note == ""


@given(st.lists(st.floats(-100, 100), min_size=6, max_size=54))
def test_the_interval_never_leaves_the_range_of_the_pairs(differences):
    interval = pair_bootstrap(differences, resamples=200)
    assert min(differences) - 1e-9 <= interval.low_pp
    assert interval.low_pp <= interval.high_pp
    assert interval.high_pp <= max(differences) + 1e-9


@given(st.lists(st.integers(-100, 100).map(float), min_size=20, max_size=54))
def test_the_interval_holds_the_estimate_when_there_are_enough_pairs(differences):
    interval = pair_bootstrap(differences, resamples=1_000)
    assert interval.low_pp <= np.mean(differences) + 1e-9
    assert interval.high_pp >= np.mean(differences) - 1e-9


@given(st.floats(-100, 100))
def test_pairs_that_all_agree_leave_no_width(difference):
    interval = pair_bootstrap([difference] * 12, resamples=50)
    assert interval.low_pp == pytest.approx(difference)
    assert interval.high_pp == pytest.approx(difference)


@pytest.mark.parametrize(
    "wrong", [{"resamples": 0}, {"level": 0}, {"level": 1}, {"differences_pp": [1.0, float("nan")]}]
)
def test_senseless_settings_are_refused(wrong):
    with pytest.raises(ValueError, match="must"):
        pair_bootstrap(**({"differences_pp": [1.0, 2.0]} | wrong))


def test_mcnemar_by_hand():
    assert mcnemar_exact(0, 0) == 1.0
    assert mcnemar_exact(5, 0) == 2 / 32
    assert mcnemar_exact(1, 5) == 2 * (1 + 6) / 64
    assert mcnemar_exact(3, 3) == 1.0


@given(st.integers(0, 400), st.integers(0, 400))
def test_mcnemar_is_the_two_sided_binomial_test(gains, losses):
    from scipy import stats as reference

    expected = reference.binomtest(gains, gains + losses).pvalue if gains + losses else 1.0
    assert mcnemar_exact(gains, losses) == pytest.approx(expected, rel=1e-9, abs=1e-300)


def test_mcnemar_of_a_whole_study_is_not_lost_to_overflow():
    from scipy import stats as reference

    expected = reference.binomtest(10_100, 20_498).pvalue
    assert mcnemar_exact(10_100, 10_398) == pytest.approx(expected, rel=1e-6)
    assert mcnemar_exact(0, 20_498) == 0.0


def test_negative_flips_are_refused():
    with pytest.raises(ValueError, match="flips are counts"):
        mcnemar_exact(-1, 4)


def test_holm_by_hand():
    # Sorted: 0.01 x 4, 0.02 x 3, 0.03 x 2, 0.6 x 1; the third and second tie at 0.06.
    assert holm([0.03, 0.6, 0.01, 0.02]) == pytest.approx([0.06, 0.6, 0.04, 0.06])


@given(st.lists(st.floats(0, 1), max_size=60))
def test_holm_never_lowers_a_p_value_nor_changes_their_order(p_values):
    adjusted = holm(p_values)
    assert all(0 <= p <= a <= 1 for p, a in zip(p_values, adjusted, strict=True))
    ranked = [a for _, a in sorted(zip(p_values, adjusted, strict=True))]
    assert ranked == sorted(ranked)
