"""How fast an endpoint may be asked: so many at once, so many a minute, and how long to wait after
a failure."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

__all__ = ["Pacing", "pause_after"]

LONGEST_PAUSE_S = 60.0


class Pacing:
    """Places for requests of one event loop."""

    def __init__(self, at_once: int, a_minute: float | None) -> None:
        """Open the places.

        Args:
            at_once: Requests in flight at one time.
            a_minute: Requests begun in a minute, evenly spaced; None does not limit them.
        """
        self._places = asyncio.Semaphore(at_once)
        self._gap_s = 60.0 / a_minute if a_minute else 0.0
        self._next = 0.0

    @asynccontextmanager
    async def place(self) -> AsyncIterator[None]:
        """Wait for a place, and keep it while the block lasts."""
        async with self._places:
            yield

    async def turn(self) -> None:
        """Wait until one more request may begin."""
        now = time.monotonic()
        begin = max(now, self._next)
        self._next = begin + self._gap_s
        if begin > now:
            await asyncio.sleep(begin - now)


def pause_after(attempt: int, headers: Mapping[str, str], first_s: float) -> float:
    """Seconds to wait before the next attempt: what the server asks for, else twice as long each
    time.

    Args:
        attempt: 0 for the first that failed.
        headers: Of the answer, if there was one.
        first_s: The first pause.
    """
    try:
        asked = float(headers.get("retry-after", ""))
    except ValueError:  # none, or a date: then our own pace
        asked = first_s * 2**attempt
    return min(max(asked, 0.0), LONGEST_PAUSE_S)
