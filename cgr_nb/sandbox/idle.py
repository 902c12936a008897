"""Workers between two sandboxes: one that has nothing left to do is kept for the next sandbox.

A worker takes a quarter of a second to start, and panels, audits and studies open a sandbox each.
Only workers at "strict" are kept: there a program can do nothing to its worker, and so nothing to
the programs that come after it, in its own sandbox or in the next.
"""

from __future__ import annotations

import atexit
import os
import threading
from typing import Final

from cgr_nb.sandbox.worker import Worker

__all__ = ["end_idle", "give_back", "take"]

_MOST_OF_A_KIND: Final = 1
_idle: dict[bool, list[Worker]] = {False: [], True: []}
"""By whether they have loaded the heavy packages."""
_lock = threading.Lock()


async def take(heavy: bool) -> Worker:
    """A worker that is ready for the running event loop: an idle one, or a new one.

    Args:
        heavy: Whether it has loaded numpy and sympy, where installed.

    Raises:
        IsolationError: It did not come up, or this system can't run programs at all.
    """
    while True:
        with _lock:
            worker = _idle[heavy].pop() if _idle[heavy] else None
        if worker is None:
            return await Worker.start(heavy)
        if worker.wake():
            return worker
        worker.end()


async def give_back(worker: Worker) -> None:
    """Keep a worker that has nothing left to do; end any other, with its programs."""
    if worker.report.level == "strict" and not worker.exposed and worker.rest():
        with _lock:
            kept = len(_idle[worker.heavy]) < _MOST_OF_A_KIND
            if kept:
                _idle[worker.heavy].append(worker)
        if kept:
            return
    await worker.close()


def end_idle() -> None:
    """End the workers that no sandbox uses; the next sandbox starts one of its own."""
    with _lock:
        workers = [worker for kind in _idle.values() for worker in kind]
        for kind in _idle.values():
            kind.clear()
    for worker in workers:
        worker.end()


def _forget() -> None:
    """In a forked process: they are its parent's."""
    global _lock
    _lock = threading.Lock()
    for kind in _idle.values():
        kind.clear()


atexit.register(end_idle)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
