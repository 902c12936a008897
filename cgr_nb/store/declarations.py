"""What a study said beforehand: its primary comparisons, and when it said so.

Kept with the number of answers that were on record by then, so that a choice made in sight of
answers can be told from one made before the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from cgr_nb.store.database import Store

__all__ = ["Declaration", "declarations", "declare"]

_KEY = "declarations"


@dataclass(frozen=True, slots=True)
class Declaration:
    """One choice of primary comparisons."""

    created: str
    """When a run first had it, ISO 8601, UTC."""
    answers: int
    """Answers on record at that time, superseded ones among them; 0: said beforehand."""
    primary: tuple[str, ...]
    """Arms; empty where an earlier choice was taken back."""


def declarations(store: Store) -> list[Declaration]:
    """All choices, the oldest first; none where the study never made one."""
    return [
        Declaration(**{**line, "primary": tuple(line["primary"])})
        for line in store.meta(_KEY) or []
    ]


def declare(store: Store, primary: Sequence[str]) -> None:
    """Keep what a run was told, where it is not what was told last. What is said before the first
    answer takes the place of what was said before it; later choices stand beside it."""
    said = declarations(store)
    if tuple(primary) == (said[-1].primary if said else ()):
        return
    answers = store.answers_ever()
    if not answers:
        said = []
    now = datetime.now(UTC).isoformat(timespec="seconds")
    if primary or said:
        said.append(Declaration(now, answers, tuple(primary)))
    store.set_meta(_KEY, [asdict(one) for one in said])
