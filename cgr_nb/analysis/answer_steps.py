"""Answers -> what each had spent wherever it could have stopped, and what it would have been there.

Everything is on record: the trail of an answer names its calls in order, and its steps say where
the arm had an answer. So accuracy at a smaller budget needs no further call. Calls that answers
share count in full for each, as in `answer_record.Totals`.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from cgr_nb.answer_record import OWN_FAILURES, Answer, AnswerSteps
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
        self._place = {id: place for place, id in enumerate(calls["id"])}
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
        nowhere = len(self._tokens) - 1
        # No trail is held: a study has a million entries.
        places, of_solvers, lengths, counts, afters = (array("q") for _ in range(5))
        sizes: tuple[array[float], array[float]] = array("d"), array("d")
        place_of = self._place.get
        for one in stops:
            for call, role in one.calls:
                places.append(place_of(call, nowhere))
                of_solvers.append(role == "solver")
            lengths.append(len(one.calls))
            counts.append(len(one.after))
            afters.extend(one.after)
            for known, name in zip(sizes, (one.solver, one.generator), strict=True):
                known.append(self._size(name))
        place, solver = np.array(places, dtype=int), np.array(of_solvers, dtype=bool)
        length = np.array(lengths, dtype=int)
        begins = np.concatenate([[0], np.cumsum(length)])
        of_solver, of_generator = (np.repeat(np.array(some, float), length) for some in sizes)
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
        first = np.repeat(begins[:-1], np.array(counts, dtype=int)).astype(int)
        last = first + np.array(afters, dtype=int)
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


def step_table(answers: Iterable[Answer | AnswerSteps], spending: CallSpending) -> pd.DataFrame:
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
    once: dict[str, str] = {}

    def stops() -> Iterator[Stops]:
        for answer in answers:
            one = AnswerSteps.of(answer) if isinstance(answer, Answer) else answer
            end = len(one.calls)
            before = [step for step in one.steps if step[0] <= end]
            final = () if one.status in OWN_FAILURES else one.letters
            for some in (*(said for _, said in before), final):
                text = "".join(some)
                letters.append(once.setdefault(text, text))
            ids.extend([one.id] * (len(before) + 1))
            yield Stops(one.calls, one.solver, one.generator, [*(n for n, _ in before), end])

    spent = spending.at(stops())
    return pd.DataFrame({"answer_id": ids, "letter": letters}, dtype=object).join(spent)
