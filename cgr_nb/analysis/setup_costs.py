"""What arms cost before their first answer: labelled items, and calls that serve a dataset."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from cgr_nb.analysis.answer_steps import CallSpending, Stops
from cgr_nb.answer_record import Setup

__all__ = ["SetupCost", "SetupSpent", "break_even", "setup_spendings"]


@dataclass(frozen=True, slots=True)
class SetupSpent:
    """What all setups of one arm spent."""

    arm: str
    setups: int
    """One for each dataset and pair of models."""
    set_aside: int
    """Labelled items that were kept out of the study for setups, once for each dataset that it
    prepared for. An arm that needs no gold was shown them without."""
    calls: float
    """Of the solver."""
    tokens: float
    generator_calls: float
    generator_tokens: float
    work: float | None
    """2 x parameters x tokens over both models; None where parameters are not known."""


@dataclass(frozen=True, slots=True)
class SetupCost:
    """The same, held against the study."""

    spent: SetupSpent
    rows: int
    """Answers of this study that the setups serve."""
    tokens_per_row: float
    """Tokens of both models, over these."""
    break_even: int | None
    """Rows from which on setup and answers together take fewer tokens (of both models) than the
    reference; None: never, as an answer alone takes as many."""


def setup_spendings(
    setups: Iterable[Setup],
    spending: CallSpending,
    support: Mapping[str, int],
) -> tuple[SetupSpent, ...]:
    """Sum up setups by arm.

    Args:
        setups: Those that answers of the study rest on.
        spending: What their calls spent.
        support: Dataset -> items set aside.
    """
    ours = sorted(setups, key=lambda setup: (setup.arm, setup.id))
    if not ours:
        return ()
    stops = (
        Stops(
            [(entry.call, entry.role) for entry in one.trail],
            one.solver,
            one.generator,
            (len(one.trail),),
        )
        for one in ours
    )
    table = spending.at(stops).assign(arm=[one.arm for one in ours])
    found = []
    for arm, lines in table.groupby("arm", sort=True):
        datasets = {one.dataset for one in ours if one.arm == arm}
        total: pd.Series[float] = lines.drop(columns="arm").sum(skipna=False)
        work = float(total["work"])
        found.append(
            SetupSpent(
                arm=str(arm),
                setups=len(lines),
                set_aside=sum(support.get(name, 0) for name in datasets),
                calls=float(total["calls"]),
                tokens=float(total["tokens"]),
                generator_calls=float(total["generator_calls"]),
                generator_tokens=float(total["generator_tokens"]),
                work=None if math.isnan(work) else work,
            )
        )
    return tuple(found)


def break_even(setup_tokens: float, arm: float, reference: float) -> int | None:
    """Rows from which on a setup pays; None: never.

    Args:
        setup_tokens: Spent once.
        arm: Tokens of an answer of the arm.
        reference: Tokens of an answer of what it is held against.
    """
    saved = reference - arm
    return math.ceil(setup_tokens / saved) if saved > 0 else None
