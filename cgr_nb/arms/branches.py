"""Several chains of calls of one answer, followed side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from typing import TypeVar

from cgr_nb.arms.budget import OutOfBudget
from cgr_nb.arms.refusal import Refusal

__all__ = ["to_their_ends"]

T = TypeVar("T")

End = tuple[list[T], OutOfBudget | Refusal | None]
"""What came of one chain: its result, or the arm's own failure."""


async def to_their_ends(chains: Sequence[Awaitable[T]], one_by_one: bool) -> list[End[T]]:
    """Follow all chains until each has come to its end.

    What else is raised than an arm's own failure is raised when all that began have ended, so that
    no chain goes on behind an answer that was given up.

    Args:
        chains: Each a chain of calls.
        one_by_one: Whether one begins when the one before has ended.
    """
    if one_by_one:
        try:
            return [await _tried(chain) for chain in chains]
        finally:
            for chain in chains:
                if asyncio.iscoroutine(chain):
                    chain.close()  # one that never began, as another raised
    works = [_tried(chain) for chain in chains]
    ends = []
    for end in await asyncio.gather(*works, return_exceptions=True):
        if isinstance(end, BaseException):
            raise end
        ends.append(end)
    return ends


async def _tried(chain: Awaitable[T]) -> End[T]:
    try:
        return [await chain], None
    except (OutOfBudget, Refusal) as failure:
        return [], failure
