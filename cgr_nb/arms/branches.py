"""Several chains of calls of one answer, followed side by side or in turn, each to its own end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from cgr_nb.arms.budget import OutOfBudget
from cgr_nb.arms.refusal import Refusal

__all__ = ["End", "follow"]

T = TypeVar("T")


@dataclass(frozen=True)
class End(Generic[T]):
    """What came of one chain."""

    result: tuple[T, ...]
    """What it returned; nothing where it failed."""
    failure: OutOfBudget | Refusal | None = None
    """The arm's own failure."""


async def follow(works: Sequence[Awaitable[T]], *, in_turn: bool) -> list[End[T]]:
    """Follow chains. What is raised beside an arm's own failures goes on, but not before all others
    have come to their end: none goes on behind an answer that was given up.

    Args:
        works: The chains.
        in_turn: One after the other.
    """
    if in_turn:
        return [await _end_of(work) for work in works]
    found = await asyncio.gather(*map(_end_of, works), return_exceptions=True)
    ends = []
    for end in found:
        if isinstance(end, BaseException):
            raise end
        ends.append(end)
    return ends


async def _end_of(work: Awaitable[T]) -> End[T]:
    try:
        return End((await work,))
    except (OutOfBudget, Refusal) as failure:
        return End((), failure)
