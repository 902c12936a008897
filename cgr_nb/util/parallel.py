"""Do many jobs, a few at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

__all__ = ["in_parallel"]

T = TypeVar("T")


async def in_parallel(jobs: Iterable[T], do: Callable[[T], Awaitable[None]], width: int) -> None:
    """Do every job, at most `width` at once, started in order.

    Raises:
        Exception: The first error of a job, as it is; the other jobs have been cancelled then.
    """
    left = iter(jobs)

    async def work() -> None:
        for job in left:
            await do(job)

    workers = [asyncio.create_task(work()) for _ in range(width)]
    try:
        await asyncio.gather(*workers)
    finally:
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
