"""Run an async job to its end from plain code, also where an event loop is running already
(Jupyter).

The job gets an event loop and a thread of its own. Ctrl-C in the waiting thread cancels the job,
waits until it has tidied up, and is then raised as usual.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

__all__ = ["run_blocking"]

T = TypeVar("T")

POLL_S = 0.2
"""How soon Ctrl-C is heard."""


def run_blocking(make: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Call `make` in a fresh event loop of another thread and wait for what it returns.

    Raises:
        BaseException: Whatever the job raises, unchanged; KeyboardInterrupt when the wait is
            interrupted.
    """
    results: list[T] = []
    errors: list[BaseException] = []
    cancelled = threading.Event()
    finished = threading.Event()

    async def job() -> T:
        task = asyncio.ensure_future(make())
        while not task.done():
            if cancelled.is_set():
                task.cancel()
            await asyncio.wait([task], timeout=POLL_S)
        return task.result()

    def work() -> None:
        try:
            results.append(asyncio.run(job()))
        except BaseException as error:  # handed over to the waiting thread, whatever it is
            errors.append(error)
        finally:
            finished.set()

    thread = threading.Thread(target=work, name="cgr-nb-job", daemon=True)
    try:
        thread.start()
        # A wait without a time-out can't be interrupted on every system.
        while not finished.wait(POLL_S):
            pass
    except KeyboardInterrupt:
        cancelled.set()
        if thread.ident is not None:
            thread.join()
        raise
    thread.join()
    if errors:
        raise errors[0]
    return results[0]
