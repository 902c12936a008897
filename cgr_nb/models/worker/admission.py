"""Back-pressure: so many calls are let in at once, the others wait outside, first come first in.

Waiting outside costs one future: nothing is sent, rendered or tokenised before. A call may ask to
be alone: it is let in before all others, when nobody else is inside, and nobody joins it.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import Future
from threading import Lock

__all__ = ["Admission", "Ticket"]


class Ticket(Future[None]):
    """Done when its holder is let in; may be cancelled before."""

    def __init__(self, alone: bool) -> None:
        super().__init__()
        self.alone = alone


class Admission:
    """A counter with a queue, for threads and event loops alike."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._inside = 0
        self._closed_by: Ticket | None = None
        self._queue: deque[Ticket] = deque()
        self._lock = Lock()

    def enter(self, alone: bool = False) -> Ticket:
        """Ask to be let in.

        Args:
            alone: Before all who wait, and with nobody else inside.
        """
        ticket = Ticket(alone)
        with self._lock:
            if alone:
                self._queue.appendleft(ticket)
            else:
                self._queue.append(ticket)
        self._admit()
        return ticket

    def leave(self, ticket: Ticket) -> None:
        """Give the ticket back, used or not. Every holder calls this once."""
        if not ticket.cancel():
            with self._lock:
                self._inside -= 1
                if self._closed_by is ticket:
                    self._closed_by = None
        self._admit()

    def _admit(self) -> None:
        while True:
            with self._lock:
                if not self._queue or self._closed_by is not None:
                    return
                ticket = self._queue[0]
                if not ticket.cancelled() and self._inside >= (1 if ticket.alone else self._room):
                    return
                self._queue.popleft()
                if not ticket.set_running_or_notify_cancel():
                    continue
                self._inside += 1
                if ticket.alone:
                    self._closed_by = ticket
            # Outside the lock: what waits for the ticket may run at once, and ask for another.
            ticket.set_result(None)
