"""Runs programs: `Sandbox` keeps the workers, bounds how many programs run at once, and calls the
solver.

A program that waits in `ask` holds no slot, so many can wait while a few run; but it holds memory,
and no more programs exist at once than the machine could bear if each took all that its limits let
it take (see `memory`). Whoever calls `run` more often than that simply waits.
"""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict
from types import TracebackType
from typing import Any

from cgr_nb.errors import ConfigError, IsolationError
from cgr_nb.prompts import shown as shown_texts
from cgr_nb.records import Execution, Item
from cgr_nb.sandbox import idle
from cgr_nb.sandbox.cell_session import CellSession
from cgr_nb.sandbox.isolation import LEVELS, IsolationReport, Level, require
from cgr_nb.sandbox.limits import Limits
from cgr_nb.sandbox.memory import MemoryBudget, shared_budget, shared_session_budget
from cgr_nb.sandbox.modes import RunMode
from cgr_nb.sandbox.outcome import lost, refused
from cgr_nb.sandbox.process import Process
from cgr_nb.sandbox.replies import Asker
from cgr_nb.sandbox.run import Run, RunOrder
from cgr_nb.sandbox.warm_imports import needs_heavy
from cgr_nb.sandbox.worker import NotStarted, Worker

__all__ = ["Sandbox"]

_ITEM_FIELDS = ("question", "options", "context", "dataset")
_PAUSES_S = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6)
"""How long to wait, again and again, for a machine that has no room for another process."""


class Sandbox:
    """A place to run programs in. Use as `async with Sandbox() as box: await box.run(...)`.

    Args:
        workers: Programs that run at once, waiting ones not counted; None: one per processor core.
        minimum: Isolation level below which it refuses to start.
        live: Programs that exist at once, running or waiting for the solver.
        memory_mb: MiB that programs which exist at once may take together, each counted with the
            most that its limits let it take; one that needs more than that runs alone. None: two
            fifths of what this machine has, shared by all sandboxes of this process.
    """

    def __init__(
        self,
        workers: int | None = None,
        minimum: Level = "strict",
        live: int = 256,
        memory_mb: int | None = None,
    ) -> None:
        if minimum not in LEVELS:
            raise ConfigError("no such isolation level", got=repr(minimum), fix=f"one of {LEVELS}")
        count = workers if workers is not None else _cores()
        if count < 1 or live < 1:
            raise ConfigError(
                "a sandbox needs at least one slot", got=f"workers={count}, live={live}"
            )
        if memory_mb is not None and memory_mb < 1:
            raise ConfigError("programs need memory", got=f"memory_mb={memory_mb}")
        if memory_mb is None:
            self._memory, self._session_memory = shared_budget(), shared_session_budget()
        else:
            self._memory = MemoryBudget(memory_mb << 20)
            self._session_memory = MemoryBudget(memory_mb << 19)
        self._sessions = asyncio.Semaphore(max(1, live // 2))
        self._slots = asyncio.Semaphore(count)
        self._live = asyncio.Semaphore(live)
        self._minimum: Level = minimum
        self._workers: dict[bool, Worker] = {}
        self._private: set[Worker] = set()
        self._starting: dict[bool, asyncio.Lock] = {False: asyncio.Lock(), True: asyncio.Lock()}
        self._ids = itertools.count(1)
        self._open = False

    async def __aenter__(self) -> Sandbox:
        self._open = True
        try:
            await self._worker(heavy=False)
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """End every program; calling it twice is fine.

        Its workers end too, but for one that may be kept for the next sandbox of this process.
        """
        self._open = False
        workers, self._workers = list(self._workers.values()), {}
        await asyncio.gather(
            *(idle.give_back(worker) for worker in workers),
            *(worker.close() for worker in self._private),
        )

    @property
    def isolation(self) -> IsolationReport:
        """What is in force."""
        return self._workers[False].report

    async def run(
        self,
        source: str,
        item: Item | Mapping[str, Any],
        ask: Asker,
        *,
        limits: Limits | None = None,
        seed: int = 0,
        trace: bool = True,
        mode: RunMode = "solve",
    ) -> Execution:
        """Run one program to its end.

        Args:
            source: The program.
            item: The item it is for: a record, or a mapping with "question" and "options" (and
                "multi", true where `solve` returns a set of letters such as "AC"; and
                "context", "dataset"). Nothing else of it reaches the program, so gold can't.
            ask: Awaited for each call of the program's `ask`, one at a time, in order.
            limits: What the program may use; None: the defaults.
            seed: Seed of `random` in the program (and of numpy, where loaded).
            trace: Whether to record its steps.
            mode: How it is run; see `sandbox.modes`.

        Returns:
            What happened. A program's failure is a status, never an exception.

        Raises:
            IsolationError: The sandbox is closed, or its worker can't be started.
            Exception: Whatever `ask` raises, unchanged; the program has been ended then. But a
                RequestError is told to the program: `ask` raises there, and the run goes on.
        """
        limits = limits or Limits()
        shown = shown_item(item)
        if len(source) > limits.source_chars:
            return refused(len(source), limits, self.isolation.level)
        async with self._live:
            heavy = needs_heavy(source)
            needed = limits.live_bytes + (await self._worker(heavy)).baseline_bytes
            async with self._memory.room(needed):
                multi = item.multi if isinstance(item, Item) else bool(item.get("multi"))
                order = RunOrder(source, shown, seed, trace, mode)
                return await self._execute(order, heavy, limits, ask, multi)

    @asynccontextmanager
    async def session(
        self,
        item: Item | Mapping[str, Any],
        *,
        limits: Limits | None = None,
        seed: int = 0,
        trace: bool = True,
    ) -> AsyncIterator[CellSession]:
        """Wait for a place, and hold a session in which cell after cell can be run.

        Args:
            item: As for `run`; cells find it as `item`, and the solver as `ask`.
            limits: What all cells together may use; None: the defaults.
            seed: Seed of `random`, once.
            trace: Whether to record steps.

        Raises:
            IsolationError: The sandbox is closed, or its worker can't be started.
        """
        limits = limits or Limits()
        shown = shown_item(item)
        workers: list[Worker] = []

        async def start(order: dict[str, Any], was_lost: bool) -> Process:
            return await self._start_session(order, limits, was_lost, workers)

        # Which packages its cells will want is not known, so it finds all of them.
        needed = limits.live_bytes + (await self._worker(heavy=True)).baseline_bytes
        async with (
            self._sessions,
            self._session_memory.room(needed),
            self._live,
            self._memory.room(needed),
        ):
            level = self.isolation.level
            session = CellSession(start, shown, limits, seed, trace, level)
            try:
                yield session
            finally:
                await session.close()
                await self._end_private(workers)

    async def _start_session(
        self, order: dict[str, Any], limits: Limits, was_lost: bool, workers: list[Worker]
    ) -> Process:
        """A process for a session.

        Args:
            order: What it is to begin with.
            limits: What it may use.
            was_lost: Whether one was lost with its worker.
            workers: Where the worker is put.

        Raises:
            IsolationError: There can be none.
        """
        pauses = iter(_PAUSES_S)
        while True:
            worker = await self._worker(heavy=True)
            if was_lost and worker.exposed:
                worker = await self._worker(heavy=True, private=True)
            workers.append(worker)
            process = Process(next(self._ids), worker, self._slots, limits)
            try:
                await process.start(order)
                return process
            except BaseException as error:
                await process.close()
                pause = next(pauses, None)
                if pause is None or not isinstance(error, NotStarted):
                    if worker.alive or was_lost or not isinstance(error, IsolationError):
                        raise
                    was_lost, pause = True, 0.0
            await asyncio.sleep(pause)

    async def _end_private(self, workers: list[Worker]) -> None:
        """End those of some workers that were started for one program alone."""
        for worker in workers:
            if worker in self._private:
                self._private.discard(worker)
                await worker.close()

    async def _execute(
        self, order: RunOrder, heavy: bool, limits: Limits, ask: Asker, multi: bool
    ) -> Execution:
        """Run a program, again where something else did not let it come to its end."""
        worker = await self._worker(heavy)
        pauses = iter(_PAUSES_S)
        again = False
        try:
            while True:
                process = Process(next(self._ids), worker, self._slots, limits)
                run = Run(process, order, limits, ask, multi)
                try:
                    return await run.go()
                except NotStarted:
                    pause = next(pauses, None)
                    if pause is None:
                        raise
                    await asyncio.sleep(pause)
                    if worker.alive:
                        continue
                except IsolationError:
                    if worker.alive or (again and worker not in self._private):
                        raise
                    if again and self._open:
                        return lost(run.calls, worker.report.level)
                    # Something ended the worker and all its programs with it (the kernel, short of
                    # memory, say). That is no finding about this program, so it runs once more.
                    again = True
                # Where a program could have done it, alone: then it will be seen who did.
                worker = await self._worker(heavy, private=again and worker.exposed)
        finally:
            await self._end_private([worker])

    async def _worker(self, heavy: bool, private: bool = False) -> Worker:
        async with self._starting[heavy]:
            if not self._open:
                raise IsolationError("the sandbox is closed", fix="use it inside `async with`")
            worker = None if private else self._workers.get(heavy)
            if worker is None or not worker.alive:
                if worker is not None:
                    await worker.close()
                worker = await (Worker.start if private else idle.take)(heavy)
                if private:
                    self._private.add(worker)
                else:
                    self._workers[heavy] = worker
                require(worker.report, self._minimum)
            return worker


def shown_item(item: Item | Mapping[str, Any]) -> dict[str, Any]:
    """What a program may see of an item: never its gold, id or extras.

    Raises:
        ConfigError: It has no question or no options.
    """
    if isinstance(item, Item):
        # A program sees what a prompt shows: it hands the texts on to the solver.
        values: Mapping[str, Any] = {**asdict(shown_texts(item)), "dataset": item.dataset}
    else:
        values = item
    if not isinstance(values.get("question"), str) or not isinstance(
        values.get("options"), Mapping
    ):
        raise ConfigError(
            "an item needs a question and options",
            got=str(sorted(map(str, values))),
            where="Sandbox.run",
        )
    shown: dict[str, Any] = {name: values[name] for name in _ITEM_FIELDS if name in values}
    shown["options"] = dict(shown["options"])
    shown.setdefault("context", None)
    return shown


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
