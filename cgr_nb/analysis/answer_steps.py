"""Answers -> what each had spent wherever it could have stopped, and what it would have been there.

Everything is on record: the trail of an answer names its calls in order, and its steps say where
the arm had an answer. So accuracy at a smaller budget needs no further call. Calls that answers
share count in full for each, as in `answer_record.Totals`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cgr_nb.analysis.strata import Floats
from cgr_nb.answer_record import Answer, AnswerSteps
from cgr_nb.records import ModelCard
from cgr_nb.store.frame_columns import by_place
from cgr_nb.store.trails import Trails
from cgr_nb.util.id_places import id_places

__all__ = ["COSTS", "MEASURED", "STEP_COLUMNS", "CallSpending", "Stops", "step_table", "trails_of"]

COSTS = ("calls", "tokens", "generator_calls", "generator_tokens", "seconds", "work")
"""What is spent. `calls` and `tokens` are the solver's; `seconds` is the sum of the calls' own
durations, whatever ran beside them; `work` is 2 x parameters x tokens, over both models."""

MEASURED = ("seconds",)
"""Costs that a machine measured: they differ from run to run, so that no package can check them."""

STEP_COLUMNS = ("answer_id", "letter", *COSTS)

Places = NDArray[np.int64]


class Stops(NamedTuple):
    """One trail of calls, and the places of which the spending is asked."""

    calls: Sequence[tuple[str, str]]
    """Id and role of each."""
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
        self._ids = calls["id"].tolist()
        # One place more, for a call that is not on record.
        self._tokens, self._seconds = (
            np.append(sum(calls[name].fillna(0).to_numpy(dtype=float) for name in names), 0.0)
            for names in (("prompt_tokens", "reply_tokens"), ("duration_s",))
        )
        self._parameters = {card.name: card.parameters for card in cards}

    def at(self, stops: Iterable[Stops]) -> pd.DataFrame:
        """What was spent at every place of every trail, one behind the other.

        Returns:
            Columns `COSTS`; work is NaN from the first call on to a model whose number of
            parameters is not known.
        """
        some = list(stops)
        calls = [call for one in some for call in one.calls]
        trails = Trails(
            solvers=[one.solver for one in some],
            generators=[one.generator for one in some],
            lengths=[len(one.calls) for one in some],
            calls=[call for call, _ in calls],
            by_solver=[role == "solver" for _, role in calls],
        )
        counts = np.array([len(one.after) for one in some], dtype=int)
        after = np.array([place for one in some for place in one.after], dtype=int)
        return self.along(trails, counts, after)

    def along(self, trails: Trails, counts: Places, after: Places) -> pd.DataFrame:
        """As `at`, of trails by column.

        Args:
            trails: The trails.
            counts: Places of each.
            after: Calls of its trail up to each place, one trail behind the other.
        """
        # -1, the last place, where a call is not on record.
        place = id_places(trails.calls, self._ids)
        solver = np.array(trails.by_solver, dtype=bool)
        length = np.array(trails.lengths, dtype=int)
        begins = np.concatenate([[0], np.cumsum(length)])
        tokens = self._tokens[place]
        spent = {
            "calls": solver,
            "tokens": np.where(solver, tokens, 0.0),
            "generator_calls": ~solver,
            "generator_tokens": np.where(solver, 0.0, tokens),
            "seconds": self._seconds[place],
        }
        first = np.repeat(begins[:-1], counts).astype(int)
        last = first + after
        found = {}
        for name, of in spent.items():
            sums = np.concatenate([[0.0], np.cumsum(of, dtype=float)])
            found[name] = sums[last] - sums[first]
        # From whole numbers of tokens, so that the order of answers has no part in the rounding.
        sizes = (np.repeat(self._sizes(of), counts) for of in (trails.solvers, trails.generators))
        ways = zip(("", "generator_"), sizes, strict=True)
        found["work"] = sum(
            np.where(found[f"{who}calls"] > 0, 2.0 * size * found[f"{who}tokens"], 0.0)
            for who, size in ways
        )
        return pd.DataFrame(found)

    def _sizes(self, names: Sequence[str | None]) -> Floats:
        known = {name: self._size(name) for name in set(names)}
        return np.fromiter(map(known.__getitem__, names), dtype=float, count=len(names))

    def _size(self, name: str | None) -> float:
        parameters = self._parameters.get(name or "")
        return math.nan if parameters is None else float(parameters)


def step_table(
    answers: Trails | Iterable[Answer | AnswerSteps], spending: CallSpending
) -> pd.DataFrame:
    """Every place at which an arm could have stopped, its end as the last.

    Args:
        answers: Of all arms.
        spending: What their calls spent.

    Returns:
        One line a place, answer by answer, columns `STEP_COLUMNS`: `letter` is what the answer
        would have been ("" for none; several together: "AC"), the costs are sums up to there. An
        own failure ends without a letter, as it counts as wrong.
    """
    trails = answers if isinstance(answers, Trails) else trails_of(answers)
    lengths, counts = np.array(trails.lengths, dtype=int), np.array(trails.counts, dtype=int)
    place = np.array(trails.step_places, dtype=int)
    letter = np.array([*trails.step_letters, ""], dtype=object)[:-1]
    there = place <= np.repeat(lengths, counts)
    if not there.all():
        of = np.repeat(np.arange(len(counts)), counts)[there]
        counts = np.bincount(of, minlength=len(counts))
        place, letter = place[there], letter[there]
    places = counts + 1
    ends = np.cumsum(places) - 1
    at_end = np.zeros(int(places.sum()), dtype=bool)
    at_end[ends] = True
    after, letters = np.empty(len(at_end), dtype=int), np.empty(len(at_end), dtype=object)
    after[at_end], after[~at_end] = lengths, place
    letters[at_end], letters[~at_end] = trails.letters, letter
    return pd.DataFrame(
        {
            "answer_id": _each_repeated(trails.ids, places),
            "letter": pd.Series(letters, dtype=object),
            **spending.along(trails, places, after),
        }
    )


def _each_repeated(ids: Sequence[str], times: Places) -> pd.Series[Any]:
    """Each id so many times, by number: no text is looked at. As texts where two are alike."""
    place = np.repeat(np.arange(len(ids)), times)
    if len(set(ids)) < len(ids):
        return pd.Series([ids[one] for one in place.tolist()], dtype=object)
    return pd.Series(by_place(place, ids))


def trails_of(answers: Iterable[Answer | AnswerSteps]) -> Trails:
    """Answers in hand by column."""
    return Trails.of(AnswerSteps.of(one) if isinstance(one, Answer) else one for one in answers)
