"""One worker process, from the asking side: started, asked, watched, and buried.

A thread of its own reads what the worker says, because those who ask may be event loops that are
busy, or none. The worker has a session of its own, so Ctrl-C and the kernel's interrupt never reach
it; it ends when its socket does.
"""

from __future__ import annotations

import atexit
import json
import os
import selectors
import socket
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from typing import IO, Any

from cgr_nb.errors import ModelError
from cgr_nb.models.worker.death import Death, WorkerDied
from cgr_nb.models.worker.frames import VERSION, FrameError, FrameReader, encode
from cgr_nb.models.worker.liveness import Liveness
from cgr_nb.models.worker.wire import error_from_json, field_of

__all__ = ["Call", "Listener", "WorkerProcess"]

Listener = Callable[[str, dict[str, Any]], None]
"""Called on the reading thread with what is told unasked: the type of a message and all of it."""

_LOOK_S = 5.0
"""How often a silent worker is looked at."""
_BURIAL_S = 5.0
"""How long a worker may take to end when it was let go of, before it is killed."""
_LAST_WORDS = 16_384
"""Bytes of standard error that are kept of a dead worker."""
_ENVIRONMENT = {
    "GGML_NO_BACKTRACE": "1",  # else an abort starts a debugger, which takes seconds
    "OPENBLAS_NUM_THREADS": "1",  # NumPy copies rows here; its threads would only take up room
}
_SPIN_COUNT = "1000"
"""Turns that a thread of llama.cpp's waits for the others before it sleeps, some 20 microseconds:
as fast as libgomp's own 300,000 where every thread has a core, and three times as fast where one
has lost it (measured in `docs/benchmarks/engine.md`)."""
_WAITING = ("GOMP_SPINCOUNT", "OMP_WAIT_POLICY")
"""What a user may have said about that already."""


@dataclass(eq=False, slots=True)
class Call:
    """Something asked of the worker. Cancelling its future takes it back."""

    id: int
    on_text: Callable[[str], None] | None = None
    future: Future[Any] = field(default_factory=Future)


class WorkerProcess:
    """A process that can load models and answer."""

    def __init__(self, *, extra_buffers: bool = True, confined_to: tuple[str, ...] = ()) -> None:
        """Start it.

        Args:
            extra_buffers: Whether llama.cpp may repack weights into buffers of its own kind.
            confined_to: Weight files that it may read, and no others; none leaves it unconfined,
                so that it can load more later.

        Raises:
            ModelError: No process can be started.
        """
        self.stage = "starting"
        self.listeners: dict[str, Callable[[dict[str, Any]], None]] = {}
        """Model -> who is told of its loading; "" -> who is told of lines of the log."""
        self.models: set[str] = set()
        """Models that lie in it, or are coming in. Changed by `session` under its lock."""
        self.buried: Future[Death] = Future()
        """Done when the process has ended and was reaped, so that its memory is free."""
        self._ids = count(1)
        self._calls: dict[int, Call] = {}
        self._lock = threading.Lock()
        self._sending = threading.Lock()
        self._verdict: str | None = None
        self._ending = False
        self._pid = os.getpid()
        self._errors: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - until the burial
        self._socket, theirs = socket.socketpair()
        try:
            self._process = _spawn(theirs, self._errors, extra_buffers, confined_to)
        except OSError as error:
            self._socket.close()
            raise ModelError(
                f"the process for the model can't be started: {error.strerror or error}",
                where=sys.executable or "sys.executable is not set",
                fix="run in a plain Python interpreter on Linux or macOS (on Windows in WSL 2)",
            ) from error
        finally:
            theirs.close()
        self._liveness = Liveness(self._process.pid)
        _living.add(self)
        threading.Thread(target=self._read, name="cgr-worker-reader", daemon=True).start()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def is_forked(self) -> bool:
        """This is a forked copy of the process that started it, where nobody reads for it."""
        return os.getpid() != self._pid

    @property
    def is_gone(self) -> bool:
        """It can't be asked any more."""
        return self._ending or self.buried.done()

    def ask(self, kind: str, on_text: Callable[[str], None] | None = None, **told: object) -> Call:
        """Ask something.

        Args:
            kind: What: a type of message that has an answer (see `frames`).
            on_text: Called with pieces of a reply, on the reading thread.
            told: The rest of the message.

        Returns:
            The call. Its future ends in what the worker answers, in the `ModelError` that it tells,
            or in `WorkerDied`; it stays pending until then, so it can be cancelled at any moment.
        """
        call = Call(next(self._ids), on_text)
        with self._lock:
            if not self.is_gone:
                if not self._calls:
                    self._liveness.heard()  # it was idle until now
                self._calls[call.id] = call
        if call.id not in self._calls:
            _fail(call, WorkerDied(self._death_so_far()))
            return call
        call.future.add_done_callback(lambda future: self._let_go(call.id, future))
        try:
            self._send({"type": kind, "id": call.id, **told})
        except FrameError as error:
            _fail(call, ModelError("the request is too long", got=str(error)))
        return call

    def tell(self, kind: str, **told: object) -> None:
        """Tell the worker something that has no answer."""
        self._send({"type": kind, "id": 0, **told})

    def stop(self) -> Future[Death]:
        """Let go of it: what is not finished ends in `WorkerDied`. Done when it is reaped."""
        self._ending = True
        # Shut down, not closed: a forked child may hold the same socket.
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        return self.buried

    def kill(self, verdict: str) -> None:
        """End it at once; `verdict` is what its death is put down to."""
        self._verdict = verdict
        with suppress(OSError):
            self._process.kill()

    def _send(self, message: dict[str, Any]) -> None:
        frame = encode(message)
        # What can't be sent is answered by the reading thread, which sees the end of the socket.
        with suppress(OSError), self._sending:
            self._socket.sendall(frame)

    def _let_go(self, call: int, future: Future[Any]) -> None:
        with self._lock:
            known = self._calls.pop(call, None) is not None
        if known and future.cancelled() and not self.is_gone:
            self._send({"type": "cancel", "id": call})

    def _read(self) -> None:
        """Until the worker ends: hand over what it says; then bury it."""
        frames = FrameReader()
        selector = selectors.DefaultSelector()
        selector.register(self._socket, selectors.EVENT_READ)
        try:
            while True:
                if not selector.select(_LOOK_S):
                    self._look()
                    continue
                data = self._socket.recv(1 << 18)
                if not data:
                    break
                self._liveness.heard()
                for message in frames.feed(data):
                    self._take(message)
        except (OSError, ValueError):
            pass  # the socket was closed under it
        except FrameError as error:
            self.kill(f"it sent an inconsistent message: {error}")
        selector.close()
        self._bury()

    def _take(self, message: dict[str, Any]) -> None:
        kind = message["type"]
        if kind == "hello":
            if message.get("version") != VERSION:
                raise FrameError(f"version {message.get('version')!r}, not {VERSION}")
            return
        if kind == "stage":
            self.stage = field_of(message, "stage", str)[:40]
            return
        if kind in ("progress", "log"):
            listener = self.listeners.get(field_of(message, "model", str))
            if listener is not None:
                listener(message)
            return
        with self._lock:
            call = self._calls.get(field_of(message, "id", int))
        if call is None:
            return  # it was taken back
        if kind == "token":
            self._tell(call, field_of(message, "text", str))
        elif kind == "answer":
            _succeed(call, message.get("value"))
        elif kind == "error":
            _fail(call, error_from_json(message))
        else:
            raise FrameError(f"a message of type '{kind[:40]}'")

    def _tell(self, call: Call, text: str) -> None:
        if call.on_text is None or call.future.done():
            return
        try:
            call.on_text(text)
        except Exception as error:
            # The caller's own function may raise anything; it is the caller's to hear of it.
            _fail(call, error)
            self._send({"type": "cancel", "id": call.id})

    def _look(self) -> None:
        """A worker with something to do that neither speaks nor computes has hung."""
        with self._lock:
            busy = bool(self._calls)
        if busy and (silent_s := self._liveness.stands_still_s()) is not None:
            self.kill(f"it hung: no sign of work for {silent_s:.0f} s")

    def _bury(self) -> None:
        self._ending = True
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        try:
            self._process.wait(_BURIAL_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        death = self._death_so_far()
        self._socket.close()
        self._errors.close()
        _living.discard(self)
        with self._lock:
            calls = list(self._calls.values())
        self.buried.set_result(death)
        for call in calls:
            _fail(call, WorkerDied(death))

    def _death_so_far(self) -> Death:
        if self.buried.done():
            return self.buried.result()
        words = ""
        with suppress(OSError, ValueError):
            size = self._errors.seek(0, os.SEEK_END)
            self._errors.seek(max(0, size - _LAST_WORDS))
            words = self._errors.read(_LAST_WORDS).decode("utf-8", "replace")
        return Death(self._process.returncode, self.stage, words, self._verdict)


def _spawn(
    theirs: socket.socket, errors: IO[bytes], extra_buffers: bool, confined_to: tuple[str, ...]
) -> subprocess.Popen[bytes]:
    descriptor = theirs.fileno()
    settings = {
        "socket": descriptor,
        "parent": os.getpid(),
        "extra_buffers": extra_buffers,
        "confined_to": list(confined_to),
    }
    if not sys.executable:
        raise OSError("no Python interpreter was found")
    return subprocess.Popen(
        # -P: what lies in the working folder is not to stand before the library.
        [sys.executable, "-P", "-m", "cgr_nb.models.worker", json.dumps(settings)],
        stdin=subprocess.DEVNULL,
        stdout=errors,
        stderr=errors,
        pass_fds=(descriptor,),
        start_new_session=True,
        env={**os.environ, **_ENVIRONMENT, **_waiting(), "PYTHONPATH": _paths()},
    )


def _waiting() -> dict[str, str]:
    """How threads wait for each other; libgomp reads it when it is loaded, never again."""
    if any(name in os.environ for name in _WAITING):
        return {}
    return {"GOMP_SPINCOUNT": _SPIN_COUNT}


def _paths() -> str:
    """The parent's own `sys.path`: what it can import, the worker can."""
    return os.pathsep.join(os.path.abspath(path) for path in sys.path)


def _succeed(call: Call, value: object) -> None:
    if not call.future.done() and call.future.set_running_or_notify_cancel():
        call.future.set_result(value)


def _fail(call: Call, error: Exception) -> None:
    if not call.future.done() and call.future.set_running_or_notify_cancel():
        call.future.set_exception(error)


_living: weakref.WeakSet[WorkerProcess] = weakref.WeakSet()


@atexit.register
def _end_all() -> None:
    """Workers end by themselves with their sockets; at exit they are waited for, not abandoned."""
    workers = [worker for worker in list(_living) if not worker.is_forked]
    for worker in workers:
        worker.stop()
    until = time.monotonic() + _BURIAL_S
    for worker in workers:
        with suppress(TimeoutError):
            worker.buried.result(max(0.0, until - time.monotonic()))
