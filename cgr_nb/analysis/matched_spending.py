"""All arms at the scaffold's own spending: each row may take what the scaffold of that row took.

This is the comparison that answers "is it the program, or only that it may ask more?". A row whose
scaffold asked nothing leaves every arm one call, and the tokens of one direct answer.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from cgr_nb.analysis.arm_comparison import Matched
from cgr_nb.analysis.arm_lines import GROUP, levels_of, strata_of_arms
from cgr_nb.analysis.budget_curves import Stopped
from cgr_nb.analysis.clustered import draw_macros
from cgr_nb.analysis.pairs import item_means
from cgr_nb.analysis.simultaneous import simultaneous_interval
from cgr_nb.analysis.spread import spread_of
from cgr_nb.analysis.strata import Floats

__all__ = ["MATCHED", "matched_spending"]

MATCHED = ("calls", "tokens")
"""Costs at which arms are held against the scaffold."""


def matched_spending(
    right: pd.DataFrame,
    stopped: Mapping[str, Stopped],
    reference: str,
    *,
    resamples: int,
    seed: int,
) -> dict[str, dict[str, Matched]]:
    """Stop every arm where the reference had stopped.

    Args:
        right: One line a row: the reference (bool), and what tells pairs and items.
        stopped: Arm -> its answers to these rows, in their order; the reference among them.
        reference: The scaffold.
        resamples: Draws of the simultaneous levels.
        seed: Of the draws.

    Returns:
        Arm -> cost -> how it does.
    """
    others = [arm for arm in stopped if arm != reference]
    if not others:
        return {}
    frame, finished = right.copy(), {}
    for cost in MATCHED:
        budget = _budget(cost, stopped, reference)
        for arm in others:
            found, has = stopped[arm].within(cost, budget)
            frame[f"{arm} at {cost}"] = found
            finished[arm, cost] = float(has.mean())
    names = [f"{arm} at {cost}" for cost in MATCHED for arm in others]
    strata = strata_of_arms(frame, [reference, *names])
    macros = draw_macros(strata, drawn="items", resamples=resamples, seed=seed)
    accuracy = item_means(frame, [reference, *names])
    means = accuracy[[reference, *names]].mean()
    made: dict[str, dict[str, Matched]] = {arm: {} for arm in others}
    for cost in MATCHED:
        ours = [f"{arm} at {cost}" for arm in others]
        levels = levels_of(strata, macros, reference, ours, accuracy, ())
        for arm, name in zip(others, ours, strict=True):
            spread = spread_of(strata, {reference: 1.0, name: -1.0}, group=GROUP)
            difference = 100 * float(means[reference] - means[name])
            made[arm][cost] = Matched(
                accuracy=float(means[name]),
                finished=finished[arm, cost],
                difference_pp=difference,
                interval=simultaneous_interval(
                    difference,
                    100 * spread.error if spread.df else None,
                    spread.df or None,
                    each=levels.every,
                    family="all",
                    comparisons=len(others),
                ),
            )
    return made


def _budget(cost: str, stopped: Mapping[str, Stopped], reference: str) -> Floats:
    """What each row may spend."""
    scaffold = stopped[reference]
    spent = scaffold.spent[cost][scaffold.end]
    if cost == "calls":
        return np.maximum(spent, 1.0)
    direct = stopped.get("direct")
    return spent if direct is None else np.maximum(spent, direct.spent[cost][direct.end])
