"""Paired answers of two runs -> the numbers of their comparison."""

from __future__ import annotations

import pandas as pd

from cgr_nb.analysis.clustered import ClusteredInterval, clustered_intervals
from cgr_nb.analysis.mcnemar import mcnemar_exact
from cgr_nb.analysis.paired_runs import Pairing
from cgr_nb.analysis.pairs import count_flips, item_means, item_weights
from cgr_nb.analysis.power import detectable_pp
from cgr_nb.analysis.run_comparison import RunComparison, RunSide, SideNumbers
from cgr_nb.analysis.run_slices import SliceTable
from cgr_nb.analysis.spread import spread_of
from cgr_nb.analysis.strata import strata_of
from cgr_nb.errors import CgrError

__all__ = ["compare_runs"]

_GROUP = "paired"


def compare_runs(
    pairing: Pairing,
    a: RunSide,
    b: RunSide,
    *,
    settings: tuple[tuple[str, str, str], ...] = (),
    resamples: int = 10_000,
    seed: int = 0,
) -> RunComparison:
    """Sum up paired answers.

    Args:
        pairing: As `paired_runs.pair_runs` returns it; what `run_slices.slice_values` reads may
            stand beside its columns.
        a: What A is.
        b: What B is.
        settings: What the studies set otherwise.
        resamples: Draws of the intervals.
        seed: Of the draws.

    Raises:
        CgrError: No pair can be scored.
    """
    pairs = pairing.pairs
    reasons = pairs["not_scored"].value_counts()
    not_scored = {name: int(reasons.get(name, 0)) for name in ("no_gold", "error_a", "error_b")}
    scored = pairs[pairs["not_scored"] == ""]
    if scored.empty:
        raise CgrError(
            "no pair can be scored",
            got=", ".join(f"{name}: {count:,}" for name, count in not_scored.items() if count),
            fix="compare runs whose items have one right answer and whose calls did not fail",
        )
    right = scored.assign(a=scored["correct_a"].astype(bool), b=scored["correct_b"].astype(bool))
    flips = count_flips(right.assign(gain=right["b"] & ~right["a"], loss=right["a"] & ~right["b"]))
    means = item_means(right, ["a", "b"])
    strata = strata_of(right, flips, ["a", "b"], {_GROUP: [True] * len(flips)})
    change = {"b": 1.0, "a": -1.0}
    intervals = [
        found[_GROUP]
        for found in clustered_intervals(
            strata, [{"a": 1.0}, {"b": 1.0}, change], resamples=resamples, seed=seed
        )
    ]
    weights = item_weights(right)
    over_items = {side: float((right[side] * weights).sum() / weights.sum()) for side in "ab"}
    won, lost = int(flips["item_gains"].sum()), int(flips["item_losses"].sum())
    slices = SliceTable.of(right, seed=seed)
    flip = _flips(right)
    return RunComparison(
        a=a,
        b=b,
        within=pairing.within,
        settings=settings,
        pairs=pairs.assign(flip=flip.reindex(pairs.index, fill_value="")),
        unpaired=pairing.unpaired,
        rows=len(right),
        items=int(right["cluster"].nunique()),
        cells=len(flips),
        numbers={
            side: _numbers(right, side, float(means[side].mean()), interval, over_items[side])
            for side, interval in zip("ab", intervals, strict=False)
        },
        difference_pp=float(flips["difference_pp"].mean()),
        interval=intervals[2],
        difference_over_items_pp=100 * (over_items["b"] - over_items["a"]),
        detectable_pp=detectable_pp(spread_of(strata, change, group=_GROUP)),
        flips={
            name: int((flip == name).sum()) for name in ("both_right", "gain", "loss", "both_wrong")
        },
        item_gains=won,
        item_losses=lost,
        p_value=mcnemar_exact(won, lost),
        same_letter=int(
            (right["letter_a"].eq(right["letter_b"]) & right["letter_a"].notna()).sum()
        ),
        not_scored=not_scored,
        slices=slices.lines,
        slice_values=slices.values,
        slice_level=slices.each_level,
    )


def _numbers(
    right: pd.DataFrame, side: str, macro: float, interval: ClusteredInterval, over_items: float
) -> SideNumbers:
    def mean(cost: str) -> float:
        return float(right[f"{cost}_{side}"].mean())

    counts = right[f"status_{side}"].astype(str).value_counts()
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], str(pair[0])))
    return SideNumbers(
        macro=macro,
        interval=interval,
        over_items=over_items,
        calls=mean("calls"),
        tokens=mean("tokens"),
        generator_calls=mean("generator_calls"),
        generator_tokens=mean("generator_tokens"),
        statuses={str(status): int(count) for status, count in ordered},
    )


def _flips(right: pd.DataFrame) -> pd.Series[str]:
    names = pd.Series("both_wrong", index=right.index, dtype=object)
    names[right["a"] & right["b"]] = "both_right"
    names[right["a"] & ~right["b"]] = "loss"
    names[~right["a"] & right["b"]] = "gain"
    return names
