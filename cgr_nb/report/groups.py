"""Pairs by solver and by dataset: for whom it works, in a handful of lines."""

from __future__ import annotations

from typing import Any

import pandas as pd

__all__ = ["pairs_by"]

_MEANS = ["A_b", "A_a", "A_g", "difference_pp"]


def pairs_by(pairs: pd.DataFrame, key: str) -> list[dict[str, Any]]:
    """Macro means over the pairs of each solver or dataset, the largest gain first.

    Args:
        pairs: As `pairs.pair_table` returns them.
        key: "solver" or "dataset".

    Returns:
        One line a group: `name`, `pairs`, `A_b`, `A_a`, `A_g`, `difference_pp`, `worse` (pairs that
        lose more than they gain). Empty where it would only repeat the pairs, or their mean.
    """
    if pairs[key].nunique() in (0, 1, len(pairs)):
        return []
    lines = []
    for name, ours in pairs.groupby(key, sort=True, observed=True):
        means = ours[_MEANS].mean()
        lines.append(
            {
                "name": str(name),
                "pairs": len(ours),
                **{mean: float(means[mean]) for mean in _MEANS},
                "worse": int((ours["difference_pp"] < 0).sum()),
            }
        )
    return sorted(lines, key=lambda line: (-line["difference_pp"], line["name"]))
