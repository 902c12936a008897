"""Answers -> what each had spent wherever it could have stopped, and what it would have been there.

Everything is on record: the trail of an answer names its calls in order, and its steps say where
the arm had an answer. So accuracy at a smaller budget needs no further call. Calls that answers
share count in full for each, as in `answer_record.Totals`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import NamedTuple

import numpy as np
import pandas as pd

from cgr_nb.answer_record import OWN_FAILURES, Answer, TrailEntry
from cgr_nb.records import ModelCard

__all__ = ["COSTS", "MEASURED", "STEP_COLUMNS", "CallSpending", "Stops", "step_table"]

COSTS = ("calls", "tokens", "generator_calls", "generator_tokens", "seconds", "work")
"""What is spent. `calls` and `tokens` are the solver's; `seconds` is the sum of the calls' own
durations, whatever ran beside them; `work` is 2 x parameters x tokens, over both models."""

MEASURED = ("seconds",)
"""Costs that a machine measured: they differ from run to run, so that no package can check them."""

STEP_COLUMNS = ("answer_id", "letter", *COSTS)


class Stops(NamedTuple):
    """One trail of calls, and the places of which the spending is asked."""

    trail: Sequence[TrailEntry]
    solver: str | None
    """Name of its solver's card."""
    generator: str | None
    after: Sequence[int]
    """Calls of the trail up to each place."""


class CallSpending:
    """What single calls spent: whatever sums up trails looks here."""

    def __init__(self, calls: pd.DataFrame, cards: Iterable[ModelCard]) -> None:
        """Index calls.

        Args:
            calls: One line a call: `id`, `prompt_tokens`, `reply_tokens`, `duration_s`; missing
                where a call failed.
            cards: Of the models, for their number of parameters.
        """
        self._place = {id: place for place, id in enumerate(calls["id"])}
        # One place more, for a call that is not on record.
        self._tokens, self._seconds = (
            np.append(sum(calls[name].fillna(0).to_numpy(dtype=float) for name in names), 0.0)
            for names in (("prompt_tokens", "reply_tokens"), ("duration_s",))
        )
        self._parameters = {card.name: card.parameters for card in cards}

    def at(self, stops: Sequence[Stops]) -> pd.DataFrame:
        """What was spent at every place of every trail, one behind the other.

        Returns:
            Columns `COSTS`; work is NaN from the first call on to a model whose number of
            parameters is not known.
        """
        begins = [0, *accumulate(len(one.trail) for one in stops)]
        entries = [entry for one in stops for entry in one.trail]
        nowhere = len(self._tokens) - 1
        place = np.array([self._place.get(entry.call, nowhere) for entry in entries], dtype=int)
        solver = np.array([entry.role == "solver" for entry in entries], dtype=bool)
        sizes = np.diff(begins)
        of_solver, of_generator = (
            np.repeat(np.array([self._size(name) for name in names], dtype=float), sizes)
            for names in ([one.solver for one in stops], [one.generator for one in stops])
        )
        parameters = np.where(solver, of_solver, of_generator)
        tokens = self._tokens[place]
        spent = {
            "calls": solver,
            "tokens": np.where(solver, tokens, 0.0),
            "generator_calls": ~solver,
            "generator_tokens": np.where(solver, 0.0, tokens),
            "seconds": self._seconds[place],
            "work": 2.0 * np.nan_to_num(parameters) * tokens,
            "unknown": np.isnan(parameters),
        }
        first = np.repeat(begins[:-1], [len(one.after) for one in stops]).astype(int)
        last = first + np.array([after for one in stops for after in one.after], dtype=int)
        found = {}
        for name, of in spent.items():
            sums = np.concatenate([[0.0], np.cumsum(of, dtype=float)])
            found[name] = sums[last] - sums[first]
        table = pd.DataFrame(found)
        table["work"] = table["work"].where(table.pop("unknown") == 0)
        return table

    def _size(self, name: str | None) -> float:
        parameters = self._parameters.get(name or "")
        return math.nan if parameters is None else float(parameters)


def step_table(answers: Iterable[Answer], spending: CallSpending) -> pd.DataFrame:
    """Every place at which an arm could have stopped, its end as the last.

    Args:
        answers: Of all arms.
        spending: What their calls spent.

    Returns:
        One line a place, answer by answer, columns `STEP_COLUMNS`: `letter` is what the answer
        would have been ("" for none; several together: "AC"), the costs are sums up to there. An
        own failure ends without a letter, as it counts as wrong.
    """
    ids: list[str] = []
    letters: list[str] = []
    stops: list[Stops] = []
    for answer in answers:
        end = len(answer.trail)
        before = [step for step in answer.steps if step.n <= end]
        final = () if answer.status in OWN_FAILURES else answer.letters
        letters += ["".join(step.letters) for step in before] + ["".join(final)]
        ids += [answer.id] * (len(before) + 1)
        after = [*(step.n for step in before), end]
        stops.append(Stops(answer.trail, answer.solver, answer.generator, after))
    spent = spending.at(stops)
    return pd.DataFrame({"answer_id": ids, "letter": letters}, dtype=object).join(spent)
