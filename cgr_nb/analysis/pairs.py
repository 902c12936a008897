"""The pair table: one line for each (dataset, config, solver, generator), over its retained rows.

A_b is direct, A_a assisted, A_g generator-side accuracy, each a share of the pair's items. An item
that is asked in several orders of its options counts once, by its mean over them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cgr_nb.analysis.binomial import above_chance
from cgr_nb.analysis.codes import codes_of, places_among, uncoded

__all__ = [
    "PAIR_KEY",
    "Cells",
    "count_flips",
    "item_means",
    "item_weights",
    "macro_weights",
    "pair_labels",
    "pair_places",
    "pair_table",
]

PAIR_KEY = ["dataset", "config", "solver", "generator"]

_Ints = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Cells:
    """Rows by pair and by item of a pair: codes, so that all sums are numpy's.

    Grouping by five columns of text takes longer than everything that is summed, and the same rows
    are summed up many times.
    """

    key: pd.DataFrame
    """`PAIR_KEY` of each pair, sorted."""
    known: NDArray[np.bool_]
    """Which rows of the frame have a pair and an item; the others are left out."""
    pair: _Ints
    """The pair of each known row."""
    cell: _Ints
    """The item of its pair of each known row."""
    home: _Ints
    """The pair of each cell."""

    @classmethod
    def of(cls, frame: pd.DataFrame) -> Cells:
        """Those of a frame with `PAIR_KEY` and `cluster`."""
        pair, known = _codes(frame, PAIR_KEY)
        item, item_known = _codes(frame, ["cluster"])
        known &= item_known
        pair, item = pair[known], item[known]
        _, first, pair = np.unique(pair, return_index=True, return_inverse=True)
        cells, cell = np.unique(pair * (item.max(initial=0) + 1) + item, return_inverse=True)
        home = np.empty(len(cells), dtype=np.intp)
        home[cell] = pair
        of = frame[PAIR_KEY].iloc[np.flatnonzero(known)[first]]
        return cls(_texts(of), known, pair, cell, home)

    @property
    def sizes(self) -> _Ints:
        """Rows of each cell."""
        return np.bincount(self.cell, minlength=len(self.home))

    @property
    def items(self) -> _Ints:
        """Items of each pair."""
        return np.bincount(self.home, minlength=len(self.key))

    def numbers(self, values: pd.Series) -> NDArray[np.float64]:
        """A column of the frame, known rows alone."""
        return values.to_numpy(dtype=float, na_value=np.nan)[self.known]

    def by_cell(self, numbers: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sums of what each known row has."""
        return np.bincount(self.cell, numbers, minlength=len(self.home)).astype(float)

    def by_pair(self, numbers: NDArray[np.float64]) -> NDArray[np.float64]:
        """The same by pair."""
        return np.bincount(self.pair, numbers, minlength=len(self.key)).astype(float)

    def over_items(self, numbers: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sums by pair of what each cell has."""
        return np.bincount(self.home, numbers, minlength=len(self.key)).astype(float)


def _codes(frame: pd.DataFrame, columns: Sequence[str]) -> tuple[_Ints, NDArray[np.bool_]]:
    """A number for each row by the order of its values, and which rows have all of them."""
    code = np.zeros(len(frame), dtype=np.intp)
    known = np.ones(len(frame), dtype=bool)
    for name in columns:
        one, values = codes_of(frame[name])
        known &= one >= 0
        code = code * max(1, len(values)) + one
    return code, known


def _texts(key: pd.DataFrame) -> pd.DataFrame:
    """Columns as pandas has texts, not as objects or categories; of no line they are what they
    were, and nothing is told of them."""
    told = uncoded(key)
    as_objects = [name for name in PAIR_KEY if len(told) and told[name].dtype == object]
    texts = {name: told[name].tolist() for name in as_objects}
    return pd.DataFrame({name: texts.get(name, told[name].array) for name in PAIR_KEY})


def pair_places(frame: pd.DataFrame, pairs: pd.DataFrame) -> NDArray[np.intp]:
    """The place of each row's pair among the lines of a table, -1 where it has none there.

    Args:
        frame: `PAIR_KEY`.
        pairs: The same, no pair twice.
    """
    code = np.zeros(len(frame), dtype=np.intp)
    of_pair = np.zeros(len(pairs), dtype=np.intp)
    for name in PAIR_KEY:
        known = pd.Index(pairs[name].astype(object).unique())
        ours, theirs = (places_among(table[name], known) for table in (frame, pairs))
        code = np.where((code < 0) | (ours < 0), -1, code * len(known) + ours)
        of_pair = of_pair * len(known) + theirs
    return pd.Index(of_pair).get_indexer(pd.Index(code))


def item_weights(frame: pd.DataFrame, cells: Cells | None = None) -> pd.Series[float]:
    """What each row counts: one by the rows of its item in its pair, 1 where it has that row only.

    Args:
        frame: `PAIR_KEY` and `cluster`.
        cells: Of the frame, where they are at hand.
    """
    cells = cells or Cells.of(frame)
    weights = np.full(len(frame), np.nan)
    weights[cells.known] = (1.0 / cells.sizes)[cells.cell]
    return pd.Series(weights, index=frame.index)


def macro_weights(frame: pd.DataFrame) -> pd.Series[float]:
    """What each row counts in a macro mean over pairs; they sum to 1.

    Args:
        frame: `PAIR_KEY` and `cluster`.
    """
    cells = Cells.of(frame)
    weights = np.zeros(len(frame))
    weights[cells.known] = 1.0 / (cells.sizes[cells.cell] * cells.items[cells.pair])
    return pd.Series(weights / max(1, len(cells.key)), index=frame.index)


def item_means(
    frame: pd.DataFrame, values: Sequence[str], cells: Cells | None = None
) -> pd.DataFrame:
    """Mean over the items of each pair, sorted by `PAIR_KEY`.

    Args:
        frame: `PAIR_KEY`, `cluster` and the columns `values` (numbers or bool).
        values: What is averaged.
        cells: Of the frame, where they are at hand.

    Returns:
        `PAIR_KEY`, `items` (how many) and the values.
    """
    return _means(cells or Cells.of(frame), frame, values)


def _means(cells: Cells, frame: pd.DataFrame, values: Sequence[str]) -> pd.DataFrame:
    often, items = cells.sizes, cells.items
    # A mean that is not known of one row is not known of its pair.
    means = {
        name: cells.over_items(cells.by_cell(cells.numbers(frame[name])) / often) / items
        for name in values
    }
    # All at once: pandas warns of a hundred columns that come one by one.
    return pd.concat([cells.key.assign(items=items), pd.DataFrame(means, cells.key.index)], axis=1)


def count_flips(frame: pd.DataFrame, cells: Cells | None = None) -> pd.DataFrame:
    """Rows and items that change, by pair, sorted by `PAIR_KEY`.

    Args:
        frame: `PAIR_KEY`, `cluster`, `gain` and `loss` (bool).
        cells: Of the frame, where they are at hand; then it needs the last two alone.

    Returns:
        `n` (rows), `items`, `gains`, `losses` (rows), `item_gains`, `item_losses` (items with more
        rows of the one than of the other: what a test may take as independent), and
        `difference_pp` (of the mean over items, in percentage points).
    """
    cells = cells or Cells.of(frame)
    return cells.key.assign(**_flips(cells, frame["gain"], frame["loss"]))


def _flips(cells: Cells, gain: pd.Series, loss: pd.Series) -> dict[str, NDArray[np.generic]]:
    often, items = cells.sizes, cells.items
    gained, lost = (cells.by_cell(cells.numbers(one)) for one in (gain, loss))
    net = gained - lost
    counts = {
        "n": often.astype(float),
        "items": items,
        "gains": gained,
        "losses": lost,
        "item_gains": (net > 0).astype(float),
        "item_losses": (net < 0).astype(float),
    }
    found: dict[str, NDArray[np.generic]] = {
        name: items if name == "items" else cells.over_items(of).astype(np.int64)
        for name, of in counts.items()
    }
    # From the counts, so that equal changes are equal numbers whatever the rounding of a mean.
    found["difference_pp"] = 100.0 * cells.over_items(net / often) / items
    return found


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
    cells = Cells.of(kept)
    names = {"direct_correct": "A_b", "assisted_correct": "A_a", "generator_correct": "A_g"}
    pairs = _means(cells, kept, [*names, "chance"]).rename(columns=names)
    direct, assisted = kept["direct_correct"].astype(bool), kept["assisted_correct"].astype(bool)
    flips = _flips(cells, assisted & ~direct, direct & ~assisted)
    rows = cells.by_pair(np.ones(len(cells.pair)))
    pairs.insert(len(PAIR_KEY), "n", flips["n"])
    for name in ("gains", "losses", "item_gains", "item_losses"):
        pairs[name] = flips[name]
    pairs["direct_calls_per_item"] = cells.by_pair(cells.numbers(kept["direct_retries"] + 1)) / rows
    pairs["asks_per_item"] = cells.by_pair(cells.numbers(kept["asks"])) / rows
    pairs["difference_pp"] = flips["difference_pp"]
    told = zip(pairs["A_b"], pairs["chance"], pairs["items"], strict=True)
    pairs["above_chance"] = [above_chance(*one) for one in told]
    # By chance one letter of four is right far oftener than one set of fifteen: no mean of both.
    several = np.zeros(len(pairs), dtype=bool)
    if "multi" in kept.columns:
        several = cells.by_pair(cells.numbers(kept["multi"])) > 0
    pairs["non_zero_baseline"] = ~several & (pairs["A_b"] > 0)
    pairs["zero_baseline"] = ~several & (pairs["A_b"] == 0)
    pairs["gated"] = ~several & (pairs["A_b"] > gate)
    pairs["multi_select"] = several
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
