"""The engine of one model: its own thread computes, everyone else asks and waits.

Asked from many threads and event loops at once. Nothing is loaded before the first question. The
thread holds no reference to the engine, so an engine that nobody holds frees its memory.
"""

from __future__ import annotations

import threading
import weakref
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace

from cgr_nb.errors import ModelError
from cgr_nb.models.engine.loaded import Loaded
from cgr_nb.models.engine.request import Request
from cgr_nb.models.engine.stats import EngineStats
from cgr_nb.models.rates import Rates

__all__ = ["Engine"]

_PATIENCE_S = 30.0
"""Longest wait for a batch to end when the interpreter exits."""


class Engine:
    """One model that answers requests."""

    def __init__(self, name: str, load: Callable[[], Loaded]) -> None:
        """Open without loading.

        Args:
            name: What errors call the model.
            load: Loads it; called on the engine's thread. Must not refer to this engine.
        """
        self._load = load
        self._inbox = _Inbox(name)
        self._ready: Future[Loaded] | None = None
        self._lock = threading.Lock()
        self._finalizer = weakref.finalize(self, _wind_up, self._inbox)

    def ready(self) -> Future[Loaded]:
        """The loaded model, soon; begins to load where that has not begun or has failed."""
        with self._lock:
            failed = self._ready and self._ready.done() and self._ready.exception()
            if self._ready is None or failed:
                self._ready = Future()
                self._inbox.start(self._load, self._ready)
            return self._ready

    @property
    def stats(self) -> EngineStats:
        """What has been done so far."""
        if self._ready is None or not self._ready.done() or self._ready.exception():
            return EngineStats()
        loaded = self._ready.result()
        chosen = loaded.tuner.chosen
        return replace(
            loaded.scheduler.stats,
            prompt_threads=chosen["prompt"],
            reply_threads=chosen["reply"],
            thread_changes=loaded.tuner.changes,
        )

    def submit(self, request: Request) -> None:
        """Hand a request over; its future tells the rest. Only when `ready` is done."""
        self._inbox.put(request)

    def measure_rates(self) -> Future[Rates]:
        """Time a few batches between requests. Only when `ready` is done."""
        task = _EngineTask(Loaded.measure_rates)
        self._inbox.put(task)
        return task.future

    def limit_threads(self, most: int) -> None:
        """Leave cores to others from now on; no matter where nothing is loaded yet."""
        if self._ready is not None and self._ready.done() and not self._ready.exception():
            self._ready.result().tuner.limit(most)

    def close(self) -> Future[None]:
        """Free the model; what is not finished ends in a `ModelError`. Done when it is freed."""
        return self._inbox.close()


@dataclass(eq=False, slots=True)
class _EngineTask:
    """Something else than a request that the engine's thread is to do."""

    work: Callable[[Loaded], Rates]
    future: Future[Rates] = field(default_factory=Future)

    def run(self, loaded: Loaded) -> None:
        if not self.future.set_running_or_notify_cancel():
            return
        try:
            self.future.set_result(self.work(loaded))
        except ModelError as error:
            self.future.set_exception(error)

    def fail(self, error: BaseException) -> None:
        if self.future.set_running_or_notify_cancel():
            self.future.set_exception(error)


class _Inbox:
    """What callers and the thread share."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._requests: deque[Request | _EngineTask] = deque()
        self._changed = threading.Condition()
        self._is_closed = False
        self._thread: threading.Thread | None = None
        self._freed: Future[None] = Future()

    def closed(self) -> ModelError:
        return ModelError("the model is closed", where=f"model '{self._name}'")

    def start(self, load: Callable[[], Loaded], ready: Future[Loaded]) -> None:
        with self._changed:
            if self._is_closed:
                ready.set_exception(self.closed())
                return
            # A daemon, because interpreters join all others before they run finalizers.
            self._thread = threading.Thread(
                target=_serve, args=(self, load, ready), name="cgr-engine", daemon=True
            )
            self._thread.start()

    def put(self, request: Request | _EngineTask) -> None:
        with self._changed:
            if not self._is_closed:
                self._requests.append(request)
                self._changed.notify()
                return
        request.fail(self.closed())

    def take(self, wait: bool) -> list[Request | _EngineTask] | None:
        """New requests; None when the engine is closed."""
        with self._changed:
            while wait and not self._requests and not self._is_closed:
                self._changed.wait()
            if self._is_closed:
                return None
            taken = list(self._requests)
            self._requests.clear()
            return taken

    def close(self) -> Future[None]:
        with self._changed:
            if not self._is_closed:
                self._is_closed = True
                self._changed.notify()
                if self._thread is None:
                    self._freed.set_result(None)
            return self._freed

    def finish(self) -> None:
        """The thread's last act: nothing is left undone, all memory is given back."""
        with self._changed:
            self._is_closed = True
            rest = list(self._requests)
            self._requests.clear()
        for request in rest:
            request.fail(self.closed())
        self._freed.set_result(None)

    def fail_to_start(self) -> None:
        """Loading has failed: the next question tries again."""
        with self._changed:
            self._thread = None
            if self._is_closed:
                self._freed.set_result(None)

    @property
    def is_mine(self) -> bool:
        """Whether this is the engine's own thread."""
        return threading.current_thread() is self._thread


def _serve(inbox: _Inbox, load: Callable[[], Loaded], ready: Future[Loaded]) -> None:
    try:
        loaded = load()
    except BaseException as error:
        inbox.fail_to_start()
        ready.set_exception(error)
        return
    ready.set_result(loaded)
    scheduler = loaded.scheduler
    reason: BaseException = inbox.closed()
    try:
        while (requests := inbox.take(wait=scheduler.is_idle)) is not None:
            for request in requests:
                if isinstance(request, _EngineTask):
                    request.run(loaded)
                else:
                    scheduler.add(request)
            scheduler.step()
    except BaseException as error:
        reason = error
        raise
    finally:
        scheduler.fail(reason)
        loaded.free()
        inbox.finish()


def _wind_up(inbox: _Inbox) -> None:
    freed = inbox.close()
    if not inbox.is_mine:
        freed.result(_PATIENCE_S)
