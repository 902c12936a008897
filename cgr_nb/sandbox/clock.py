"""The wall time of one program: it runs while the host waits for the program, and stands while the
program waits for the solver."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

__all__ = ["Clock", "OutOfTime"]


class OutOfTime(Exception):
    """The program has used up its wall time."""


class Clock:
    """Counts wall time up to a limit, in seconds."""

    def __init__(self, limit_s: float) -> None:
        self.spent_s = 0.0
        """Wall time so far."""
        self._limit_s = limit_s
        self._believed = False

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Let the time count that is spent inside.

        Raises:
            OutOfTime: There is none left. What was done inside is cancelled then.
        """
        started = time.monotonic()
        try:
            async with asyncio.timeout(max(0.0, self._limit_s - self.spent_s)):
                yield
        except TimeoutError:
            raise OutOfTime from None
        finally:
            self.spent_s += time.monotonic() - started

    def believe(self) -> bool:
        """Whether to believe that the host was late, not the program: the first time only."""
        believed, self._believed = self._believed, True
        return not believed
