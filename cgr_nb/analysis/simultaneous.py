"""Intervals that hold together: 95 % that all of them cover, not each.

Who looks at eleven differences, each with an interval of its own, will find one that is missed in
about every other study. The draws of `clustered.draw_macros` are joint: each holds all arms. So the
largest |t| over the contrasts of each draw says how far all intervals must reach together (Westfall
and Young 1993; for means, Hothorn, Bretz and Westfall 2008). It is turned into the one level at
which each interval has to be read, and each is then as wide as Student's t of its own degrees of
freedom asks. How often all of them cover together is measured by
`tests/benchmarks/simultaneous.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

import numpy as np

from cgr_nb.analysis.power import POWER, possible_pp
from cgr_nb.analysis.strata import Floats
from cgr_nb.analysis.student import t_quantile

__all__ = ["Family", "SimultaneousInterval", "each_level", "simultaneous_interval"]

Family = Literal["all", "primary"]


@dataclass(frozen=True, slots=True)
class SimultaneousInterval:
    """An interval of one difference, wide enough for all differences of its family."""

    low_pp: float | None
    """None when there is no interval."""
    high_pp: float | None
    level: float
    """Nominal chance that all intervals of the family cover, 0 to 1."""
    each_level: float
    """Level at which each of them alone is read."""
    family: Family
    """"all": every arm against the reference; "primary": those named beforehand alone."""
    comparisons: int
    """Differences in the family."""
    detectable_pp: float | None
    """Minimum detectable difference at that level, with a power of 0.8; None when undefined,
    or where no difference could be detected."""

    @property
    def one_sided(self) -> bool:
        """Whether it lies on one side of no difference."""
        if self.low_pp is None or self.high_pp is None:
            return False
        return self.low_pp > 0 or self.high_pp < 0


def each_level(draws: Floats, centres: Floats, errors: Floats, *, level: float = 0.95) -> float:
    """The level at which each of several intervals must be read for all to hold at `level`.

    Args:
        draws: (resamples, contrasts), all contrasts of a draw from the same units.
        centres: What was observed.
        errors: Standard error of each; a contrast without one, or without any spread, is left out.
        level: Nominal chance that all cover.
    """
    spread = np.isfinite(errors) & (errors > 0)
    if spread.sum() < 2:
        return level
    t = np.abs(draws[:, spread] - centres[spread]) / errors[spread]
    largest = t.max(axis=1)
    largest = largest[~np.isnan(largest)]
    if not len(largest):
        return 1 - (1 - level) / int(spread.sum())
    tail = NormalDist().cdf(-float(np.quantile(largest, level)))
    # No joint level is stricter than Bonferroni's, or laxer than that of one contrast.
    return float(np.clip(1 - 2 * tail, level, 1 - (1 - level) / int(spread.sum())))


def simultaneous_interval(
    difference_pp: float,
    error_pp: float | None,
    df: float | None,
    *,
    each: float,
    family: Family,
    comparisons: int,
    level: float = 0.95,
) -> SimultaneousInterval:
    """One interval of a family.

    Args:
        difference_pp: What was observed.
        error_pp: Its standard error; None: there is no interval.
        df: Degrees of freedom of that.
        each: As `each_level` returns it.
        family: Which family.
        comparisons: Differences in it.
        level: Of the family.
    """
    low = high = detectable = None
    if error_pp is not None and df:
        reach = t_quantile((1 + each) / 2, df) * error_pp
        low, high = difference_pp - reach, difference_pp + reach
        if error_pp > 0:
            detectable = possible_pp(reach + t_quantile(POWER, df) * error_pp)
    return SimultaneousInterval(low, high, level, each, family, comparisons, detectable)
