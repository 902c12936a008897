"""Every way to answer as one point: how often it is right, and what it spends."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cgr_nb.analysis.arm_comparison import ArmComparison
from cgr_nb.analysis.pairs import item_means
from cgr_nb.arms import channel_summaries

__all__ = ["compared_arms", "own_arms"]

COSTS = ("calls", "tokens", "generator_tokens")


def own_arms(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The arms that are in every row, over the retained rows, without intervals.

    Returns:
        One dictionary an arm: `arm`, `meaning`, `rows`, `accuracy` (macro over pairs, 0 to 1),
        `low` and `high` (None here), `calls` and `tokens` of the solver an item, and
        `generator_tokens` an item (None here), and `chance` (None where it is not known).
    """
    kept = frame[frame["retained"]]
    if kept.empty:
        return []
    meanings = channel_summaries()
    means = item_means(kept, ["direct_correct", "assisted_correct", "chance"])
    macro, chance = means.mean(numeric_only=True), float(means["chance"].mean(skipna=False))
    costs = {
        "direct": (kept["direct_retries"] + 1, kept["direct_tokens"]),
        "cgr": (kept["asks"], kept["assisted_tokens"]),
    }
    return [
        {
            "arm": arm,
            "meaning": meanings[arm],
            "rows": len(kept),
            "accuracy": float(macro[correct]),
            "low": None,
            "high": None,
            "calls": float(costs[arm][0].mean()),
            "tokens": float(costs[arm][1].mean()),
            "generator_tokens": None,
            "chance": None if pd.isna(chance) else chance,
        }
        for arm, correct in (("direct", "direct_correct"), ("cgr", "assisted_correct"))
    ]


def compared_arms(comparison: ArmComparison, summaries: Mapping[str, str]) -> list[dict[str, Any]]:
    """All arms on their common rows, as `own_arms`, with intervals.

    Args:
        comparison: The arms.
        summaries: Arm -> what it asks.
    """
    meanings = {**summaries, **channel_summaries()}
    numbers = ("accuracy", "low", "high", *COSTS)
    return [
        {
            "arm": line["arm"],
            "meaning": meanings.get(line["arm"], ""),
            "rows": comparison.rows,
            **{name: None if pd.isna(line[name]) else float(line[name]) for name in numbers},
            "chance": comparison.level.chance if comparison.level else None,
        }
        for line in comparison.table.to_dict("records")
    ]
