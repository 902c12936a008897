"""Student's t against scipy and tables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cgr_nb.analysis.student import t_cdf, t_quantile


def test_quantiles_of_a_printed_table():
    assert t_quantile(0.975, 1) == pytest.approx(12.706, abs=5e-4)
    assert t_quantile(0.975, 8) == pytest.approx(2.306, abs=5e-4)
    assert t_quantile(0.95, 30) == pytest.approx(1.697, abs=5e-4)


@given(st.floats(1e-6, 1 - 1e-6), st.floats(0.5, 1e5))
def test_quantiles_are_those_of_scipy(p, df):
    from scipy import stats as reference

    expected = reference.t.ppf(p, df)
    assert t_quantile(p, df) == pytest.approx(expected, rel=1e-9, abs=1e-9)


@given(st.floats(-50, 50), st.floats(0.5, 1e5))
def test_chances_are_those_of_scipy(t, df):
    from scipy import stats as reference

    assert t_cdf(t, df) == pytest.approx(reference.t.cdf(t, df), rel=1e-9, abs=1e-12)


@given(st.floats(0.001, 0.999), st.floats(0.5, 1e4))
def test_the_two_sides_are_mirror_images(p, df):
    assert t_quantile(p, df) == pytest.approx(-t_quantile(1 - p, df), rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(("p", "df"), [(0, 3), (1, 3), (0.5, 0)])
def test_senseless_arguments_are_refused(p, df):
    with pytest.raises(ValueError, match="must"):
        t_quantile(p, df)
