"""All arms on the same rows: accuracy, cost, and how the reference arm differs from each.

Accuracies stand on the rows that every compared arm was asked, so that none is flattered by the
rows it was not; the reference and one other arm are compared on the rows that these two were asked.
An answer without a letter is wrong, whatever kept the arm from giving one: no arm's failure changes
the rows of another.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from cgr_nb.analysis.arm_comparison import ArmComparison, ArmLine, ArmVersus
from cgr_nb.analysis.arm_frame import ARM_COLUMNS
from cgr_nb.analysis.chance import (
    ChanceLevel,
    chance_level,
    constant_answers,
    over_chance,
)
from cgr_nb.analysis.clustered import ClusteredInterval, clustered_intervals
from cgr_nb.analysis.mcnemar import holm, mcnemar_exact
from cgr_nb.analysis.pairs import PAIR_KEY, count_flips, item_means, item_weights
from cgr_nb.analysis.strata import strata_of
from cgr_nb.errors import CgrError

__all__ = ["ARM_ORDER", "compare_arms"]

ARM_ORDER = (
    "direct",
    "readout",
    "scored_direct",
    "scored_ensemble",
    "cot",
    "self_consistency",
    "stub_solver",
    "foreign_scaffold",
    "pal",
    "generator_only",
    "cgr",
    "consensus",
    "code_t",
)
"""Known arms from the plainest prompt to the whole method; others follow by name."""

_GROUP = "compared"
"""All pairs with a common row."""


def compare_arms(
    arms: pd.DataFrame,
    *,
    reference: str = "cgr",
    only: Sequence[str] | None = None,
    every_pair: bool = False,
    resamples: int = 10_000,
    seed: int = 0,
) -> ArmComparison:
    """Compare arms on the rows that all of them were asked.

    Args:
        arms: As `arm_frame.arm_frame` returns it.
        reference: The arm that the others are held against.
        only: Arms to compare, the reference included; None for all that are there.
        every_pair: Compare on all pairs, and not on those with a correct direct answer alone: where
            direct answers are guesses, these are pairs that guessed well.
        resamples: Draws of the clustered intervals.
        seed: Of those draws.

    Raises:
        CgrError: A column is missing, a (row, arm) appears twice, or an arm is not there.
    """
    names = _chosen(arms, reference, only)
    arms = _with_clusters(arms)
    kept, partition = _partition(arms[arms["asked"]], every_pair)
    row, ids = pd.factorize(kept["row_id"], sort=True)
    line = np.full((len(names), len(ids)), -1)
    for place, name in enumerate(names):
        here = np.flatnonzero(kept["arm"] == name)
        line[place, row[here]] = here
    left_out = {name: int((places < 0).sum()) for name, places in zip(names, line, strict=True)}
    # An arm that was asked nothing has no accuracy, and is no reason for the others to have none.
    asked = (line >= 0).any(axis=1) | (np.array(names) == reference)
    names, line = [name for name, one in zip(names, asked, strict=True) if one], line[asked]
    common = (line >= 0).all(axis=0)
    answered = {
        name: kept.iloc[places[common]].reset_index(drop=True)
        for name, places in zip(names, line, strict=True)
    }
    right = answered[reference][["cluster", "chance", "gold_letters", *PAIR_KEY]].assign(
        **{name: lines["correct"].astype(bool) for name, lines in answered.items()}
    )
    others = [name for name in names if name != reference]
    tests = _tests(right, reference, others)
    lines = _lines(right, answered, tests, reference, resamples, seed) if len(right) else ()
    if len(names) > 2 and not common.all():
        alone = {
            name: compare_arms(
                arms,
                reference=reference,
                only=[name],
                every_pair=every_pair,
                resamples=resamples,
                seed=seed,
            )
            for name in others
        }
        # Rows that a third arm was not asked say as much about these two as any other.
        versus = _corrected({name: _of(comparison, name) for name, comparison in alone.items()})
        lines = tuple(replace(line, versus=versus.get(line.arm)) for line in lines)
        tables = [one.pairs for one in alone.values() if len(one.pairs)]
        tests = pd.concat(tables, ignore_index=True) if tables else tests
    return ArmComparison(
        reference=reference,
        partition=partition,
        rows=len(right),
        items=int(right["cluster"].nunique()),
        n_pairs=len(right.drop_duplicates(PAIR_KEY)),
        level=_level(right),
        left_out=left_out,
        statuses=_statuses(arms, list(left_out)),
        lines=lines,
        pairs=tests,
    )


def _with_clusters(arms: pd.DataFrame) -> pd.DataFrame:
    """Arms with what tells chance, where the frame lacks it: then each item stands for itself."""
    lacking = dict.fromkeys(("cluster", "chance", "gold_letters"), math.nan)
    found = arms.assign(**{name: of for name, of in lacking.items() if name not in arms.columns})
    cluster = found["cluster"].astype(object)
    return found.assign(
        cluster=cluster.where(cluster.notna(), found["item_id"]),
        gold_letters=found["gold_letters"].astype(object).where(found["gold_letters"].notna(), ""),
    )


def _level(right: pd.DataFrame) -> ChanceLevel | None:
    if right.empty:
        return None
    pairs = item_means(right, ["chance"])
    return chance_level(pairs["chance"], constant_answers(right, pairs), [True] * len(pairs))


def _statuses(arms: pd.DataFrame, names: Sequence[str]) -> dict[str, dict[str, int]]:
    """Arm -> status -> rows."""
    found = {}
    for name in names:
        counts = arms.loc[arms["arm"] == name, "status"].astype(str).value_counts()
        ordered = sorted(counts.items(), key=lambda pair: (-pair[1], str(pair[0])))
        found[name] = {str(status): int(count) for status, count in ordered}
    return found


def _corrected(found: Mapping[str, ArmVersus | None]) -> dict[str, ArmVersus]:
    """Comparisons that were made one by one, with their p corrected for all of them."""
    made = {arm: versus for arm, versus in found.items() if versus is not None}
    p_values = holm([versus.p_value for versus in made.values()])
    return {
        arm: replace(versus, p_holm=p_holm)
        for (arm, versus), p_holm in zip(made.items(), p_values, strict=True)
    }


def _of(comparison: ArmComparison, arm: str) -> ArmVersus | None:
    return next((line.versus for line in comparison.lines if line.arm == arm), None)


def _chosen(arms: pd.DataFrame, reference: str, only: Sequence[str] | None) -> list[str]:
    """The arms to compare, in their order."""
    may_lack = ("cluster", "chance", "gold_letters", "answer_id")
    missing = [name for name in ARM_COLUMNS if name not in arms.columns and name not in may_lack]
    if missing:
        raise CgrError(f"columns are missing: {', '.join(missing)}", where="arms frame")
    twice = arms.loc[arms.duplicated(["row_id", "arm"]), ["row_id", "arm"]]
    if len(twice):
        raise CgrError(
            f"arm {twice['arm'].iloc[0]!r} appears twice", where=f"row {twice['row_id'].iloc[0]!r}"
        )
    there = set(arms["arm"]) or {reference}
    names = there if only is None else {*only, reference}
    strange = sorted({*names, reference} - there)
    if strange:
        raise CgrError(
            f"no answers of arm {strange[0]!r}",
            where="arms frame",
            got=", ".join(sorted(there)),
            fix="compare arms that were run",
        )
    places = {name: place for place, name in enumerate(ARM_ORDER)}
    return sorted(names, key=lambda name: (places.get(name, len(places)), name))


def _partition(kept: pd.DataFrame, every_pair: bool) -> tuple[pd.DataFrame, str]:
    """The lines of the pairs that are compared, and what those pairs are called."""
    direct = kept[kept["arm"] == "direct"]
    baseline = direct.loc[direct["correct"].astype(bool), PAIR_KEY].drop_duplicates()
    if every_pair or baseline.empty:
        return kept, "all"
    return kept.merge(baseline, on=PAIR_KEY), "non_zero_baseline"


def _tests(right: pd.DataFrame, reference: str, others: Sequence[str]) -> pd.DataFrame:
    """The reference against each other arm, pair by pair: see `ArmComparison.pairs`."""
    tables = []
    for arm in others:
        means = item_means(right, [arm, reference])
        table = count_flips(
            right[[*PAIR_KEY, "cluster"]].assign(
                gain=right[reference] & ~right[arm], loss=right[arm] & ~right[reference]
            )
        )
        table.insert(0, "arm", arm)
        table.insert(len(PAIR_KEY) + 2, "accuracy", means[arm])
        table.insert(len(PAIR_KEY) + 3, "reference_accuracy", means[reference])
        counts = zip(table["item_gains"], table["item_losses"], strict=True)
        table["p_value"] = [mcnemar_exact(int(gains), int(losses)) for gains, losses in counts]
        table["p_holm"] = holm(table["p_value"].tolist())
        tables.append(table)
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def _lines(
    right: pd.DataFrame,
    answered: Mapping[str, pd.DataFrame],
    tests: pd.DataFrame,
    reference: str,
    resamples: int,
    seed: int,
) -> tuple[ArmLine, ...]:
    names = list(answered)
    others = [name for name in names if name != reference]
    accuracy = item_means(right, [*names, "chance"])
    everyone = {_GROUP: [True] * len(accuracy)}
    strata = strata_of(right, accuracy, names, everyone)
    held = strata_of(right, accuracy, [*names, "chance"], everyone)
    chance = float(accuracy["chance"].mean(skipna=False))
    weights = item_weights(right)
    contrasts: list[dict[str, float]] = [{name: 1.0} for name in names]
    contrasts += [{reference: 1.0, name: -1.0} for name in others]
    found = clustered_intervals(strata, contrasts, resamples=resamples, seed=seed)
    intervals = [interval[_GROUP] for interval in found]
    versus = _versus(tests, others, intervals[len(names) :])
    return tuple(
        ArmLine(
            arm=name,
            accuracy=float(accuracy[name].mean()),
            interval=interval,
            micro=float((right[name] * weights).sum() / weights.sum()),
            calls=float(answered[name]["calls"].mean()),
            tokens=float(answered[name]["tokens"].mean()),
            generator_calls=float(answered[name]["generator_calls"].mean()),
            generator_tokens=float(answered[name]["generator_tokens"].mean()),
            over_chance=over_chance(held, name, float(accuracy[name].mean()), chance, group=_GROUP),
            versus=versus.get(name),
        )
        for name, interval in zip(names, intervals, strict=False)
    )


def _versus(
    tests: pd.DataFrame, others: Sequence[str], intervals: Sequence[ClusteredInterval]
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
