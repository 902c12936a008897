"""Pairs by solver and by dataset: for whom it works, in a handful of lines."""

from __future__ import annotations

from typing import Any

import pandas as pd

from cgr_nb.analysis.chance import chance_level

__all__ = ["pairs_by"]

_MEANS = ["A_b", "A_a", "A_g", "difference_pp"]


def pairs_by(
    pairs: pd.DataFrame, key: str, constants: pd.DataFrame | None = None
) -> list[dict[str, Any]]:
    """Macro means over the pairs of each solver or dataset, the largest change first.

    Args:
        pairs: As `pairs.pair_table` returns them.
        key: "solver" or "dataset".
        constants: As `Summary.constants`; None: nothing is said of chance.

    Returns:
        One line a group: `name`, `pairs`, `A_b`, `A_a`, `A_g`, `difference_pp`, `chance`,
        `constant`, `constant_accuracy` (see `chance.ChanceLevel`), `worse` (pairs that lose more
        than they gain). Empty where it would only repeat the pairs, or their mean.
    """
    if pairs[key].nunique() in (0, 1, len(pairs)):
        return []
    lines = []
    for name, ours in pairs.groupby(key, sort=True, observed=True):
        means = ours[_MEANS].mean()
        here = (pairs[key] == name).to_numpy()
        level = None if constants is None else chance_level(pairs["chance"], constants, here)
        lines.append(
            {
                "name": str(name),
                "pairs": len(ours),
                **{mean: float(means[mean]) for mean in _MEANS},
                "chance": level.chance if level else None,
                "constant": level.constant if level else None,
                "constant_accuracy": level.constant_accuracy if level else None,
                "worse": int((ours["difference_pp"] < 0).sum()),
            }
        )
    return sorted(lines, key=lambda line: (-line["difference_pp"], line["name"]))
