"""Back-pressure: so many callers are let in at once, the others wait outside, first come first in.

Waiting outside costs one future: a prompt is rendered and tokenised only inside.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future
from threading import Lock

__all__ = ["Gate"]


class Gate:
    """A counter with a queue, for threads and event loops alike."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._queue: deque[Future[None]] = deque()
        self._lock = Lock()

    def enter(self) -> Future[None]:
        """Ask to be let in: the future is done when the caller is, and may be cancelled before."""
        ticket: Future[None] = Future()
        with self._lock:
            self._queue.append(ticket)
        self._admit()
        return ticket

    def leave(self) -> None:
        """Make room for the next one. Every caller that was let in calls this once."""
        with self._lock:
            self._room += 1
        self._admit()

    def _admit(self) -> None:
        while True:
            with self._lock:
                if not self._queue or not self._room:
                    return
                ticket = self._queue.popleft()
                if not ticket.set_running_or_notify_cancel():
                    continue
                self._room -= 1
            # Outside the lock: what waits for the ticket may run at once, and ask for another.
            ticket.set_result(None)
