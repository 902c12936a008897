"""Item-clustered bootstrap: how far a macro mean moves when other items had been drawn.

The item is the cluster: it is drawn with the rows of all its solvers. What is drawn is one of

- "items": within each dataset configuration, its items. Configurations and solvers stay as they
  are: the interval speaks of these solvers on these datasets, and of other items like theirs.
- "datasets": dataset configurations, each with its items: the interval speaks of other datasets
  like these. The spread between configurations already holds the chance of their items.
- "datasets+items": configurations, then items within each that was drawn. Holds the chance of the
  items twice, so it is too wide where configurations hardly differ (Davison and Hinkley 1997,
  section 3.8); here for whoever expects it.

Of n units n - 1 are drawn with replacement: so the variance of the draws is the unbiased one, where
drawing n makes it too small by (n - 1)/n (Rao and Wu 1988). Percentiles are read further out, by as
much as Student's t is wider than the normal (Hesterberg 2015, "expanded percentile"). The pairs of
a group are chosen once, not in each draw. How often the intervals cover what they speak of is
measured by `tests/benchmarks/coverage.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from cgr_nb.analysis.bootstrap import Interval, fewest
from cgr_nb.analysis.spread import Draw, Spread, spread_of
from cgr_nb.analysis.strata import Floats, Strata
from cgr_nb.analysis.student import t_quantile

__all__ = ["NOT_YET", "ClusteredInterval", "clustered_intervals", "draw_macros"]

FEW: Mapping[Draw, int] = {"items": 29, "datasets": 19, "datasets+items": 19}
"""Degrees of freedom below which an interval says that it is likely too narrow: from there on it
was measured to cover 94 % or more, if not too skewed."""

NOT_YET = "not computed yet"
"""Note of an interval that is left for later."""


@dataclass(frozen=True, slots=True)
class ClusteredInterval(Interval):
    """An interval of a macro mean or difference, over draws of items or datasets."""

    drawn: Draw
    """What was drawn."""
    items: int
    """Items, counted once however many solvers answered them."""
    datasets: int
    """Dataset configurations."""
    error_pp: float | None
    """Standard error in percentage points, linearised; None when undefined."""
    df: float | None
    """Degrees of freedom of the standard error; None when undefined."""

    @property
    def absence(self) -> str:
        """As `Interval.absence`, of items or datasets."""
        if self.low_pp is not None or not self.pairs:
            return ""
        if self.note == NOT_YET:
            return self.note
        return f"too few items ({self.items})" if self.drawn == "items" else _few_datasets(self)


def _few_datasets(of: ClusteredInterval | Spread) -> str:
    return f"too few datasets ({of.datasets})"


def clustered_intervals(
    strata: Strata,
    contrasts: Sequence[Mapping[str, float]],
    *,
    drawn: Draw = "items",
    resamples: int = 10_000,
    seed: int = 0,
    level: float = 0.95,
    macros: Floats | None = None,
) -> list[dict[str, ClusteredInterval]]:
    """Intervals of contrasts of macro means, all from the same draws.

    Args:
        strata: As `strata.strata_of` returns them; values are shares, 0 to 1.
        contrasts: Each a mapping from value to weight: {"assisted": 1, "direct": -1} is their
            difference.
        drawn: What is drawn; see the module.
        resamples: Number of draws.
        seed: Of the draws; the same input and seed give the same intervals.
        level: Nominal coverage.
        macros: The draws, where they are made already: as `draw_macros` returns them for the same
            arguments.

    Returns:
        For each contrast group -> interval, in percentage points.

    Raises:
        ValueError: `resamples` is below 1 or `level` is not between 0 and 1.
    """
    if resamples < 1:
        raise ValueError(f"resamples must be at least 1, got {resamples}")
    if not 0 < level < 1:
        raise ValueError(f"level must lie between 0 and 1, got {level}")
    if macros is None:
        macros = draw_macros(strata, drawn=drawn, resamples=resamples, seed=seed)
    return [
        {
            group: _interval(
                100 * np.tensordot(macros[:, :, place], strata.weights(contrast), axes=1),
                spread_of(strata, contrast, group=group, drawn=drawn),
                drawn=drawn,
                seed=seed,
                level=level,
            )
            for place, group in enumerate(strata.groups)
        }
        for contrast in contrasts
    ]


def draw_macros(strata: Strata, *, drawn: Draw, resamples: int, seed: int) -> Floats:
    """Macro means of drawn studies.

    A pair of which no row is drawn has no mean in that draw and is left out of its macro mean.

    Args:
        strata: As `strata.strata_of` returns them.
        drawn: What is drawn; see the module.
        resamples: Number of draws.
        seed: Each dataset configuration draws from a generator of its own, spawned from it.

    Returns:
        (resamples, values, groups); NaN where no pair of the group has a row.
    """
    # Arms that never come to a smaller budget are themselves under it: each is counted once.
    values, place_of = _distinct(strata)
    strata = strata.only(values)
    size = len(strata.parts)
    sums = np.zeros((resamples, len(strata.values), len(strata.groups)))
    pairs = np.zeros((resamples, 1, len(strata.groups)))
    outer, *inner = np.random.SeedSequence(seed).spawn(size + 1)
    repeats = np.ones((resamples, size))
    if drawn != "items" and size:
        repeats = _counts(np.random.default_rng(outer), size, resamples)
    for stratum, repeat, its_seed in zip(strata.parts, repeats.T, inner, strict=True):
        random = np.random.default_rng(its_seed)
        step = stratum.at_once
        for start in range(0, resamples, step):
            part = slice(start, start + step)
            times = repeat[part, None, None]
            counts = np.ones((1, stratum.items))
            if drawn != "datasets":
                counts = _counts(random, stratum.items, len(times))
            of_sums, of_pairs = stratum.macro_parts(counts)
            sums[part] += times * of_sums
            pairs[part] += times * of_pairs
    with np.errstate(invalid="ignore"):
        return (sums / pairs)[:, place_of]


def _distinct(strata: Strata) -> tuple[list[str], list[int]]:
    """Values of which no two are alike in every stratum, and the place among them of each value."""
    known: dict[bytes, int] = {}
    values: list[str] = []
    places = []
    for number, name in enumerate(strata.values):
        told = b"".join(part.sums[number].tobytes() for part in strata.parts)
        if told not in known:
            known[told] = len(values)
            values.append(name)
        places.append(known[told])
    return values, places


def _counts(random: np.random.Generator, n: int, resamples: int) -> Floats:
    """How often each of `n` units is drawn when n - 1 are; a lone unit is always drawn."""
    picks = random.integers(0, n, size=(resamples, max(1, n - 1)))
    picks += (np.arange(resamples) * n)[:, None]
    return np.bincount(picks.ravel(), minlength=resamples * n).reshape(-1, n).astype(float)


def _interval(
    macros_pp: Floats, spread: Spread, *, drawn: Draw, seed: int, level: float
) -> ClusteredInterval:
    low: float | None = None
    high: float | None = None
    # A draw without any pair of the group says nothing of it.
    known = macros_pp[~np.isnan(macros_pp)]
    # Of so few no percentile reaches the level: see `bootstrap.fewest`.
    few = drawn != "items" and spread.datasets < fewest(level)
    if spread.df > 0 and len(known) and not few:
        tail = NormalDist().cdf(-t_quantile((1 + level) / 2, spread.df))
        low, high = (float(end) for end in np.quantile(known, [tail, 1 - tail]))
    return ClusteredInterval(
        low_pp=low,
        high_pp=high,
        level=level,
        resamples=len(macros_pp),
        seed=seed,
        pairs=spread.pairs,
        note=_note(spread, drawn, few)
        if len(known)
        else "undefined: no draw holds any of the pairs",
        drawn=drawn,
        items=spread.items,
        datasets=spread.datasets,
        error_pp=100 * spread.error if spread.df > 0 else None,
        df=spread.df if spread.df > 0 else None,
    )


def _note(spread: Spread, drawn: Draw, few: bool) -> str:
    unit = "items" if drawn == "items" else "dataset configurations"
    if spread.df == 0:
        return f"undefined with fewer than two {unit}"
    if few:
        return (
            f"{_few_datasets(spread)}: even their whole range would miss the true value too often"
        )
    if spread.error == 0:
        return f"has no width because all {unit} moved alike; that is no proof of certainty"
    if spread.df < FEW[drawn]:
        return f"likely too narrow with so few {unit}"
    if drawn == "items" and spread.lone:
        return f"lacks the chance of {spread.lone} dataset configurations that hold one item each"
    return ""
