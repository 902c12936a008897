"""The lines of a comparison: each arm's accuracy on the common rows, and the reference against it.

All intervals come of the same draws, so that they can be read together (see `simultaneous`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cgr_nb.analysis.arm_comparison import ArmLine, ArmVersus
from cgr_nb.analysis.chance import over_chance
from cgr_nb.analysis.clustered import ClusteredInterval, clustered_intervals, draw_macros
from cgr_nb.analysis.mcnemar import holm, mcnemar_exact
from cgr_nb.analysis.pairs import PAIR_KEY, Cells, count_flips, item_means, item_weights
from cgr_nb.analysis.simultaneous import (
    Family,
    SimultaneousInterval,
    each_level,
    simultaneous_interval,
)
from cgr_nb.analysis.spread import spread_of
from cgr_nb.analysis.strata import Floats, Strata, strata_of

__all__ = ["GROUP", "Levels", "arm_lines", "arm_tests", "strata_of_arms"]

GROUP = "compared"
"""All pairs with a common row."""


@dataclass(frozen=True, slots=True)
class Levels:
    """How strictly each difference must be read for those of its family to hold together."""

    every: float
    """Of all arms against the reference."""
    comparisons: int
    primary: float
    """Of the primary comparisons alone."""
    primary_arms: frozenset[str]

    @classmethod
    def of(
        cls,
        differences: Mapping[str, Floats],
        centres: Mapping[str, float],
        errors: Mapping[str, float],
        primary: Collection[str],
    ) -> Levels:
        """From draws.

        Args:
            differences: Arm -> the reference minus it, in each draw.
            centres: Arm -> the same as observed.
            errors: Arm -> its standard error.
            primary: Arms of primary comparisons.
        """

        def level(arms: Sequence[str]) -> float:
            if len(arms) < 2:
                return 0.95
            return each_level(
                np.column_stack([differences[arm] for arm in arms]),
                np.array([centres[arm] for arm in arms]),
                np.array([errors[arm] for arm in arms]),
            )

        ours = [arm for arm in differences if arm in primary]
        return cls(level(list(differences)), len(differences), level(ours), frozenset(ours))

    def interval(
        self, arm: str, of: ClusteredInterval, difference_pp: float
    ) -> SimultaneousInterval:
        """The interval of one difference, of which `of` is its interval alone."""
        primary = arm in self.primary_arms
        family: Family = "primary" if primary else "all"
        return simultaneous_interval(
            difference_pp,
            of.error_pp,
            of.df,
            each=self.primary if primary else self.every,
            family=family,
            comparisons=len(self.primary_arms) if primary else self.comparisons,
        )


def strata_of_arms(right: pd.DataFrame, values: Sequence[str]) -> Strata:
    """Columns of right answers as matrices, all their pairs in one group."""
    pairs = right[PAIR_KEY].drop_duplicates().sort_values(PAIR_KEY, ignore_index=True)
    return strata_of(right, pairs, values, {GROUP: [True] * len(pairs)})


def arm_tests(right: pd.DataFrame, reference: str, others: Sequence[str]) -> pd.DataFrame:
    """The reference against each other arm, pair by pair: see `ArmComparison.pairs`."""
    tables, cells = [], Cells.of(right)
    means = item_means(right, [reference, *others], cells)
    for arm in others:
        ours, theirs = right[reference], right[arm]
        table = count_flips(pd.DataFrame({"gain": ours & ~theirs, "loss": theirs & ~ours}), cells)
        table.insert(0, "arm", arm)
        table.insert(len(PAIR_KEY) + 2, "accuracy", means[arm])
        table.insert(len(PAIR_KEY) + 3, "reference_accuracy", means[reference])
        counts = zip(table["item_gains"], table["item_losses"], strict=True)
        table["p_value"] = [mcnemar_exact(int(gains), int(losses)) for gains, losses in counts]
        table["p_holm"] = holm(table["p_value"].tolist())
        tables.append(table)
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def arm_lines(
    right: pd.DataFrame,
    answered: Mapping[str, pd.DataFrame],
    tests: pd.DataFrame,
    reference: str,
    *,
    primary: Collection[str],
    levels: Levels | None,
    macros: Floats | None = None,
    resamples: int,
    seed: int,
) -> tuple[tuple[ArmLine, ...], Levels]:
    """One line an arm, over the rows that all were asked.

    Args:
        right: One line a row, a column an arm (bool), with what tells pairs, items and chance.
        answered: Arm -> its lines of the arm frame, in the order of `right`.
        tests: As `arm_tests` returns them.
        reference: The arm that the others are held against.
        primary: Arms of primary comparisons.
        levels: Of the simultaneous intervals; None: of these rows.
        macros: The draws of the arms, where they are made already; see `clustered.draw_macros`.
        resamples: Draws.
        seed: Of the draws.
    """
    names = list(answered)
    others = [name for name in names if name != reference]
    cells = Cells.of(right)
    accuracy = item_means(right, [*names, "chance"], cells)
    held = strata_of_arms(right, [*names, "chance"])
    strata = held.only(names)
    chance = float(accuracy["chance"].mean(skipna=False))
    weights = item_weights(right, cells)
    contrasts: list[dict[str, float]] = [{name: 1.0} for name in names]
    contrasts += [{reference: 1.0, name: -1.0} for name in others]
    if macros is None:
        macros = draw_macros(strata, drawn="items", resamples=resamples, seed=seed)
    found = clustered_intervals(strata, contrasts, resamples=resamples, seed=seed, macros=macros)
    intervals = [interval[GROUP] for interval in found]
    if levels is None:
        levels = levels_of(strata, macros, reference, others, accuracy, primary)
    versus = _versus(tests, others, intervals[len(names) :], levels)
    lines = tuple(
        ArmLine(
            arm=name,
            accuracy=float(accuracy[name].mean()),
            interval=interval,
            micro=float((right[name] * weights).sum() / weights.sum()),
            calls=float(answered[name]["calls"].mean()),
            tokens=float(answered[name]["tokens"].mean()),
            generator_calls=float(answered[name]["generator_calls"].mean()),
            generator_tokens=float(answered[name]["generator_tokens"].mean()),
            over_chance=over_chance(held, name, float(accuracy[name].mean()), chance, group=GROUP),
            versus=versus.get(name),
            primary=name in levels.primary_arms,
        )
        for name, interval in zip(names, intervals, strict=False)
    )
    return lines, levels


def levels_of(
    strata: Strata,
    macros: Floats,
    reference: str,
    others: Sequence[str],
    accuracy: pd.DataFrame,
    primary: Collection[str],
) -> Levels:
    """The levels of the reference against some values of the strata.

    Args:
        strata: With the reference and the others among their values.
        macros: As `draw_macros` returns them for these.
        reference: The arm that the others are held against.
        others: Those.
        accuracy: Of each in each pair.
        primary: Arms of primary comparisons.
    """
    place = {name: number for number, name in enumerate(strata.values)}
    ours = macros[:, place[reference], 0]
    means = accuracy[[reference, *others]].mean()
    return Levels.of(
        {arm: ours - macros[:, place[arm], 0] for arm in others},
        {arm: float(means[reference] - means[arm]) for arm in others},
        {arm: spread_of(strata, {reference: 1.0, arm: -1.0}, group=GROUP).error for arm in others},
        primary,
    )


def _versus(
    tests: pd.DataFrame,
    others: Sequence[str],
    intervals: Sequence[ClusteredInterval],
    levels: Levels,
) -> dict[str, ArmVersus]:
    tables = [tests[tests["arm"] == arm] for arm in others]
    p_values = [
        mcnemar_exact(int(t["item_gains"].sum()), int(t["item_losses"].sum())) for t in tables
    ]
    return {
        arm: ArmVersus(
            rows=int(table["n"].sum()),
            difference_pp=float(table["difference_pp"].mean()),
            interval=interval,
            simultaneous=levels.interval(arm, interval, float(table["difference_pp"].mean())),
            gains=int(table["gains"].sum()),
            losses=int(table["losses"].sum()),
            p_value=p_value,
            p_holm=p_holm,
            pairs_better=int(((table["p_holm"] <= 0.05) & (table["difference_pp"] > 0)).sum()),
            pairs_worse=int(((table["p_holm"] <= 0.05) & (table["difference_pp"] < 0)).sum()),
        )
        for arm, table, interval, p_value, p_holm in zip(
            others, tables, intervals, p_values, holm(p_values), strict=True
        )
    }
