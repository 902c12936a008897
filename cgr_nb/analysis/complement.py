"""What arms have right that others have not, and what all of them have right together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cgr_nb.analysis.pairs import item_means

__all__ = ["Complement", "complement"]


@dataclass(frozen=True, slots=True)
class Complement:
    """Arms beside each other, on the same rows."""

    arms: tuple[str, ...]
    only: tuple[tuple[int, ...], ...]
    """Line and column by `arms`: rows that the arm of the line has right and that of the column
    wrong."""
    alone: tuple[int, ...]
    """Rows that this arm alone has right, of all."""
    oracle: float
    """Macro accuracy of whoever knew for each row which arm is right: a ceiling, no arm."""
    oracle_of_guesses: float | None
    """The same of as many arms that guess, each for itself; None where chance is not known."""


def complement(right: pd.DataFrame, arms: Sequence[str]) -> Complement | None:
    """Compare what arms have right; None for fewer than two, or without rows.

    Args:
        right: One line a row: `PAIR_KEY`, `cluster`, `chance`, and a column an arm (bool).
        arms: Which columns.
    """
    if len(arms) < 2 or right.empty:
        return None
    table = right[list(arms)].to_numpy(dtype=float)
    only = (table.T @ (1.0 - table)).round().astype(int)
    count = table.sum(axis=1)
    alone = table[count == 1].sum(axis=0).round().astype(int)
    guesses = 1.0 - (1.0 - right["chance"].astype(float)) ** len(arms)
    means = item_means(right.assign(oracle=count > 0, guesses=guesses), ["oracle", "guesses"])
    of_guesses = float(means["guesses"].mean(skipna=False))
    return Complement(
        arms=tuple(arms),
        only=tuple(tuple(line) for line in only.tolist()),
        alone=tuple(alone.tolist()),
        oracle=float(means["oracle"].mean()),
        oracle_of_guesses=None if np.isnan(of_guesses) else of_guesses,
    )
