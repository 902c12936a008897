"""How fast an endpoint may be asked: so many at once, so many a minute, and how long to wait after
a failure."""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Literal

__all__ = ["Pacing", "Patience", "Retries", "asked_pause", "own_pause"]

Patience = Literal["none", "once", "short", "long"]
"""How long a failure may be tried again: not at all, once, a few times, or for minutes."""
_RETRIES = {"once": 1, "short": 4}
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

    def rest(self, seconds: float) -> None:
        """Let no request begin for a while: a server that is asked too much means all of them."""
        self._next = max(self._next, time.monotonic() + seconds)


class Retries:
    """Whether one request is tried again, and how long to wait before that."""

    def __init__(self, most: int | None, for_s: float, first_s: float) -> None:
        """Begin; nothing has failed yet.

        Args:
            most: Attempts after the first; None: as many as there is time for.
            for_s: Seconds after the first failure in which an attempt may be begun.
            first_s: The first pause, at its longest.
        """
        self._most = most
        self._for_s = for_s
        self._first_s = first_s
        self._failed = 0
        self._since = 0.0

    def pause_after(self, patience: Patience, asked_s: float | None) -> float | None:
        """Seconds to wait after a failure; None: give up.

        Args:
            patience: What the failure deserves.
            asked_s: What the server asks for.
        """
        now = time.monotonic()
        self._since = now if not self._failed else self._since
        pause = own_pause(self._failed, self._first_s)
        if asked_s is not None:
            # Later than asked, never sooner.
            pause += asked_s
        self._failed += 1
        most = _RETRIES.get(patience, self._failed)
        most = most if self._most is None else min(most, self._most)
        late = now + pause > self._since + self._for_s
        return None if patience == "none" or self._failed > most or late else pause


def own_pause(attempt: int, first_s: float) -> float:
    """Seconds to wait before the next attempt: twice as long each time, and drawn from the upper
    half of that, so that requests which failed together do not come again together.

    Args:
        attempt: 0 for the first that failed.
        first_s: The first pause, at its longest.
    """
    longest = min(first_s * 2.0 ** min(attempt, 32), LONGEST_PAUSE_S)
    return longest * random.uniform(0.5, 1.0)


def asked_pause(headers: Mapping[str, str]) -> float | None:
    """Seconds that a server asks to be left alone; None where it does not, or not intelligibly.

    Args:
        headers: Of its answer, names in lower case: `retry-after` in seconds or as a date, or
            `retry-after-ms`.
    """
    for name, unit_s in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        text = headers.get(name)
        seconds = None if text is None else _seconds(text, unit_s)
        if seconds is not None:
            return max(seconds, 0.0)
    return None


def _seconds(text: str, unit_s: float) -> float | None:
    try:
        seconds = float(text) * unit_s
    except ValueError:
        try:
            when = parsedate_to_datetime(text)
            seconds = (when.replace(tzinfo=when.tzinfo or UTC) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError, OverflowError):
            return None
    return seconds if math.isfinite(seconds) else None
