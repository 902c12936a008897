"""Which verdicts of people stand, and what people say of a program.

One rule, used by every panel, table and number: a rater's last verdict on a program stands, and
"withdrawn" takes back the last one that stands, so that the one before it stands again. Clean, then
hard-coded, then withdrawn is clean; clean, then withdrawn is no verdict.

An adjudication settles what raters disagree on. It is a verdict too, with "adjudicated:" before its
label, under the name of whoever gave it. It stands over the raters' verdicts and replaces none: a
rater's own verdict goes on standing beside it, and agreement counts raters only. Of several the
newest that stands holds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from cgr_nb.records import Verdict

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "Adjudication",
    "GivenVerdict",
    "Standing",
    "adjudication_label",
    "adjudications",
    "are_apart",
    "consensus",
    "given_verdicts",
    "last_given",
    "people_labels",
    "plain_label",
    "standing",
    "standing_places",
]

_ADJUDICATED = "adjudicated:"

Standing = dict[str, dict[str, str]]
"""Program id -> rater -> label."""


class GivenVerdict(NamedTuple):
    """What the rule reads of a `records.Verdict`."""

    program_id: str
    rater: str
    label: str


def given_verdicts(frame: pd.DataFrame | None) -> list[GivenVerdict]:
    """The verdicts of a frame with one line a verdict, in its order; none where there is no frame.

    Args:
        frame: Columns at least program_id, rater and label, as `Study.verdicts` returns them.
    """
    if frame is None or frame.empty:
        return []
    columns = frame[list(GivenVerdict._fields)]
    return [GivenVerdict(*line) for line in columns.itertuples(index=False, name=None)]


class Adjudication(NamedTuple):
    """What settles a program on which raters disagree."""

    by: str
    """Who gave it."""
    label: str


def adjudication_label(label: str) -> str:
    """The label under which an adjudication is on record."""
    return f"{_ADJUDICATED}{label}"


def plain_label(label: str) -> tuple[str, bool]:
    """A label on record -> the word for the program, and whether it is an adjudication."""
    return label.removeprefix(_ADJUDICATED), label.startswith(_ADJUDICATED)


def standing(verdicts: Iterable[Verdict | GivenVerdict]) -> Standing:
    """The verdicts of raters that stand; adjudications are none.

    Args:
        verdicts: Oldest first.
    """
    found: Standing = {}
    for given, label, settles in _standing(verdicts):
        if not settles:
            found.setdefault(given.program_id, {})[given.rater] = label
    return found


def adjudications(verdicts: Iterable[Verdict | GivenVerdict]) -> dict[str, Adjudication]:
    """Program id -> the adjudication that holds.

    Args:
        verdicts: Oldest first.
    """
    return {
        given.program_id: Adjudication(given.rater, label)
        for given, label, settles in _standing(verdicts)
        if settles
    }


def _standing(
    verdicts: Iterable[Verdict | GivenVerdict],
) -> Iterator[tuple[Verdict | GivenVerdict, str, bool]]:
    """What stands, with its word and whether it is an adjudication."""
    given = list(verdicts)
    for place in standing_places(given):
        yield given[place], *plain_label(given[place].label)


def standing_places(verdicts: Sequence[Verdict | GivenVerdict]) -> list[int]:
    """Places, from 0, of what stands: each rater's newest verdict on each program that is not taken
    back, and each program's newest adjudication.

    Args:
        verdicts: Oldest first.
    """
    places: list[int] = []
    settled: dict[str, int] = {}
    for (program_id, _), stack in _stacks(verdicts).items():
        own = [place for place, label in stack if not plain_label(label)[1]]
        places += own[-1:]
        for place, label in stack:
            if plain_label(label)[1]:
                settled[program_id] = max(place, settled.get(program_id, -1))
    return sorted([*places, *settled.values()])


def last_given(
    verdicts: Iterable[Verdict | GivenVerdict], rater: str, programs: Collection[str]
) -> GivenVerdict | None:
    """A rater's newest verdict or adjudication that is not taken back; None when there is none.

    Args:
        verdicts: Oldest first.
        rater: Whose.
        programs: Ids to look among: a verdict may be on a program that a study no longer asks for.
    """
    newest = [
        (stack[-1], program_id)
        for (program_id, who), stack in _stacks(verdicts).items()
        if stack and who == rater and program_id in programs
    ]
    if not newest:
        return None
    (_, label), program_id = max(newest)
    return GivenVerdict(program_id, rater, label)


def _stacks(
    verdicts: Iterable[Verdict | GivenVerdict],
) -> dict[tuple[str, str], list[tuple[int, str]]]:
    """(program id, rater) -> (place, label) of verdicts that are not taken back, newest last."""
    stacks: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for place, verdict in enumerate(verdicts):
        stack = stacks.setdefault((verdict.program_id, verdict.rater), [])
        if verdict.label != "withdrawn":
            stack.append((place, verdict.label))
        elif stack:
            stack.pop()
    return stacks


def are_apart(labels: Collection[str]) -> bool:
    """Whether raters disagree: they gave more than one label, "unsure" among them."""
    return len(set(labels)) > 1


def consensus(labels: Iterable[str]) -> str | None:
    """The label that more raters gave than any other, "unsure" not counted; None on a tie or when
    none is left."""
    counts = Counter(label for label in labels if label != "unsure").most_common(2)
    if not counts or (len(counts) == 2 and counts[0][1] == counts[1][1]):
        return None
    return counts[0][0]


def people_labels(verdicts: Iterable[Verdict | GivenVerdict]) -> dict[str, str]:
    """Program id -> what people say of it: the adjudication that holds, else the `consensus` of the
    verdicts that stand. Programs of which neither can tell are left out.

    Args:
        verdicts: Oldest first.
    """
    given = list(verdicts)
    said = {id: consensus(labels.values()) for id, labels in standing(given).items()}
    said |= {id: consensus([found.label]) for id, found in adjudications(given).items()}
    return {id: label for id, label in said.items() if label is not None}
