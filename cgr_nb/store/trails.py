"""How all answers came about, by column: a study has a million calls in its trails, and no record
is made of any of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import repeat
from typing import TYPE_CHECKING, Any

from cgr_nb.answer_record import OWN_FAILURES, AnswerSteps
from cgr_nb.store.database import Store
from cgr_nb.store.encode import load_json, load_json_lists
from cgr_nb.store.frame_columns import column
from cgr_nb.store.quick_lines import line_batches, quick_columns
from cgr_nb.util.collecting import seldom_collected

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Answered", "Trails", "read_answers"]


@dataclass(frozen=True, slots=True)
class Trails:
    """Of every answer the part that says what it had spent, and would have been, on the way.

    The first seven have one value an answer; `calls` and `by_solver` one for each call of each
    answer, one answer behind the other; `step_places` and `step_letters` one for each step.
    """

    ids: list[str] = field(default_factory=list)
    solvers: list[str | None] = field(default_factory=list)
    generators: list[str | None] = field(default_factory=list)
    setups: list[str | None] = field(default_factory=list)
    letters: list[str] = field(default_factory=list)
    """Together ("AC"); "" where there are none, and of an own failure, as it counts as wrong."""
    lengths: list[int] = field(default_factory=list)
    """Calls of each."""
    counts: list[int] = field(default_factory=list)
    """Steps of each."""
    calls: list[str] = field(default_factory=list)
    by_solver: list[bool] = field(default_factory=list)
    step_places: list[int] = field(default_factory=list)
    """Calls of the trail up to there."""
    step_letters: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, answers: Iterable[AnswerSteps]) -> Trails:
        """Of answers in hand."""
        found = cls()
        for one in answers:
            found.ids.append(one.id)
            found.solvers.append(one.solver)
            found.generators.append(one.generator)
            found.setups.append(one.setup)
            found.letters.append("" if one.status in OWN_FAILURES else "".join(one.letters))
            found.lengths.append(len(one.calls))
            found.counts.append(len(one.steps))
            found.calls.extend([call for call, _ in one.calls])
            found.by_solver.extend([role == "solver" for _, role in one.calls])
            found.step_places.extend([place for place, _ in one.steps])
            found.step_letters.extend(["".join(said) for _, said in one.steps])
        return found


@dataclass(frozen=True, slots=True)
class Answered:
    """All answers of a study, read once."""

    lines: pd.DataFrame
    """One line for each row and arm, the columns of `store.frames.row_answers` that the statistics
    of arms rest on: `row_id`, `arm`, `answer_id`, `item_id`, `letter`, `status`, `calls`,
    `prompt_tokens`, `reply_tokens`, `generator_calls`, `generator_tokens`; also of rows that are
    not done."""
    trails: Trails
    """How each came about."""


def read_answers(store: Store) -> Answered:
    """Read them, in the order of the file: in any other it takes three times as long."""
    with seldom_collected():
        connection = store._connection
        asked = quick_columns(
            connection, "SELECT row_id, arm, answer_id FROM expected ORDER BY row_id, arm", 3
        )
        found = Trails()
        spent = _of_answers(connection, set(asked[2]), found)
        return Answered(_lines(asked, found.ids, spent), found)


_SPENT = (
    *("letter", "status", "item_id", "calls", "prompt_tokens", "reply_tokens"),
    *("generator_calls", "generator_tokens"),
)


def _of_answers(
    connection: sqlite3.Connection, counted: set[str], into: Trails
) -> dict[str, list[Any]]:
    # A study has few different lists of letters, and few of steps: each is decoded once.
    letters_of, steps_of = lru_cache(4096)(_letters), lru_cache(4096)(_steps)
    columns: dict[str, list[Any]] = {name: [] for name in _SPENT}
    for batch in line_batches(
        connection,
        "SELECT id, solver, generator, setup, trail, steps, letters, status, item_id, solver_calls,"
        " solver_prompt_tokens, solver_reply_tokens, generator_calls,"
        " generator_prompt_tokens + generator_reply_tokens FROM answers ORDER BY rowid",
    ):
        lines = [line for line in batch if line[0] in counted]
        if not lines:
            continue
        ids, solvers, generators, setups, trails, steps, *told = zip(*lines, strict=True)
        decoded = load_json_lists(trails)
        before = [steps_of(text) for text in steps]
        letters = [letters_of(text) for text in told[0]]
        into.ids.extend(ids)
        into.solvers.extend(solvers)
        into.generators.extend(generators)
        into.setups.extend(setups)
        into.letters.extend(
            [
                "" if status in OWN_FAILURES else one
                for one, status in zip(letters, told[1], strict=True)
            ]
        )
        into.lengths.extend(map(len, decoded))
        into.counts.extend([len(places) for places, _ in before])
        into.calls.extend([entry[2] for trail in decoded for entry in trail])
        into.by_solver.extend([entry[1] == "solver" for trail in decoded for entry in trail])
        into.step_places.extend([place for places, _ in before for place in places])
        into.step_letters.extend([said for _, all_said in before for said in all_said])
        given = [one or None for one in letters]
        for known, values in zip(columns.values(), (given, *told[1:]), strict=True):
            known.extend(values)
    return columns


def _lines(
    asked: Sequence[list[str]], ids: Sequence[str], spent: Mapping[str, list[Any]]
) -> pd.DataFrame:
    import numpy as np
    import pandas as pd

    places = dict(zip(ids, range(len(ids)), strict=True))
    place = np.fromiter(map(places.get, asked[2], repeat(-1)), dtype=int, count=len(asked[2]))
    names = ("row_id", "arm", "answer_id")
    found = pd.DataFrame({name: column(of) for name, of in zip(names, asked, strict=True)})
    if (place < 0).any():
        found = found[place >= 0].reset_index(drop=True)
        place = place[place >= 0]
    told = pd.DataFrame({name: column(of) for name, of in spent.items()})
    return found.join(told.take(place).reset_index(drop=True))


def _letters(text: str) -> str:
    return "".join(load_json(text))


def _steps(text: str) -> tuple[list[int], list[str]]:
    steps = load_json(text)
    return [n for n, _, _ in steps], ["".join(said) for _, _, said in steps]
