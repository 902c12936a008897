"""Which comparisons a study named as its question, and whether it did so before it had answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from cgr_nb.store.declarations import Declaration

__all__ = ["Primary", "primary_of"]


@dataclass(frozen=True, slots=True)
class Primary:
    """The primary comparisons of a study."""

    arms: tuple[str, ...]
    """As its `study.toml` names them now; empty where it names none any more."""
    status: Literal["beforehand", "late", "changed", "unrecorded"]
    """"beforehand": named before the first answer, and never changed; "late": named first when
    answers were on record; "changed": another choice was made when answers were on record;
    "unrecorded": the study was not run since."""
    declared: tuple[Declaration, ...]
    """All choices on record, the oldest first."""

    @property
    def holds(self) -> bool:
        """Whether these comparisons may be told apart from the others: they were named first."""
        return self.status == "beforehand"


def primary_of(arms: Sequence[str], declared: Sequence[Declaration]) -> Primary | None:
    """What is to be said of the primary comparisons; None where there never were any.

    Args:
        arms: As the settings name them now.
        declared: Choices on record.
    """
    now, said = tuple(arms), tuple(declared)
    if not now and not said:
        return None
    if not said:
        return Primary(now, "unrecorded", said)
    first, last = said[0], said[-1]
    if last.primary != now:
        return Primary(now, "changed" if first.primary else "unrecorded", said)
    if len(said) > 1:
        return Primary(now, "changed", said)
    return Primary(now, "late" if first.answers else "beforehand", said)
