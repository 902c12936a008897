"""One model kept loaded in a worker: started when it is first asked, started again when it died.

A worker that dies in its first batch with extra buffers on is tried once more with them off, and
the finding is kept (see `findings`). One that dies while it loads is an error for those who wait;
the next question tries again.
"""

from __future__ import annotations

import logging
import os
import threading
import weakref
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import asdict, dataclass
from functools import cache
from itertools import count
from queue import SimpleQueue
from typing import Any, TypeVar

from cgr_nb.errors import ModelError
from cgr_nb.models.model_file import ModelFile
from cgr_nb.models.worker.death import WorkerDied
from cgr_nb.models.worker.findings import extra_buffers_crash, note_extra_buffers_crash
from cgr_nb.models.worker.frames import FrameError
from cgr_nb.models.worker.placement import Placement
from cgr_nb.models.worker.process import Call, WorkerProcess
from cgr_nb.models.worker.wire import LoadedFacts, facts_from_json

__all__ = ["LoadedModel", "WorkerSession", "checked"]

LOG = logging.getLogger("cgr_nb.models")
_keys = count(1)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A model that lies in a worker, ready to be asked."""

    worker: WorkerProcess
    key: str
    """What the worker calls it."""
    facts: LoadedFacts
    note: str | None
    """What is off here and why, in one line; None where nothing is."""

    def ask(self, kind: str, on_text: Callable[[str], None] | None = None, **told: object) -> Call:
        """Ask the worker something about this model; see `WorkerProcess.ask`."""
        return self.worker.ask(kind, on_text, model=self.key, **told)


class WorkerSession:
    """One model and the worker it lies in at present."""

    def __init__(self, file: ModelFile, placement: Placement) -> None:
        """Nothing is started yet.

        Args:
            file: What to load.
            placement: Finds the worker.
        """
        self.on_progress: Callable[[float], None] | None = None
        """Called with 0 to 1 while the weights come in, from another thread."""
        self._file = file
        self._placement = placement
        self._lock = threading.Lock()
        self._ready: Future[LoadedModel] | None = None
        self._closed = False
        self._pid = os.getpid()
        self._held = _Held(placement)
        # A finalizer runs wherever the collector does, under any lock: it may only leave a note.
        weakref.finalize(self, _unheld.put, self._held).atexit = False
        _start_janitor()

    def ready(self) -> Future[LoadedModel]:
        """The loaded model, soon. Begins to load where that has not begun, has failed, or has ended
        with a worker that died."""
        if os.getpid() != self._pid:
            raise ModelError(
                "the model was opened in another process, of which this one is a forked copy",
                where=f"model '{self._file.card.name}'",
                fix="open it in this process (a panel or study made before the fork can't be used)",
            )
        with self._lock:
            if self._closed:
                raise ModelError("the model is closed", where=f"model '{self._file.card.name}'")
            if self._ready is None or self._is_over(self._ready):
                ready = self._ready = Future()
                load = _Load(self._file, self._placement, self._held, self.on_progress, ready)
                threading.Thread(target=load.run, name="cgr-worker-start", daemon=True).start()
            return self._ready

    @property
    def is_closed(self) -> bool:
        """Nothing can be asked any more."""
        return self._closed

    @property
    def loaded(self) -> LoadedModel | None:
        """The model, where it lies in a worker that lives."""
        ready = self._ready
        if ready is None or not ready.done() or ready.exception() or self._is_over(ready):
            return None
        return ready.result()

    def close(self) -> Future[None]:
        """Take the model out of its worker. Done when its memory is free."""
        with self._lock:
            self._closed = True
            ready = self._ready
        freed: Future[None] = Future()
        if ready is None:
            freed.set_result(None)
            return freed

        def on_ready(_: Future[LoadedModel]) -> None:
            self._held.give_back().add_done_callback(lambda _: freed.set_result(None))

        self._held.abandon()
        ready.add_done_callback(on_ready)
        return freed

    @staticmethod
    def _is_over(ready: Future[LoadedModel]) -> bool:
        if not ready.done():
            return False
        return ready.exception() is not None or ready.result().worker.is_gone


class _Held:
    """The worker that a session has a model in. Outlives the session, which must not hold it up."""

    def __init__(self, placement: Placement) -> None:
        self._placement = placement
        self._worker: WorkerProcess | None = None
        self._key = ""
        self._abandoned = False
        self._lock = threading.Lock()

    def take(self, worker: WorkerProcess, key: str) -> bool:
        """Note where the model lies; False where nobody wants it any more."""
        with self._lock:
            self._worker, self._key = worker, key
            return not self._abandoned

    def abandon(self) -> None:
        """Whatever is loaded from now on is not wanted."""
        with self._lock:
            self._abandoned = True
            worker, key = self._worker, self._key
        if worker is not None and self._placement.is_alone(worker, key):
            worker.stop()

    def give_back(self) -> Future[None]:
        """Let go of the worker; done when the memory is free."""
        with self._lock:
            worker, key = self._worker, self._key
            self._worker, self._abandoned = None, True
        if worker is None or worker.is_forked:
            freed: Future[None] = Future()
            freed.set_result(None)
            return freed
        return self._placement.leave(worker, key)


_unheld: SimpleQueue[_Held] = SimpleQueue()
"""What sessions that nobody holds any more have left behind. Its `put` may interrupt itself."""


@cache
def _start_janitor() -> None:
    """Start the thread that gives it back."""

    def work() -> None:
        while True:
            _unheld.get().give_back()

    threading.Thread(target=work, name="cgr-worker-janitor", daemon=True).start()


class _Load:
    """One attempt to have a model loaded, on a thread of its own."""

    def __init__(
        self,
        file: ModelFile,
        placement: Placement,
        held: _Held,
        on_progress: Callable[[float], None] | None,
        ready: Future[LoadedModel],
    ) -> None:
        self._file = file
        self._paths = tuple(map(str, file.files))
        self._placement = placement
        self._held = held
        self._on_progress = on_progress
        self._ready = ready

    def run(self) -> None:
        """Load, and hand over the model or the error."""
        try:
            loaded = self._load()
        except Exception as error:
            self._ready.set_exception(error)
            return
        self._ready.set_result(loaded)

    def _load(self) -> LoadedModel:
        known = extra_buffers_crash()
        if known is not None:
            _say_once(known.line)
        where = str(self._file.path)
        try:
            return self._try(known is None, known.line if known else None)
        except WorkerDied as died:
            if known is not None or died.death.stage != "first batch":
                raise died.death.error(where) from None
            first = died.death
        name = self._file.card.name
        LOG.debug("%s: first batch died (%s), trying without extra buffers", name, first.words)
        try:
            loaded = self._try(False, None)
        except WorkerDied as died:
            raise died.death.error(where) from None
        found = note_extra_buffers_crash(first.cause, name)
        _say_once(found.line)
        return LoadedModel(loaded.worker, loaded.key, loaded.facts, found.line)

    def _try(self, extra_buffers: bool, note: str | None) -> LoadedModel:
        shared = None
        while True:
            key = f"{self._file.card.name}#{next(_keys)}"
            worker = self._placement.find(key, self._paths, extra_buffers, shared)
            if not self._held.take(worker, key):
                self._placement.leave(worker, key)
                raise ModelError("the model is closed", where=f"model '{self._file.card.name}'")
            try:
                return LoadedModel(worker, key, self._wait_for(worker, key), note)
            except ModelError as error:
                self._placement.leave(worker, key)
                shared = self._placement.elsewhere(worker, error) if shared is None else None
                if shared is None:
                    raise

    def _wait_for(self, worker: WorkerProcess, key: str) -> LoadedFacts:
        tell = self._on_progress
        if tell is not None:
            report = tell

            def on_message(message: dict[str, Any]) -> None:
                done = message.get("done")
                if message["type"] == "progress" and type(done) is float and 0 <= done <= 1:
                    report(done)

            worker.listeners[key] = on_message
        is_logged = LOG.isEnabledFor(logging.DEBUG)
        if is_logged:
            worker.listeners[""] = lambda message: LOG.debug("%.500s", message.get("line"))
        file = self._file
        call = worker.ask(
            "load",
            model=key,
            log=is_logged,
            file={
                "name": file.card.name,
                "path": str(file.path),
                "template": file.template,
                "options": asdict(file.options),
                "cell_bytes": file.cell_bytes,
                "experts": file.experts,
            },
        )
        try:
            return checked(worker, facts_from_json, call.future.result())
        finally:
            worker.listeners.pop(key, None)


@cache
def _say_once(line: str) -> None:
    """Tell the user what is off on this machine, once in a process."""
    LOG.warning("%s", line)


def checked(worker: WorkerProcess, read: Callable[[object], T], value: object) -> T:
    """Read what a worker has answered; one that answers nonsense is ended.

    Raises:
        ModelError: It makes no sense.
    """
    try:
        return read(value)
    except FrameError as error:
        worker.kill(f"it sent an inconsistent answer: {error}")
        raise ModelError(
            "the model's worker process sent an invalid answer", got=str(error)
        ) from None
