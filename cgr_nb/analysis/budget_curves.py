"""Accuracy of every arm against what it spends: stopped early, and at another arm's spending.

An arm is stopped at its 1st, 2nd, 4th, 8th ... own answer, and what it had spent by then is
averaged over rows: so each line ends where the arm ends, and none is stretched to a budget that it
does not use. Arms without answers on the way are a point.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cgr_nb.analysis.answer_steps import COSTS
from cgr_nb.analysis.codes import codes_of, places_among
from cgr_nb.analysis.strata import Floats

__all__ = [
    "AXES",
    "CURVE_COLUMNS",
    "SOLVER_AXES",
    "StepsByAnswer",
    "Stopped",
    "curve_table",
    "pareto_front",
    "spent_on",
]

AXES = ("calls", "tokens", "total_tokens", "work", "seconds")
"""Costs that accuracy is drawn against: see `spent_on`."""

SOLVER_AXES = ("calls", "tokens")
"""Axes on which only what the solver spends counts."""

_FRONTS = ("calls", "tokens", "seconds", "work")

CURVE_COLUMNS = ("arm", "stop", "end", "accuracy", *COSTS, *(f"front_{cost}" for cost in _FRONTS))

_TIE = 1e-12

Places = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Stopped:
    """The answers of one arm to some rows, with every place at which it could have stopped."""

    right: NDArray[np.bool_]
    """Whether it is right there, place by place, row after row."""
    spent: dict[str, Floats]
    """Cost -> what it had spent there."""
    first: Places
    """Row -> its first place."""
    places: Places
    """Row -> how many places it has; the last is its end."""

    def after(self, stop: int) -> Places:
        """The place of each row after so many answers of its own, or its end before that."""
        return self.first + np.minimum(stop, self.places) - 1

    @property
    def end(self) -> Places:
        """The last place of each row."""
        return self.first + self.places - 1

    def within(self, cost: str, budget: Floats) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """What the arm is where no row may spend more than its own budget.

        Args:
            cost: One of `COSTS`.
            budget: Of each row.

        Returns:
            Whether each row is right, and whether it has an answer at all: without one it is wrong.
        """
        affordable = self.spent[cost] <= np.repeat(budget, self.places) * (1 + _TIE)
        count = np.add.reduceat(affordable, self.first, dtype=int)
        has = count > 0
        return self.right[self.first + np.maximum(count, 1) - 1] & has, has


class StepsByAnswer:
    """The places of all answers, to be lined up with the rows of one arm after the other.

    Args:
        steps: As `answer_steps.step_table` returns them.
    """

    def __init__(self, steps: pd.DataFrame) -> None:
        ids, self._answers = codes_of(steps["answer_id"])
        new = np.ones(len(ids), dtype=bool)
        new[1:] = ids[1:] != ids[:-1]
        begins = np.flatnonzero(new)
        # Of answers that could be there and are not: no place.
        self._begins, self._counts = np.zeros((2, len(self._answers)), dtype=np.intp)
        self._begins[ids[begins]] = begins
        self._counts[ids[begins]] = np.diff(np.append(begins, len(ids)))
        # Few letters, and many places: numbers are compared faster.
        self._letters, self._known = codes_of(steps["letter"])
        self._spent = {cost: steps[cost].to_numpy(dtype=float) for cost in COSTS}

    def stopped(self, answer_ids: pd.Series, gold: pd.Series) -> Stopped | None:
        """Line up the places of one arm's answers with rows.

        Args:
            answer_ids: The answer to each row; one answer may serve several.
            gold: The right letters of each row.

        Returns:
            None where an answer has no places.
        """
        of = places_among(answer_ids, self._answers)
        if not len(of) or (of < 0).any():
            return None
        places = self._counts[of]
        if not places.all():
            return None
        first = np.concatenate([[0], np.cumsum(places)[:-1]])
        source = np.arange(int(places.sum())) + np.repeat(self._begins[of] - first, places)
        # No answer has a letter that no place has.
        codes = places_among(gold, self._known)
        right = self._letters[source] == np.repeat(codes, places)
        spent = {cost: of_places[source] for cost, of_places in self._spent.items()}
        return Stopped(right, spent, first, places)


def curve_table(arms: Mapping[str, Stopped], weights: pd.Series[float]) -> pd.DataFrame:
    """The curves of some arms over the same rows.

    Args:
        arms: Arm -> its answers to these rows.
        weights: Of each row in a macro mean; they sum to 1.

    Returns:
        Columns `CURVE_COLUMNS`, arm by arm, the cheapest place first: `stop` own answers (most of
        any row), `end` (bool: as it ran, the last line of each arm), macro `accuracy` (0 to 1), the
        mean spending of a row, and of calls, tokens, seconds and work whether the place is on the
        Pareto front: no other place of any arm is as right for less, or righter for as much.
    """
    lines, weight = [], weights.to_numpy()
    for arm, stopped in arms.items():
        most = int(stopped.places.max())
        # The end of an answer repeats its last step.
        for stop in [*(2**n for n in range((most - 1).bit_length())), most]:
            where = stopped.after(stop)
            line = {
                "arm": arm,
                "stop": stop,
                "end": stop == most,
                # Summed by NumPy alone: a product of so many is split over threads, and its last
                # digits would depend on their number.
                "accuracy": float((stopped.right[where] * weight).sum()),
                **{cost: float(of[where].mean()) for cost, of in stopped.spent.items()},
            }
            lines.append(line)
    table = pd.DataFrame(lines, columns=list(CURVE_COLUMNS))
    table = _without_repeats(table)
    accuracy = table["accuracy"].to_numpy(float)
    for cost in _FRONTS:
        table[f"front_{cost}"] = pareto_front(table[cost].to_numpy(float), accuracy)
    return table


def spent_on(table: pd.DataFrame, axis: str) -> pd.Series[float]:
    """What arms, or places of curves, spent on an axis.

    Args:
        table: With `calls`, `tokens`, `generator_tokens`, and `work` and `seconds` for these.
        axis: One of `AXES`; `total_tokens` are those of solver and generator.

    Returns:
        NaN where it is not known, and on `SOLVER_AXES` where only the generator was called: its
        answers are not free, so they have no place at zero.
    """
    if axis == "total_tokens":
        return (table["tokens"] + table["generator_tokens"]).astype(float)
    spent = table[axis].astype(float)
    if axis in SOLVER_AXES:
        spent = spent.mask((table["calls"] == 0) & (table["generator_tokens"] > 0))
    return spent


def _without_repeats(table: pd.DataFrame) -> pd.DataFrame:
    """Places at which nothing more was spent than at the end are the end."""
    ends = table[table["end"]].set_index("arm")[["calls", "tokens", "generator_tokens"]]
    same = (
        table[["calls", "tokens", "generator_tokens"]].to_numpy(float)
        == ends.loc[table["arm"]].to_numpy(float)
    ).all(axis=1)
    kept: pd.DataFrame = table[table["end"].astype(bool) | ~same]
    return kept.reset_index(drop=True)


def pareto_front(
    spent: NDArray[np.floating[Any]], accuracy: NDArray[np.floating[Any]]
) -> NDArray[np.bool_]:
    """Which places nothing cheaper is as right as, and nothing as cheap righter than; those of
    unknown cost (NaN) are on no front."""
    found = np.zeros(len(spent), dtype=bool)
    best = -np.inf
    order = np.lexsort((-accuracy, spent))
    for place in order:
        if np.isnan(spent[place]):
            continue
        if accuracy[place] > best + _TIE:
            best = accuracy[place]
            cheapest = spent[place]
            found[place] = True
        elif accuracy[place] >= best - _TIE and spent[place] <= cheapest * (1 + _TIE):
            found[place] = True
    return found
