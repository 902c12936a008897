"""Room for programs: what all that exist at once may take of the machine's memory, together.

Every program is counted with the most that its limits let it take, from before it starts until it
is gone, whatever it takes in fact: so no outcome of a program depends on what its neighbours do,
and a machine is not filled by programs that each stay within their limits. Whoever finds no room
waits, in order of arrival.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from concurrent.futures import Future
from contextlib import asynccontextmanager
from functools import cache
from threading import Lock
from typing import Final

from cgr_nb.machine import machine_memory

__all__ = ["MemoryBudget", "shared_budget", "shared_session_budget"]

_SHARE: Final = 0.4
"""Share of the machine's memory that programs may take; models may take half of it."""


class MemoryBudget:
    """Memory for programs. For any threads and event loops at once.

    Args:
        most_bytes: What all programs may take together. One that needs more than that runs alone.
    """

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self._lock = Lock()
        self._used = 0
        self._waiting: deque[tuple[int, Future[None]]] = deque()

    @property
    def used_bytes(self) -> int:
        """What the programs that exist now are counted with."""
        return self._used

    @asynccontextmanager
    async def room(self, size: int) -> AsyncIterator[None]:
        """Wait for room, and have it for a while."""
        size = min(size, self.most_bytes)
        ticket = Future[None]()
        with self._lock:
            self._waiting.append((size, ticket))
        self._admit()
        try:
            if not ticket.done():
                await asyncio.wrap_future(ticket)
            yield
        finally:
            if ticket.cancel():  # given up before there was room
                size = 0
            with self._lock:
                self._used -= size
            self._admit()

    def _admit(self) -> None:
        """Let in who is next, as long as there is room."""
        admitted: list[Future[None]] = []
        with self._lock:
            while self._waiting and self._used + self._waiting[0][0] <= self.most_bytes:
                size, ticket = self._waiting.popleft()
                if ticket.set_running_or_notify_cancel():
                    self._used += size
                    admitted.append(ticket)
        for ticket in admitted:
            ticket.set_result(None)


@cache
def shared_budget() -> MemoryBudget:
    """The budget of this process, two fifths of what the machine has: of all sandboxes that state
    none of their own."""
    return MemoryBudget(int(_SHARE * machine_memory()))


@cache
def shared_session_budget() -> MemoryBudget:
    """What of that sessions may take, which can wait for a model for long: half."""
    return MemoryBudget(shared_budget().most_bytes // 2)
