"""How all answers came about, by column: a study has a million calls in its trails, and no record
is made of any of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain

from cgr_nb.answer_record import OWN_FAILURES, AnswerSteps
from cgr_nb.store.database import Store
from cgr_nb.store.encode import load_json, load_json_lists
from cgr_nb.store.quick_lines import line_batches, quick_lines
from cgr_nb.util.collector import collector_paused

__all__ = ["Trails", "read_trails"]


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


def read_trails(store: Store) -> Trails:
    """Those of every answer that the study is made of, in the order in which they came."""
    found = Trails()
    # A study has few different lists of letters, and few of steps: each is decoded once.
    letters_of, steps_of = lru_cache(4096)(_letters), lru_cache(4096)(_steps)
    with collector_paused():
        connection = store._connection
        asked_for = quick_lines(connection, "SELECT answer_id FROM expected")
        counted = set(chain.from_iterable(asked_for))
        # In any order but that of the file it takes three times as long.
        for batch in line_batches(
            connection,
            "SELECT id, solver, generator, setup, status, letters, trail, steps FROM answers"
            " ORDER BY rowid",
        ):
            lines = [line for line in batch if line[0] in counted]
            if not lines:
                continue
            ids, solvers, generators, setups, *told = zip(*lines, strict=True)
            statuses, letters, trails, steps = told
            decoded = load_json_lists(trails)
            before = [steps_of(text) for text in steps]
            found.ids.extend(ids)
            found.solvers.extend(solvers)
            found.generators.extend(generators)
            found.setups.extend(setups)
            found.letters.extend(
                [
                    "" if status in OWN_FAILURES else letters_of(text)
                    for status, text in zip(statuses, letters, strict=True)
                ]
            )
            found.lengths.extend(map(len, decoded))
            found.counts.extend([len(places) for places, _ in before])
            found.calls.extend([entry[2] for trail in decoded for entry in trail])
            found.by_solver.extend([entry[1] == "solver" for trail in decoded for entry in trail])
            found.step_places.extend([place for places, _ in before for place in places])
            found.step_letters.extend([said for _, all_said in before for said in all_said])
    return found


def _letters(text: str) -> str:
    return "".join(load_json(text))


def _steps(text: str) -> tuple[list[int], list[str]]:
    steps = load_json(text)
    return [n for n, _, _ in steps], ["".join(said) for _, _, said in steps]
