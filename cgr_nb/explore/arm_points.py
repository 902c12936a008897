"""Every way to answer as one point: how often it is right, and what it spends."""

from __future__ import annotations

from typing import Any

import pandas as pd

from cgr_nb.analysis.arms import ArmComparison
from cgr_nb.analysis.pairs import PAIR_KEY
from cgr_nb.arms import arm_summaries, channel_summaries

__all__ = ["compared_arms", "own_arms"]

COSTS = ("calls", "tokens", "generator_tokens")


def own_arms(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """The arms that are in every row, over the retained rows, without intervals.

    Returns:
        One dictionary an arm: `arm`, `meaning`, `rows`, `accuracy` (macro over pairs, 0 to 1),
        `low` and `high` (None here), `calls` and `tokens` of the solver an item, and
        `generator_tokens` an item (None here).
    """
    kept = frame[frame["retained"]]
    if kept.empty:
        return []
    meanings = channel_summaries()
    macro = kept.groupby(PAIR_KEY)[["direct_correct", "assisted_correct"]].mean().mean()
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
        }
        for arm, correct in (("direct", "direct_correct"), ("cgr", "assisted_correct"))
    ]


def compared_arms(comparison: ArmComparison) -> list[dict[str, Any]]:
    """All arms on their common rows, as `own_arms`, with intervals."""
    meanings = {**arm_summaries(), **channel_summaries()}
    numbers = ("accuracy", "low", "high", *COSTS)
    return [
        {
            "arm": line["arm"],
            "meaning": meanings.get(line["arm"], ""),
            "rows": comparison.rows,
            **{name: None if pd.isna(line[name]) else float(line[name]) for name in numbers},
        }
        for line in comparison.table.to_dict("records")
    ]
