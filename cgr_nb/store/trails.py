"""How all answers came about, by column: a study has a million calls in its trails, and no record
is made of any of them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any

from cgr_nb.answer_record import OWN_FAILURES, AnswerSteps
from cgr_nb.store.channel_columns import channel_columns
from cgr_nb.store.database import Store
from cgr_nb.store.encode import load_json, load_json_lists
from cgr_nb.store.frame_columns import by_place, category
from cgr_nb.store.quick_lines import line_batches, quick_columns
from cgr_nb.store.row_frame import last_rule
from cgr_nb.util.collecting import seldom_collected
from cgr_nb.util.id_places import id_places

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

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
    not done. Texts are categories, those of `answer_id` the ids of `trails` in their order."""
    trails: Trails
    """How each came about."""
    channels: Mapping[str, NDArray[np.object_]]
    """The rows that are done, in no order: see `channel_columns`."""


def read_answers(store: Store) -> Answered:
    """Read them, in the order of the file: in any other it takes three times as long."""
    with seldom_collected():
        asked = _Asked.of(store._connection)
        found = Trails()
        told = _of_answers(store._connection, set(asked.answers), found)
        place = id_places(asked.answers, found.ids)
        channels = channel_columns(asked.rows, asked.row, asked.arms, place, told)
        return Answered(_lines(asked, found.ids, place, told), found, channels)


@dataclass(frozen=True, slots=True)
class _Asked:
    """Which answers the rows are made of."""

    rows: list[str]
    row: NDArray[np.intp]
    """The row of each of the following, by its number among `rows`."""
    arms: pd.Categorical[Any]
    answers: list[str]

    @classmethod
    def of(cls, connection: sqlite3.Connection) -> _Asked:
        """Read them."""
        import numpy as np

        # Together by row: lists are read in a third of the time that as many lines take.
        rows, arms, answers = quick_columns(
            connection,
            "SELECT row_id, json_group_array(arm), json_group_array(answer_id) FROM expected"
            " GROUP BY row_id ORDER BY row_id",
            3,
        )
        # A study has few different lists of arms.
        known = {text: load_json(text) for text in set(arms)}
        names = sorted({arm for some in known.values() for arm in some})
        places = {arm: place for place, arm in enumerate(names)}
        codes = {text: [places[arm] for arm in some] for text, some in known.items()}
        told = [codes[text] for text in arms]
        arm = np.fromiter(chain.from_iterable(told), np.intp)
        row = np.repeat(np.arange(len(rows)), [len(some) for some in told])
        each = list(chain.from_iterable(load_json_lists(answers)))
        return cls(rows, row, by_place(arm, names), each)


_SPENT = ("calls", "prompt_tokens", "reply_tokens", "generator_calls", "generator_tokens")
_TEXTS = ("item_id", "letter", "status")
_READ = (
    # What `_of_answers` makes something of,
    *("id", "arm", "solver", "generator", "setup", "trail", "steps", "letters", "status"),
    # and what stands as it is read: scaffolds are those of the rows.
    *("item_id", "solver_calls", "solver_prompt_tokens", "solver_reply_tokens", "generator_calls"),
    "generator_prompt_tokens + generator_reply_tokens",
    *(
        f"iif(arm = 'cgr', json_extract(facts, '$.{name}'), NULL)"
        for name in ("scaffold_id", "program_id")
    ),
)


def _of_answers(
    connection: sqlite3.Connection, counted: set[str], into: Trails
) -> dict[str, list[Any]]:
    """What is to be known of each answer, `channel_columns.OF_ANSWERS` among it."""
    # A study has few different lists of letters, and few of steps: each is decoded once.
    letters_of, steps_of = lru_cache(4096)(_letters), lru_cache(4096)(_steps)
    as_read = ("item_id", *_SPENT, "scaffold_id", "program_id")
    found: dict[str, list[Any]] = {name: [] for name in (*as_read, "letter", "status", "rule")}
    for batch in line_batches(connection, f"SELECT {', '.join(_READ)} FROM answers ORDER BY rowid"):
        columns = list(zip(*batch, strict=True))
        if not counted.issuperset(columns[0]):
            lines = [line for line in batch if line[0] in counted]
            if not lines:
                continue
            columns = list(zip(*lines, strict=True))
        ids, arms, solvers, generators, setups, trails, steps, said, statuses = columns[:9]
        decoded = load_json_lists(trails)
        before = [steps_of(text) for text in steps]
        letters = [letters_of(text) for text in said]
        into.ids.extend(ids)
        into.solvers.extend(solvers)
        into.generators.extend(generators)
        into.setups.extend(setups)
        into.letters.extend(
            [
                "" if status in OWN_FAILURES else one
                for one, status in zip(letters, statuses, strict=True)
            ]
        )
        into.lengths.extend(map(len, decoded))
        into.counts.extend([len(places) for places, _ in before])
        into.calls.extend([entry[2] for trail in decoded for entry in trail])
        into.by_solver.extend([entry[1] == "solver" for trail in decoded for entry in trail])
        into.step_places.extend([place for places, _ in before for place in places])
        into.step_letters.extend([said for _, all_said in before for said in all_said])
        found["letter"].extend([one or None for one in letters])
        found["status"].extend(statuses)
        found["rule"].extend(
            [
                last_rule(trail) if arm == "direct" else None
                for arm, trail in zip(arms, decoded, strict=True)
            ]
        )
        for name, values in zip(as_read, columns[9:], strict=True):
            found[name].extend(values)
    return {
        **found,
        "solver": into.solvers,
        "generator": into.generators,
        "trail_length": into.lengths,
    }


def _lines(
    asked: _Asked, ids: Sequence[str], place: NDArray[np.intp], told: Mapping[str, list[Any]]
) -> pd.DataFrame:
    import numpy as np
    import pandas as pd

    found: dict[str, Any] = {
        "row_id": by_place(asked.row, asked.rows),
        "arm": asked.arms,
        "answer_id": by_place(place, ids),
    }
    there = place >= 0
    if not there.all():
        found = {name: of[there] for name, of in found.items()}
        place = place[there]
    of_answers: dict[str, Any] = {
        **{name: category(told[name]) for name in _TEXTS},
        **{name: np.array(told[name], dtype=np.int64) for name in _SPENT},
    }
    return pd.DataFrame(found | {name: of.take(place) for name, of in of_answers.items()})


def _letters(text: str) -> str:
    return "".join(load_json(text))


def _steps(text: str) -> tuple[list[int], list[str]]:
    steps = load_json(text)
    return [n for n, _, _ in steps], ["".join(said) for _, _, said in steps]
