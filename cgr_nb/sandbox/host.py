"""Runs programs: `Sandbox` keeps the workers, bounds how many programs run at once, and calls the
solver.

A program that waits in `ask` holds no slot: hundreds can wait while a few run. Whoever calls `run`
more often than there are slots simply waits.
"""

from __future__ import annotations

import asyncio
import itertools
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from types import TracebackType
from typing import Any

from cgr_nb.errors import ConfigError, IsolationError
from cgr_nb.prompts import shown as shown_texts
from cgr_nb.records import Execution, Item
from cgr_nb.sandbox.isolation import LEVELS, IsolationReport, Level, require
from cgr_nb.sandbox.limits import Limits
from cgr_nb.sandbox.outcome import refused
from cgr_nb.sandbox.preload import needs_heavy
from cgr_nb.sandbox.run import AskRequest, Run
from cgr_nb.sandbox.worker import Worker

__all__ = ["Sandbox"]

_ITEM_FIELDS = ("question", "options", "context", "dataset")


class Sandbox:
    """A place to run programs in. Use as `async with Sandbox() as box: await box.run(...)`.

    Args:
        workers: Programs that run at once, waiting ones not counted; None: one per processor core.
        minimum: Isolation level below which it refuses to start.
        live: Programs that exist at once, running or waiting for the solver.
    """

    def __init__(
        self, workers: int | None = None, minimum: Level = "strict", live: int = 256
    ) -> None:
        if minimum not in LEVELS:
            raise ConfigError("no such isolation level", got=repr(minimum), fix=f"one of {LEVELS}")
        count = workers if workers is not None else _cores()
        if count < 1 or live < 1:
            raise ConfigError(
                "a sandbox needs at least one slot", got=f"workers={count}, live={live}"
            )
        self._slots = asyncio.Semaphore(count)
        self._live = asyncio.Semaphore(live)
        self._minimum: Level = minimum
        self._workers: dict[bool, Worker] = {}
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
        """End every program and worker; calling it twice is fine."""
        self._open = False
        workers, self._workers = list(self._workers.values()), {}
        await asyncio.gather(*(worker.close() for worker in workers))

    @property
    def isolation(self) -> IsolationReport:
        """What is in force."""
        return self._workers[False].report

    async def run(
        self,
        source: str,
        item: Item | Mapping[str, Any],
        ask: Callable[[AskRequest], Awaitable[str]],
        *,
        limits: Limits | None = None,
        seed: int = 0,
        trace: bool = True,
    ) -> Execution:
        """Run one program to its end.

        Args:
            source: The program.
            item: The item it is for: a record, or a mapping with "question" and "options" (and
                "context", "dataset"). Nothing else of it reaches the program, so gold can't.
            ask: Awaited for each call of the program's `ask`, one at a time, in order.
            limits: What the program may use; None: the defaults.
            seed: Seed of `random` in the program (and of numpy, where loaded).
            trace: Whether to record its steps.

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
            return refused(source, limits, self.isolation.level)
        async with self._live:
            worker = await self._worker(needs_heavy(source))
            try:
                return await self._run(worker, limits, shown, ask).go(source, seed, trace)
            except IsolationError:
                if worker.alive:
                    raise
                # Something ended the worker and all its programs with it (the kernel, short of
                # memory, say). That is no finding about this program, so it runs once more.
                worker = await self._worker(needs_heavy(source))
                return await self._run(worker, limits, shown, ask).go(source, seed, trace)

    def _run(
        self,
        worker: Worker,
        limits: Limits,
        shown: dict[str, Any],
        ask: Callable[[AskRequest], Awaitable[str]],
    ) -> Run:
        return Run(next(self._ids), worker, self._slots, limits, shown, ask)

    async def _worker(self, heavy: bool) -> Worker:
        async with self._starting[heavy]:
            if not self._open:
                raise IsolationError("the sandbox is closed", fix="use it inside `async with`")
            worker = self._workers.get(heavy)
            if worker is None or not worker.alive:
                if worker is not None:
                    await worker.close()
                worker = self._workers[heavy] = await Worker.start(heavy)
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
