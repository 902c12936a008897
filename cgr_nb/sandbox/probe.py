"""`probe`: what isolation this machine gives, found by starting a worker and letting it try."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from cgr_nb.sandbox import idle
from cgr_nb.sandbox.isolation import IsolationReport

__all__ = ["probe"]


@cache
def probe() -> IsolationReport:
    """Find out once per process; about a fifth of a second.

    Raises:
        IsolationError: No worker can be started at all.
    """
    with ThreadPoolExecutor(1) as thread:  # there may be a running loop on this one
        return thread.submit(asyncio.run, _probe()).result()


async def _probe() -> IsolationReport:
    worker = await idle.take(heavy=False)
    await idle.give_back(worker)
    return worker.report
