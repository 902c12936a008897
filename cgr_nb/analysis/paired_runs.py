"""Two runs' answers beside each other, wherever both answered the same item.

An item is the same where its content is (see `items.identity`): dataset, question, context, options
and gold. Where a side has several solvers or generators, answers pair within the same one; where
each side has one, they pair whatever it is called, for that is then what is compared. An answer
that does not depend on a generator (direct) pairs with those of every generator.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cgr_nb.errors import CgrError

__all__ = ["SIDE_COLUMNS", "UNPAIRED_REASONS", "Pairing", "pair_runs"]

SIDE_COLUMNS = (
    *("row_id", "item_id", "dataset", "config", "solver", "generator", "letter", "status"),
    *("correct", "asked", "calls", "tokens", "generator_calls", "generator_tokens", "cluster"),
    *("chance", "gold_letters", "answer_id", "difficulty"),
)
"""Columns of one side's answers. `solver` and `generator` are "" where an answer does not depend on
one."""
UNPAIRED_REASONS = ("item", "model")
"""Why an answer has no partner: the other side has no answer to its item, or none with its solver
and generator."""
_MODELS = ("solver", "generator")
_OF_ITEM = ("item_id", "dataset", "config", "cluster", "chance", "gold_letters")
_OF_ANSWER = tuple(name for name in SIDE_COLUMNS if name not in _OF_ITEM)


@dataclass(frozen=True)
class Pairing:
    """Which answers stand beside which, and which stand alone."""

    pairs: pd.DataFrame
    """One line a pair: of the item `item_id`, `dataset`, `config`, `cluster`, `chance` and
    `gold_letters`; the other `SIDE_COLUMNS` of each side as `..._a` and `..._b`; `solver` and
    `generator`, both names where they differ; and `not_scored`: "" where the pair can be scored,
    else "no_gold", "error_a" or "error_b" (not tried there, for a reason outside the arm)."""
    unpaired: pd.DataFrame
    """One line an answer without a partner: `side` ("a" or "b"), `reason` (of
    `UNPAIRED_REASONS`) and its `SIDE_COLUMNS`."""
    within: tuple[str, ...]
    """What had to be equal beside the item: some of "solver" and "generator"."""


def pair_runs(a: pd.DataFrame, b: pd.DataFrame) -> Pairing:
    """Put answers of one arm beside answers of another, or of another run.

    Args:
        a: One line an answer and row, `SIDE_COLUMNS`; an answer that stands in several rows counts
            once.
        b: The other side.

    Raises:
        CgrError: Nothing pairs.
    """
    a, b = (side.drop_duplicates("answer_id", ignore_index=True) for side in (a, b))
    within = tuple(name for name in _MODELS if _tells_apart(a[name], b[name]))
    on = ["item_id", *within]
    left = a.rename(columns={name: f"{name}_a" for name in _OF_ANSWER if name not in on})
    right = b.rename(columns={name: f"{name}_b" for name in _OF_ANSWER if name not in on})
    right = right.drop(columns=[name for name in _OF_ITEM if name not in on])
    pairs = left.merge(right, on=on, how="inner")
    for name in within:
        pairs[f"{name}_a"] = pairs[f"{name}_b"] = pairs[name]
    unpaired = pd.concat([_alone("a", a, b, on), _alone("b", b, a, on)], ignore_index=True)
    if pairs.empty:
        raise _nothing_pairs(a, b, within)
    for name in _MODELS:
        pairs[name] = _both_names(pairs[f"{name}_a"], pairs[f"{name}_b"])
    pairs["not_scored"] = np.select(
        [
            pairs["gold_letters"].to_numpy(dtype=object) == "",
            ~pairs["asked_a"].to_numpy(dtype=bool),
            ~pairs["asked_b"].to_numpy(dtype=bool),
        ],
        ["no_gold", "error_a", "error_b"],
        "",
    ).astype(object)
    return Pairing(pairs, unpaired, within)


def _tells_apart(a: pd.Series[str], b: pd.Series[str]) -> bool:
    """Whether answers pair only within the same model of a kind."""
    theirs = (set(a), set(b))
    return max(map(len, theirs)) > 1 and {""} not in theirs


def _alone(side: str, ours: pd.DataFrame, theirs: pd.DataFrame, on: Sequence[str]) -> pd.DataFrame:
    keys = pd.MultiIndex.from_frame(theirs[list(on)])
    alone = ours[~pd.MultiIndex.from_frame(ours[list(on)]).isin(keys)]
    reason = np.where(alone["item_id"].isin(theirs["item_id"]), "model", "item")
    found = alone.reindex(columns=list(SIDE_COLUMNS)).reset_index(drop=True)
    found.insert(0, "reason", reason.astype(object))
    found.insert(0, "side", side)
    return found


def _both_names(a: pd.Series[str], b: pd.Series[str]) -> list[str]:
    return [
        one if one == other or not other else other if not one else f"{one} → {other}"
        for one, other in zip(a, b, strict=True)
    ]


def _nothing_pairs(a: pd.DataFrame, b: pd.DataFrame, within: Sequence[str]) -> CgrError:
    if a.empty or b.empty:
        empty = "neither side" if a.empty and b.empty else "side A" if a.empty else "side B"
        has = f"{empty} has" if "neither" in empty else f"{empty} has no"
        return CgrError(
            "nothing to compare",
            got=f"{has} answers on record",
            fix="run the study first, or name an arm, solver and generator that it has",
        )
    common = a["item_id"].isin(b["item_id"])
    items = (a["item_id"].nunique(), b["item_id"].nunique())
    if not common.any():
        return CgrError(
            "no item occurs on both sides",
            got=f"{items[0]:,} items on side A, {items[1]:,} on side B, none of the same content",
            fix="compare runs of the same items: an item is the same where its dataset, question,"
            " context, options and gold are",
        )
    names = [
        f"{name}s {', '.join(sorted(set(side[name])))} on side {letter}"
        for name in within
        for letter, side in (("A", a), ("B", b))
    ]
    return CgrError(
        f"no answers pair up: the sides share {a.loc[common, 'item_id'].nunique():,} items, but no"
        f" {' and '.join(within)}",
        got="; ".join(names),
        fix="name one on each side, such as solver= and solver_b= (--solver and --solver-b)",
    )
