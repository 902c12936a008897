"""The pair table: one line for each (dataset, config, solver, generator), over its retained rows.

A_b is direct, A_a assisted, A_g generator-side accuracy, each a share of the pair's retained rows.
"""

from __future__ import annotations

import pandas as pd

__all__ = ["PAIR_KEY", "pair_labels", "pair_table"]

PAIR_KEY = ["dataset", "config", "solver", "generator"]


def pair_table(frame: pd.DataFrame, *, gate: float = 0.30) -> pd.DataFrame:
    """Count and compare the channels of every pair.

    Args:
        frame: Rows as `frame.annotate` returns them; rows that are not retained are left out.
        gate: Direct accuracy a pair must exceed (not just reach) to pass the direct-signal gate.

    Returns:
        Sorted by `PAIR_KEY`, with columns `n` (rows), `A_b`, `A_a`, `A_g` (0 to 1), `difference_pp`
        (A_a - A_b in percentage points), `gains` (direct wrong, assisted right), `losses` (direct
        right, assisted wrong), `direct_calls_per_item` and `asks_per_item` (means), and the
        partition labels `non_zero_baseline`, `zero_baseline`, `gated` and `multi_select` (bool; a
        pair whose items ask for sets of letters is in the last alone).
    """
    kept = frame[frame["retained"]]
    work = kept[
        [*PAIR_KEY, "direct_correct", "assisted_correct", "generator_correct", "asks"]
    ].assign(
        gain=kept["assisted_correct"] & ~kept["direct_correct"],
        loss=kept["direct_correct"] & ~kept["assisted_correct"],
        direct_calls=kept["direct_retries"] + 1,
        multi=kept["multi"] if "multi" in kept.columns else False,
    )
    pairs = (
        work.groupby(PAIR_KEY, sort=True, observed=True)
        .agg(
            n=("asks", "size"),
            A_b=("direct_correct", "mean"),
            A_a=("assisted_correct", "mean"),
            A_g=("generator_correct", "mean"),
            gains=("gain", "sum"),
            losses=("loss", "sum"),
            direct_calls_per_item=("direct_calls", "mean"),
            asks_per_item=("asks", "mean"),
            multi=("multi", "any"),
        )
        .reset_index()
    )
    # From the counts, so that equal changes are equal numbers whatever the rounding of A_a - A_b.
    pairs["difference_pp"] = 100.0 * (pairs["gains"] - pairs["losses"]) / pairs["n"]
    # By chance one letter of four is right far oftener than one set of fifteen: no mean of both.
    single = ~pairs.pop("multi").astype(bool)
    pairs["non_zero_baseline"] = single & (pairs["A_b"] > 0)
    pairs["zero_baseline"] = single & (pairs["A_b"] == 0)
    pairs["gated"] = single & (pairs["A_b"] > gate)
    pairs["multi_select"] = ~single
    return pairs


def pair_labels(pairs: pd.DataFrame) -> list[str]:
    """A short name for each pair, naming only what tells pairs of this table apart.

    The configuration is named where it is not "default", the generator where the table has several.
    """
    several_generators = pairs["generator"].nunique() > 1
    labels = []
    for dataset, config, solver, generator in pairs[PAIR_KEY].itertuples(index=False):
        parts = [dataset if config == "default" else f"{dataset}/{config}", solver]
        labels.append(" · ".join([*parts, generator] if several_generators else parts))
    return labels
