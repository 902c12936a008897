"""All arms at the scaffold's own spending: each row may take what the scaffold of that row took.

This is the comparison that answers "is it the program, or only that it may ask more?". A row whose
scaffold asked nothing leaves every arm one call, and the tokens of one direct answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cgr_nb.analysis.arm_comparison import Matched
from cgr_nb.analysis.arm_lines import GROUP, levels_of
from cgr_nb.analysis.budget_curves import Stopped
from cgr_nb.analysis.pairs import item_means
from cgr_nb.analysis.simultaneous import simultaneous_interval
from cgr_nb.analysis.spread import spread_of
from cgr_nb.analysis.strata import Floats, Strata

__all__ = ["MATCHED", "Budgeted", "matched_spending", "within_budgets"]

MATCHED = ("calls", "tokens")
"""Costs at which arms are held against the scaffold."""


@dataclass(frozen=True, slots=True)
class Budgeted:
    """Every arm stopped where the reference had stopped."""

    right: Mapping[str, NDArray[np.bool_]]
    """"ARM at COST" -> whether each row is right."""
    finished: Mapping[str, float]
    """The same -> share of the rows on which it has an answer."""


def within_budgets(stopped: Mapping[str, Stopped], reference: str) -> Budgeted:
    """Stop every arm where the reference had stopped.

    Args:
        stopped: Arm -> its answers to the same rows; the reference among them.
        reference: The scaffold.
    """
    right, finished = {}, {}
    for cost in MATCHED:
        budget = _budget(cost, stopped, reference)
        for arm in stopped:
            if arm != reference:
                found, has = stopped[arm].within(cost, budget)
                right[_name(arm, cost)] = found
                finished[_name(arm, cost)] = float(has.mean())
    return Budgeted(right, finished)


def _name(arm: str, cost: str) -> str:
    return f"{arm} at {cost}"


def matched_spending(
    right: pd.DataFrame,
    budgeted: Budgeted,
    reference: str,
    others: Sequence[str],
    drawn: tuple[Strata, Floats],
) -> dict[str, dict[str, Matched]]:
    """Hold the reference against arms that may spend what it spent.

    Args:
        right: One line a row: the reference (bool), what tells pairs and items, and all of
            `budgeted`.
        budgeted: As `within_budgets` returns it, for these rows in their order.
        reference: The scaffold.
        others: The arms.
        drawn: These rows with the reference and all of `budgeted` as strata, and their draws.

    Returns:
        Arm -> cost -> how it does.
    """
    names = list(budgeted.right)
    strata, macros = drawn
    accuracy = item_means(right, [reference, *names])
    means = accuracy[[reference, *names]].mean()
    made: dict[str, dict[str, Matched]] = {arm: {} for arm in others}
    for cost in MATCHED:
        ours = [_name(arm, cost) for arm in others]
        levels = levels_of(strata, macros, reference, ours, accuracy, ())
        for arm, name in zip(others, ours, strict=True):
            spread = spread_of(strata, {reference: 1.0, name: -1.0}, group=GROUP)
            difference = 100 * float(means[reference] - means[name])
            made[arm][cost] = Matched(
                accuracy=float(means[name]),
                finished=budgeted.finished[name],
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
