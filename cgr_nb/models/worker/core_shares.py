"""The cores of this machine, shared out among the workers that are at work.

Two models that compute at once are the commonest contention of a study: each would use all cores,
and both would wait for threads that lost theirs. So each gets its part while both are at work.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from cgr_nb.machine import physical_cores
from cgr_nb.models.worker.process import WorkerProcess

__all__ = ["CoreShares", "core_shares"]


class CoreShares:
    """Who is at work, and what each may use. For any threads at once."""

    def __init__(self, cores: int | None = None) -> None:
        """Nobody is at work.

        Args:
            cores: To be shared out; None: the physical ones that this process may use.
        """
        self._cores = cores or physical_cores()
        self._at_work: dict[WorkerProcess, int] = {}
        self._told: dict[WorkerProcess, int] = {}
        self._lock = threading.Lock()

    @contextmanager
    def at_work(self, worker: WorkerProcess) -> Iterator[None]:
        """For a while, count a worker among those that compute."""
        self._change(worker, 1)
        try:
            yield
        finally:
            self._change(worker, -1)

    def _change(self, worker: WorkerProcess, by: int) -> None:
        with self._lock:
            calls = self._at_work.get(worker, 0) + by
            changed = (calls == 0) or (calls == by)
            self._at_work[worker] = calls
            if calls <= 0:
                del self._at_work[worker]
            if changed:
                self._share_out()

    def _share_out(self) -> None:
        share = max(1, self._cores // max(1, len(self._at_work)))
        self._told = {worker: told for worker, told in self._told.items() if not worker.is_gone}
        for worker in self._at_work:
            if self._told.get(worker, self._cores) != share:
                self._told[worker] = share
                worker.tell("cores", count=share)


core_shares = CoreShares()
"""Those of this process."""
