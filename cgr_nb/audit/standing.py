"""Which verdicts of people stand, and what people say of a program.

One rule, used by every panel, table and number: a rater's last verdict on a program stands, and
"withdrawn" takes back the last one that stands, so that the one before it stands again. Clean, then
hard-coded, then withdrawn is clean; clean, then withdrawn is no verdict.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING, NamedTuple

from cgr_nb.records import Verdict

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "GivenVerdict",
    "Standing",
    "consensus",
    "given_verdicts",
    "last_judged",
    "people_labels",
    "standing",
]

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


def standing(verdicts: Iterable[Verdict | GivenVerdict]) -> Standing:
    """The verdicts that stand.

    Args:
        verdicts: Oldest first.
    """
    found: Standing = {}
    for (program_id, rater), stack in _stacks(verdicts).items():
        if stack:
            found.setdefault(program_id, {})[rater] = stack[-1][1]
    return found


def last_judged(
    verdicts: Iterable[Verdict | GivenVerdict], rater: str, programs: Collection[str]
) -> str | None:
    """The program of a rater's newest verdict that stands; None when there is none.

    Args:
        verdicts: Oldest first.
        rater: Whose.
        programs: Ids to look among: a verdict may be on a program that a study no longer asks for.
    """
    newest = [
        (stack[-1][0], program_id)
        for (program_id, who), stack in _stacks(verdicts).items()
        if stack and who == rater and program_id in programs
    ]
    return max(newest)[1] if newest else None


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


def consensus(labels: Iterable[str]) -> str | None:
    """The label that more raters gave than any other, "unsure" not counted; None on a tie or when
    none is left."""
    counts = Counter(label for label in labels if label != "unsure").most_common(2)
    if not counts or (len(counts) == 2 and counts[0][1] == counts[1][1]):
        return None
    return counts[0][0]


def people_labels(verdicts: Iterable[Verdict | GivenVerdict]) -> dict[str, str]:
    """Program id -> what people say of it: the `consensus` of the verdicts that stand. Programs
    without one are left out.

    Args:
        verdicts: Oldest first.
    """
    agreed = {id: consensus(labels.values()) for id, labels in standing(verdicts).items()}
    return {id: label for id, label in agreed.items() if label is not None}
