"""Which worker a model goes into: one of its own, or one that is there.

One each is the rule: memory comes back whole, and what kills one leaves the others alone. Where a
device takes one process only (a GPU in exclusive mode, usual under Slurm), models share a worker:
where it is asked for, or once a device has refused a second one.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future

from cgr_nb.errors import ModelError
from cgr_nb.models.worker.process import WorkerProcess

__all__ = ["Placement", "shared_placement"]

_REFUSALS = ("busy or unavailable", "exclusive", "already in use by another process")
"""What device drivers say where they take no second process."""


class Placement:
    """The workers of this process, and what lies in them."""

    def __init__(self, *, share: bool = False) -> None:
        """No worker yet.

        Args:
            share: Put all models into one worker from the first.
        """
        self._share = share
        self._workers: list[WorkerProcess] = []
        self._lock = threading.Lock()

    def find(
        self,
        key: str,
        paths: tuple[str, ...],
        extra_buffers: bool,
        into: WorkerProcess | None = None,
    ) -> WorkerProcess:
        """A worker for a model, which is entered in it.

        Args:
            key: What the model is called there.
            paths: The files of its weights.
            extra_buffers: For a worker that is started.
            into: A worker that it must go into; None leaves it to this object.
        """
        with self._lock:
            self._workers = [worker for worker in self._workers if not worker.is_gone]
            worker = into if into is None or not into.is_gone else None
            if worker is None and self._share:
                worker = next(iter(self._workers), None)
            if worker is None:
                confined = () if self._share else paths
                worker = WorkerProcess(extra_buffers=extra_buffers, confined_to=confined)
                self._workers.append(worker)
            worker.models.add(key)
            return worker

    def elsewhere(self, worker: WorkerProcess, error: ModelError) -> WorkerProcess | None:
        """Another worker to load into, where a device has refused this one; None where there is
        none, or the error is another."""
        if not any(word in str(error).lower() for word in _REFUSALS):
            return None
        with self._lock:
            others = [one for one in self._workers if one is not worker and not one.is_gone]
            self._share = self._share or bool(others)
            return others[0] if others else None

    def is_alone(self, worker: WorkerProcess, key: str) -> bool:
        """Whether a worker has no other model than this one."""
        with self._lock:
            return worker.models <= {key}

    def leave(self, worker: WorkerProcess, key: str) -> Future[None]:
        """Take a model out of its worker, and end the worker with its last model. Done when the
        memory is free."""
        with self._lock:
            worker.models.discard(key)
            is_last = not worker.models
        freed: Future[None] = Future()
        done = worker.stop() if is_last else worker.ask("unload", model=key).future
        done.add_done_callback(lambda _: freed.set_result(None))
        return freed


_shared = Placement()


def shared_placement() -> Placement:
    """The one of this process."""
    return _shared
