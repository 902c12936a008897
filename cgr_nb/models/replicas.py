"""Several servers of one model: which of them a request goes to.

To the one in use that has the fewest requests; where all have as many as they may, it waits for the
first place. A server is checked when it is first needed, and again when its time is over after it
was put aside (see `replica`); meanwhile the others are asked. Checks are made when somebody has a
request, never by themselves. For any threads and event loops at once.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Container, Sequence
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from itertools import count
from threading import Lock

from cgr_nb.errors import ModelError
from cgr_nb.models.replica import Replica, ServerState, said

__all__ = ["Replicas"]

_LOGGER = logging.getLogger(__name__)


class Replicas:
    """The servers of one model."""

    def __init__(self, name: str, replicas: Sequence[Replica]) -> None:
        """Ask nothing yet.

        Args:
            name: Of the model.
            replicas: The servers.
        """
        self.all = tuple(replicas)
        self._name = name
        self._lock = Lock()
        self._turns = count(1)
        self._waiting: set[Future[None]] = set()
        self._checks: set[asyncio.Task[None]] = set()
        self._closed = False

    @property
    def states(self) -> tuple[ServerState, ...]:
        """How they are doing."""
        with self._lock:
            return tuple(one.state for one in self.all)

    async def take(self, tried: Container[Replica], within_s: float = 0.0) -> Replica | None:
        """A place at a server that is not among those tried; give it back.

        Args:
            tried: Servers that are of no use.
            within_s: How long is waited until one of the others is in use. Where all are in use
                and have no place, it is waited for; and so is a first server where nothing was
                tried, as long as one is being checked.

        Returns:
            None where none of the others is in use.

        Raises:
            ModelError: The model is closed.
        """
        until = time.monotonic() + within_s
        while True:
            with self._lock:
                self._begin_checks()
                ours = [one for one in self.all if one.is_in_use and one not in tried]
                free = [one for one in ours if one.in_flight < one.places]
                if free:
                    least = min(free, key=lambda one: (one.in_flight, one.turn))
                    least.in_flight += 1
                    least.turn = next(self._turns)
                    return least
                now = time.monotonic()
                is_new = not any(one in tried for one in self.all)
                is_opening = is_new and any(one.is_checking for one in self.all)
                if not (ours or is_opening) and now >= until:
                    return None
                times = [one.due for one in self.all if not (one.is_in_use or one.is_checking)]
                times += [] if ours or is_opening else [until]
                ticket = Future[None]()
                self._waiting.add(ticket)
            await self._wait(ticket, min(times) - now if times else None)

    def give_back(self, replica: Replica) -> None:
        """Give a place back."""
        with self._lock:
            replica.in_flight -= 1
            self._wake()

    def passed(self, replica: Replica) -> None:
        """A server gave a good reply."""
        with self._lock:
            replica.passed()
            self._wake()

    def failed(self, replica: Replica, problem: ModelError, *, doubts: bool = False) -> None:
        """A server gave none: it is put aside.

        Args:
            replica: The server.
            problem: What it gave.
            doubts: Another server answered what it refused.
        """
        with self._lock:
            replica.failures += 1
            replica.is_doubted |= doubts
            # Requests that were in flight together fail together: that is one failure of it.
            if replica.is_in_use:
                self._put_aside(replica, problem)

    async def check(self, within_s: float | None) -> tuple[ServerState, ...]:
        """Have all that are due checked, and wait for that; then how they are doing.

        Args:
            within_s: How long is waited; None: as long as it takes.

        Raises:
            ModelError: The model is closed.
        """
        with self._lock:
            self._begin_checks()
            checks = self._own_checks()
        if checks:
            await asyncio.wait(checks, timeout=within_s)
        return self.states

    async def close(self) -> None:
        """Ask nothing any more. Who waits gets a `ModelError`."""
        with self._lock:
            self._closed = True
            checks = self._own_checks()
            self._wake()
        for task in checks:
            task.cancel()
        await asyncio.gather(*checks, return_exceptions=True)
        for state in self.states:
            _LOGGER.info("model '%s': %s", self._name, state)

    def _begin_checks(self) -> None:
        if self._closed:
            raise ModelError("the model is closed", where=f"model '{self._name}'")
        now = time.monotonic()
        for replica in self.all:
            if not (replica.is_in_use or replica.is_checking) and replica.due <= now:
                replica.is_checking = True
                task = asyncio.create_task(self._check(replica))
                self._checks.add(task)
                task.add_done_callback(self._checks.discard)

    def _own_checks(self) -> list[asyncio.Task[None]]:
        """Those of the running loop: another one's can't be awaited here."""
        loop = asyncio.get_running_loop()
        return [task for task in self._checks if task.get_loop() is loop]

    async def _check(self, replica: Replica) -> None:
        problem: ModelError | None = None
        done = False
        try:
            await replica.check(asks=True)
            done = True
        except ModelError as error:
            problem, done = error, True
        finally:
            with self._lock:
                replica.is_checking = False
                if problem is not None:
                    replica.failures += 1
                    self._put_aside(replica, problem)
                    replica.is_problem_checked = True
                elif done:
                    self._take_in(replica)
                self._wake()

    def _take_in(self, replica: Replica) -> None:
        was, replica.is_in_use, replica.problem = replica.problem, True, None
        level = logging.INFO if was is None else logging.WARNING
        text = "model '%s': server %s is in use%s; %s"
        again = "" if was is None else " again"
        _LOGGER.log(level, text, self._name, replica.address, again, self._counted())

    def _put_aside(self, replica: Replica, problem: ModelError) -> None:
        known = replica.problem
        pause = replica.put_aside(problem)
        # One that stays as it was is not told of each time.
        is_new = known is None or said(known) != said(problem)
        _LOGGER.log(
            logging.WARNING if is_new else logging.INFO,
            "model '%s': server %s is put aside, and tried again after %.1f s: %s; %s",
            *(self._name, replica.address, pause, said(problem), self._counted()),
        )
        self._wake()

    def _counted(self) -> str:
        return f"{sum(one.is_in_use for one in self.all)} of {len(self.all)} servers are in use"

    def _wake(self) -> None:
        for ticket in self._waiting:
            with suppress(InvalidStateError):
                ticket.set_result(None)
        self._waiting.clear()

    async def _wait(self, ticket: Future[None], seconds: float | None) -> None:
        try:
            async with asyncio.timeout(None if seconds is None else max(seconds, 0)):
                await asyncio.wrap_future(ticket)
        except TimeoutError:
            pass
        finally:
            with self._lock:
                self._waiting.discard(ticket)
