"""The pair table: one line for each (dataset, config, solver, generator), over its retained rows.

A_b is direct, A_a assisted, A_g generator-side accuracy, each a share of the pair's items. An item
that is asked in several orders of its options counts once, by its mean over them.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from cgr_nb.analysis.binomial import above_chance

__all__ = [
    "PAIR_KEY",
    "count_flips",
    "item_means",
    "item_weights",
    "macro_weights",
    "pair_labels",
    "pair_table",
]

PAIR_KEY = ["dataset", "config", "solver", "generator"]


def item_weights(frame: pd.DataFrame) -> pd.Series[float]:
    """What each row counts: one by the rows of its item in its pair, 1 where it has that row only.

    Args:
        frame: `PAIR_KEY` and `cluster`.
    """
    rows = frame.groupby([*PAIR_KEY, "cluster"], observed=True, sort=False)["cluster"]
    return 1.0 / rows.transform("size")


def macro_weights(frame: pd.DataFrame) -> pd.Series[float]:
    """What each row counts in a macro mean over pairs; they sum to 1.

    Args:
        frame: `PAIR_KEY` and `cluster`.
    """
    weight = item_weights(frame)
    pair = frame.groupby(PAIR_KEY, observed=True, sort=False).ngroup()
    return weight / weight.groupby(pair).transform("sum") / (int(pair.max()) + 1)


def item_means(frame: pd.DataFrame, values: Sequence[str]) -> pd.DataFrame:
    """Mean over the items of each pair, sorted by `PAIR_KEY`.

    Args:
        frame: `PAIR_KEY`, `cluster` and the columns `values` (numbers or bool).
        values: What is averaged.

    Returns:
        `PAIR_KEY`, `items` (how many) and the values.
    """
    weight = item_weights(frame)
    # A mean that is not known of one row is not known of its pair.
    values, gaps = list(values), [name for name in values if frame[name].isna().any()]
    weighed = frame[[*PAIR_KEY, "cluster"]].assign(
        **{name: frame[name].astype(float) * weight for name in values}
    )
    groups = weighed.groupby(PAIR_KEY, sort=True, observed=True)
    table = groups[values].sum().reset_index()
    items = groups["cluster"].nunique().to_numpy()
    table.insert(len(PAIR_KEY), "items", items)
    for name in values:
        table[name] = table[name] / items
    for name in gaps:
        known = weighed.assign(known=frame[name].notna()).groupby(
            PAIR_KEY, sort=True, observed=True
        )["known"]
        table[name] = table[name].where(known.all().to_numpy())
    return table


def count_flips(frame: pd.DataFrame) -> pd.DataFrame:
    """Rows and items that change, by pair, sorted by `PAIR_KEY`.

    Args:
        frame: `PAIR_KEY`, `cluster`, `gain` and `loss` (bool).

    Returns:
        `n` (rows), `items`, `gains`, `losses` (rows), `item_gains`, `item_losses` (items with more
        rows of the one than of the other: what a test may take as independent), and
        `difference_pp` (of the mean over items, in percentage points).
    """
    work = frame[[*PAIR_KEY, "cluster"]].assign(
        gain=frame["gain"].astype(int), loss=frame["loss"].astype(int)
    )
    cells = work.groupby([*PAIR_KEY, "cluster"], sort=True, observed=True)
    items = cells[["gain", "loss"]].sum()
    items["n"] = cells.size()
    net = items["gain"] - items["loss"]
    items["up"], items["down"] = (net > 0).astype(int), (net < 0).astype(int)
    items["change"] = net / items["n"]
    table = items.groupby(PAIR_KEY, sort=True, observed=True).agg(
        n=("n", "sum"),
        items=("n", "size"),
        gains=("gain", "sum"),
        losses=("loss", "sum"),
        item_gains=("up", "sum"),
        item_losses=("down", "sum"),
        change=("change", "sum"),
    )
    # From the counts, so that equal changes are equal numbers whatever the rounding of a mean.
    table["difference_pp"] = 100.0 * table.pop("change") / table["items"]
    return table.reset_index()


def pair_table(frame: pd.DataFrame, *, gate: float = 0.30) -> pd.DataFrame:
    """Count and compare the channels of every pair.

    Args:
        frame: Rows as `frame.annotate` returns them; rows that are not retained are left out.
        gate: Direct accuracy a pair must exceed (not just reach) to pass the direct-signal gate.

    Returns:
        Sorted by `PAIR_KEY`, with columns `n` (rows), `items`, `A_b`, `A_a`, `A_g` (0 to 1),
        `chance` (NaN where it is not known), `above_chance` (bool: the direct accuracy is, by
        `binomial.above_chance`), `difference_pp` (A_a - A_b in percentage points), `gains` (direct
        wrong, assisted right), `losses` (direct right, assisted wrong), `item_gains`,
        `item_losses` (see `count_flips`), `direct_calls_per_item` and `asks_per_item` (means over
        rows), and the partition labels `non_zero_baseline`, `zero_baseline`, `gated` and
        `multi_select` (bool; a pair whose items ask for sets of letters is in the last alone).
    """
    kept = frame[frame["retained"]]
    names = {"direct_correct": "A_b", "assisted_correct": "A_a", "generator_correct": "A_g"}
    means = item_means(kept, [*names, "chance"]).rename(columns=names)
    flips = count_flips(
        kept.assign(
            gain=kept["assisted_correct"] & ~kept["direct_correct"],
            loss=kept["direct_correct"] & ~kept["assisted_correct"],
        )
    )
    work = kept[[*PAIR_KEY, "asks"]].assign(
        direct_calls=kept["direct_retries"] + 1,
        multi=kept["multi"] if "multi" in kept.columns else False,
    )
    costs = (
        work.groupby(PAIR_KEY, sort=True, observed=True)
        .agg(
            direct_calls_per_item=("direct_calls", "mean"),
            asks_per_item=("asks", "mean"),
            multi=("multi", "any"),
        )
        .reset_index(drop=True)
    )
    counts = flips[["gains", "losses", "item_gains", "item_losses"]]
    pairs = pd.concat([means, counts, costs], axis="columns")
    pairs.insert(len(PAIR_KEY), "n", flips["n"])
    pairs["difference_pp"] = flips["difference_pp"]
    told = zip(pairs["A_b"], pairs["chance"], pairs["items"], strict=True)
    pairs["above_chance"] = [above_chance(*one) for one in told]
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
