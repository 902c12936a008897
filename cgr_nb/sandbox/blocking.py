"""`run_program`: the sandbox for people and tests, without async.

The sandbox behind it starts with the first call and stays until the interpreter ends, on an event
loop in a thread of its own: so it works inside a running loop (Jupyter) too. `ask` is called on
the caller's thread.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import os
import queue
import threading
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Future
from typing import Any, TypeVar

from cgr_nb.records import Execution, Item
from cgr_nb.sandbox.frames import AskRequest
from cgr_nb.sandbox.host import Sandbox
from cgr_nb.sandbox.isolation import Level
from cgr_nb.sandbox.limits import Limits

__all__ = ["run_program"]

T = TypeVar("T")


class _Background:
    """One event loop on a thread, with one sandbox on it per isolation level."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="sandbox", daemon=True)
        self._thread.start()
        self._boxes: dict[Level, Sandbox] = {}
        self._opening = asyncio.Lock()
        atexit.register(self.close)

    def submit(self, job: Coroutine[Any, Any, T]) -> Future[T]:
        return asyncio.run_coroutine_threadsafe(job, self._loop)

    async def box(self, minimum: Level) -> Sandbox:
        async with self._opening:
            if minimum not in self._boxes:
                self._boxes[minimum] = await Sandbox(minimum=minimum).__aenter__()
        return self._boxes[minimum]

    def close(self) -> None:
        if self.pid != os.getpid():
            return  # a fork of the interpreter that owns it
        for box in self._boxes.values():
            with contextlib.suppress(TimeoutError):
                self.submit(box.close()).result(10)
        self._boxes.clear()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(1)


_lock = threading.Lock()
_background: _Background | None = None


def run_program(
    source: str,
    item: Item | Mapping[str, Any],
    ask: Callable[[str], str],
    *,
    cpu_s: float = 10,
    wall_s: float = 30,
    memory_mb: int = 512,
    calls: int = 32,
    output_chars: int = 20_000,
    seed: int = 0,
    trace: bool = True,
    minimum: Level = "strict",
) -> Execution:
    """Run one program in the sandbox and wait for its outcome.

    Args:
        source: The program: a module with `solve(item, ask)`.
        item: The item it is for; its gold never reaches the program.
        ask: Answers one prompt; called on this thread, one call at a time.
        cpu_s: CPU seconds it may use.
        wall_s: Wall seconds it may run, time in `ask` not counted.
        memory_mb: MiB it may use.
        calls: Calls of `ask` it may make.
        output_chars: Characters it may print.
        seed: Seed of `random` in the program.
        trace: Whether to record its steps.
        minimum: Isolation level below which it is not run.

    Returns:
        What happened; a program's failure is a status, never an exception.

    Raises:
        IsolationError: This machine gives less isolation than demanded.
        Exception: Whatever `ask` raises, unchanged.
    """
    limits = Limits(cpu_s, wall_s, memory_mb, calls, output_chars)
    background = _running()
    asked: queue.SimpleQueue[tuple[AskRequest, Future[str]] | None] = queue.SimpleQueue()

    async def forward(request: AskRequest) -> str:
        answer: Future[str] = Future()
        asked.put((request, answer))
        return await asyncio.wrap_future(answer)

    async def job() -> Execution:
        box = await background.box(minimum)
        return await box.run(source, item, forward, limits=limits, seed=seed, trace=trace)

    running = background.submit(job())
    running.add_done_callback(lambda _: asked.put(None))
    try:
        while (next_one := asked.get()) is not None:
            request, answer = next_one
            # From here on nobody can cancel it: a program may end while `ask` is at work. Then what
            # `ask` says is heard by nobody.
            if not answer.set_running_or_notify_cancel():
                continue
            try:
                answer.set_result(ask(request.prompt))
            except Exception as error:
                answer.set_exception(error)
        return running.result()
    except BaseException:  # Ctrl-C, here or in `ask`
        running.cancel()
        raise


def _running() -> _Background:
    global _background
    with _lock:
        if _background is None or _background.pid != os.getpid():
            _background = _Background()
        return _background
