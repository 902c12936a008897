"""All that people ever said of one program, side by side: who, what, when, and what stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cgr_nb.audit.standing import plain_label, standing_places
from cgr_nb.records import Verdict

__all__ = ["Opinion", "opinions"]


@dataclass(frozen=True, slots=True)
class Opinion:
    """One verdict, or one adjudication, of one person on one program."""

    rater: str
    label: str
    """A word of `words.VERDICT_WORDS`."""
    settles: bool
    """Whether it is an adjudication."""
    stands: bool
    """False where it was taken back, or the same rater (of adjudications: anyone) said something
    later."""
    note: str
    created: str
    """ISO 8601, UTC."""


def opinions(verdicts: Iterable[Verdict], program_id: str) -> list[Opinion]:
    """What people said of a program, oldest first; what only takes back is left out.

    Args:
        verdicts: Of the study, oldest first.
        program_id: The program.
    """
    ours = [verdict for verdict in verdicts if verdict.program_id == program_id]
    stand = set(standing_places(ours))
    return [
        Opinion(said.rater, *plain_label(said.label), place in stand, said.note, said.created)
        for place, said in enumerate(ours)
        if said.label != "withdrawn"
    ]
