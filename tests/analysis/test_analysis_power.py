"""What a study could notice: against sums over every outcome, and against scipy."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cgr_nb.analysis.mcnemar import mcnemar_exact
from cgr_nb.analysis.power import detectable, detectable_by_mcnemar, detectable_pp, mcnemar_power
from cgr_nb.analysis.spread import Spread


def spread(error, df):
    return Spread(error=error, df=df, pairs=1, items=int(df) + 1, datasets=1, lone=0)


def by_every_outcome(rows, gain, loss):
    """The chance to reject, summed over all gains and losses there can be."""
    still = 1 - gain - loss
    return sum(
        math.comb(rows, gains)
        * math.comb(rows - gains, losses)
        * gain**gains
        * loss**losses
        * still ** (rows - gains - losses)
        for gains in range(rows + 1)
        for losses in range(rows + 1 - gains)
        if mcnemar_exact(gains, losses) <= 0.05
    )


@pytest.mark.parametrize(
    ("rows", "gain", "loss"),
    [(20, 0.4, 0.1), (12, 0.6, 0.0), (30, 0.2, 0.3), (25, 0.1, 0.1), (8, 0.875, 0.125)],
)
def test_power_is_the_sum_over_every_outcome(rows, gain, loss):
    expected = by_every_outcome(rows, gain, loss)
    assert mcnemar_power(rows, gain, loss) == pytest.approx(expected, abs=1e-9)


def test_five_flips_never_reject_and_six_of_a_kind_do():
    assert mcnemar_power(5, 1.0, 0.0) == 0.0
    assert mcnemar_power(6, 1.0, 0.0) == pytest.approx(1.0)
    assert mcnemar_power(6, 0.5, 0.0) == pytest.approx(0.5**6)


def test_where_nothing_flips_nothing_is_noticed():
    assert mcnemar_power(40, 0.0, 0.0) == 0.0
    assert mcnemar_power(0, 0.5, 0.0) == 0.0


def test_without_losses_power_is_a_binomial_tail():
    from scipy import stats as reference

    expected = reference.binom.sf(5, 40, 0.19)
    assert mcnemar_power(40, 0.19, 0.0) == pytest.approx(expected, abs=1e-9)


def test_power_without_an_effect_stays_below_the_level():
    assert 0 < mcnemar_power(300, 0.1, 0.1) < 0.05


@settings(max_examples=40, deadline=None)
@given(st.integers(6, 400), st.floats(0, 0.5))
def test_the_smallest_difference_is_noticed_with_the_power_asked_for(rows, share):
    against = int(rows * share)
    smallest = detectable_by_mcnemar(rows, against)
    if smallest is not None:
        loss = against / rows
        assert mcnemar_power(rows, loss + smallest, loss) == pytest.approx(0.8, abs=1e-9)


def test_more_rows_see_smaller_differences_and_more_noise_hides_them():
    sizes = [detectable_by_mcnemar(rows, 0) for rows in (10, 40, 160, 640)]
    assert sizes == sorted(sizes, reverse=True)
    noisy = [detectable_by_mcnemar(100, against) for against in (0, 5, 20)]
    assert noisy == sorted(noisy)


def test_too_few_rows_can_see_no_difference():
    assert detectable_by_mcnemar(5, 0) is None
    assert detectable_by_mcnemar(0, 0) is None
    assert detectable_by_mcnemar(12, 6) is None


def test_more_flips_against_than_rows_allow_are_refused():
    with pytest.raises(ValueError, match="at most half of 10 rows"):
        detectable_by_mcnemar(10, 6)


def test_the_macro_one_is_two_quantiles_of_t_times_the_error():
    from scipy import stats as reference

    quantiles = reference.t.ppf(0.975, 40) + reference.t.ppf(0.8, 40)
    assert detectable(spread(1.5, 40)) == pytest.approx(1.5 * quantiles, rel=1e-9)
    # With many items it is the usual 2.8 standard errors.
    assert detectable(spread(1.0, 1e5)) == pytest.approx(2.8016, abs=1e-3)


def test_a_study_that_could_notice_no_difference_names_none():
    assert detectable_pp(spread(0.34, 1e5)) == pytest.approx(95.3, abs=0.1)
    # 108 points: no two accuracies are so far apart.
    assert detectable_pp(spread(0.385, 1e5)) is None
    assert detectable_pp(spread(0.0, 12)) is None


def test_without_an_error_there_is_no_detectable_difference():
    assert detectable(spread(0.0, 0)) is None
    assert detectable(spread(0.0, 12)) is None
