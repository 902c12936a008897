"""How good an audit is: its verdicts against labels made by people.

Precision: of the programs that the audit calls `wanted`, the share that people do. Recall: of those
that people call so, the share that the audit finds. Intervals are Wilson's (1927), 95 %: they stay
inside 0 to 1 and hold up with few programs. Programs are counted as they come; labels that were not
drawn at random need weights, which stand in `audit.agreement`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import sqrt

import pandas as pd

__all__ = ["Detection", "Share", "detection", "score_interval", "wilson"]

_Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Share:
    """A share of counted things."""

    hits: int
    of: int
    value: float | None
    """hits / of; None when there is nothing to count."""
    low: float | None
    """Lower end of the 95 % interval."""
    high: float | None
    """Upper end of it."""


@dataclass(frozen=True, slots=True)
class Detection:
    """What an audit found of what there was."""

    wanted: str
    """The label that is looked for."""
    precision: Share
    recall: Share
    confusion: pd.DataFrame
    """Labels down, verdicts across, counts inside; programs left out are there too."""
    misses: pd.DataFrame
    """One line a program on which audit and label differ: `id`, `label`, `verdict`, sorted."""


def detection(
    verdicts: Mapping[str, str | None],
    labels: Mapping[str, str],
    *,
    wanted: str = "hard_coded",
    leave_out: Iterable[str] = ("broken", "unsure"),
) -> Detection:
    """Compare an audit with labels.

    Args:
        verdicts: Program id -> what the audit says, in the words of the labels; None, or any other
            word than `wanted`, counts as not found.
        labels: Program id -> what people say. Programs that only one side knows are not counted.
        wanted: The label that is looked for.
        leave_out: Labels that are neither: a program that can't run has no answer to hard-code.
    """
    both = sorted(verdicts.keys() & labels.keys())
    counted = [id for id in both if labels[id] not in set(leave_out)]
    found = {id for id in counted if verdicts[id] == wanted}
    there = {id for id in counted if labels[id] == wanted}
    said = pd.DataFrame(
        {
            "id": both,
            "label": [labels[id] for id in both],
            "verdict": [verdicts[id] or "none" for id in both],
        }
    )
    return Detection(
        wanted=wanted,
        precision=wilson(len(found & there), len(found)),
        recall=wilson(len(found & there), len(there)),
        confusion=pd.crosstab(said["label"], said["verdict"]),
        misses=said[said["id"].isin(found ^ there)].reset_index(drop=True),
    )


def wilson(hits: int, of: int) -> Share:
    """A share with Wilson's score interval.

    Args:
        hits: How many of them, 0 to `of`.
        of: How many there are.
    """
    if not of:
        return Share(0, 0, None, None, None)
    return Share(hits, of, hits / of, *score_interval(hits / of, of))


def score_interval(share: float, of: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share of `of` things, whose mean it may be."""
    middle = share + _Z**2 / (2 * of)
    spread = _Z * sqrt(share * (1 - share) / of + _Z**2 / (4 * of**2))
    scale = 1 + _Z**2 / of
    # At the ends the interval touches 0 or 1, which rounding must not pass.
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)
