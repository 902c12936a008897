"""The worker process: engines of a few models behind one socket.

The main thread only listens, so it sees the end of the socket also during a batch, and a message
never waits for one. A second thread renders prompts and answers questions; each engine computes on
a thread of its own. Nothing is torn down at the end: the process ends, which frees everything.
"""

from __future__ import annotations

import json
import os
import queue
import selectors
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from cgr_nb.extras import ExtraError, needed
from cgr_nb.models.engine.options import EngineOptions
from cgr_nb.models.worker.confine import confine, die_first
from cgr_nb.models.worker.frames import VERSION, FrameReader, encode
from cgr_nb.models.worker.wire import error_to_json, messages_from_json, order_from_json

__all__ = ["main"]

_LOOK_S = 1.0
"""How often it is looked whether the parent is still there: its end of the socket may be held by a
forked child of its own."""


def main(settings_json: str) -> NoReturn:
    """Serve until the socket ends."""
    settings = json.loads(settings_json)
    channel = socket.socket(fileno=int(settings["socket"]))
    die_first()
    try:
        _load_libraries(list(settings["confined_to"]))
    except ExtraError as error:
        # The asking side reads it as the cause of death.
        raise SystemExit(f"error: {error}") from None
    worker = _Worker(channel, bool(settings["extra_buffers"]))
    worker.listen(int(settings["parent"]))


def _load_libraries(confined_to: list[str]) -> None:
    """Load llama.cpp, and lock the door behind it: after that no file is opened but weights."""
    from cgr_nb.models import llama_build

    with needed("llama_cpp"):
        from cgr_nb.models import native
        from cgr_nb.models.engine import engine, loaded, request  # noqa: F401  (while they can)

    # Devices are files, and their drivers open more of them than anybody could name.
    if confined_to and not native.offloads():
        confine(confined_to, [str(llama_build.library_folder())])


class _Worker:
    def __init__(self, channel: socket.socket, extra_buffers: bool) -> None:
        from cgr_nb.models.engine.engine import Engine

        self._channel = channel
        self._extra_buffers = extra_buffers
        self._sending = threading.Lock()
        self._engines: dict[str, Engine] = {}
        self._asked: dict[int, Future[Any]] = {}
        self._cores: int | None = None
        self._jobs: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        threading.Thread(target=self._work, name="cgr-desk", daemon=True).start()

    def listen(self, parent: int) -> NoReturn:
        """Take messages in until there is nobody to send any."""
        self._jobs.put(partial(self._send, {"type": "hello", "version": VERSION}))
        frames = FrameReader()
        selector = selectors.DefaultSelector()
        selector.register(self._channel, selectors.EVENT_READ)
        while os.getppid() == parent:
            if not selector.select(_LOOK_S):
                continue
            try:
                data = self._channel.recv(1 << 18)
            except OSError:
                break
            if not data:
                break
            for message in frames.feed(data):
                self._take(message)
        # At once, whatever is computed: nobody is left to hear of it.
        os._exit(0)

    def _take(self, message: dict[str, Any]) -> None:
        call = int(message["id"])
        if message["type"] == "cancel":
            asked = self._asked.pop(call, None)
            if asked is not None:
                asked.cancel()
            return
        if message["type"] == "cores":
            self._cores = int(message["count"])
            for engine in list(self._engines.values()):
                engine.limit_threads(self._cores)
            return
        answer: Future[Any] = Future()
        self._asked[call] = answer
        answer.add_done_callback(partial(self._answer, call))
        self._jobs.put(partial(self._do, message, answer))

    def _work(self) -> None:
        while True:
            self._jobs.get()()

    def _do(self, message: dict[str, Any], answer: Future[Any]) -> None:
        if answer.cancelled():
            return
        try:
            _TASKS[message["type"]](self, message, answer)
        except Exception as error:
            # It goes to whoever asked; the next question is another matter.
            _end(answer, error)

    def _answer(self, call: int, answer: Future[Any]) -> None:
        self._asked.pop(call, None)
        if answer.cancelled():
            return
        if (error := answer.exception()) is not None:
            self._send({"type": "error", "id": call, **error_to_json(error)})
        else:
            self._send({"type": "answer", "id": call, "value": answer.result()})

    def _send(self, message: dict[str, Any]) -> None:
        frame = encode(message)
        try:
            with self._sending:
                self._channel.sendall(frame)
        except OSError:
            os._exit(0)

    # What can be asked

    def _load(self, message: dict[str, Any], answer: Future[Any]) -> None:
        from cgr_nb.models import native
        from cgr_nb.models.engine.engine import Engine
        from cgr_nb.models.engine.loaded import Loaded

        model, file = message["model"], message["file"]
        # The first one answers for the process itself.
        before = _memory_bytes() if self._engines else 0
        if message["log"]:
            native.on_log_line(lambda line: self._send({"type": "log", "model": "", "line": line}))

        def on_progress(done: float) -> None:
            self._send({"type": "progress", "model": model, "done": done})

        def on_stage(stage: str) -> None:
            self._send({"type": "stage", "stage": stage})

        engine = Engine(
            file["name"],
            partial(
                Loaded,
                file["name"],
                Path(file["path"]),
                file["template"],
                EngineOptions(**file["options"]),
                file["cell_bytes"],
                file["experts"],
                extra_buffers=self._extra_buffers,
                on_progress=on_progress,
                on_stage=on_stage,
            ),
        )
        self._engines[model] = engine

        def on_ready(ready: Future[Loaded]) -> None:
            if (error := ready.exception()) is not None:
                self._engines.pop(model, None)
                _end(answer, error)
                return
            loaded, after = ready.result(), _memory_bytes()
            if self._cores is not None:
                loaded.tuner.limit(self._cores)
            taken = None if after is None or before is None else max(0, after - before)
            on_stage("working")
            facts = {"placement": loaded.placement, "buffers": loaded.buffers}
            _end(answer, {**facts, "memory_bytes": taken})

        engine.ready().add_done_callback(on_ready)

    def _unload(self, message: dict[str, Any], answer: Future[Any]) -> None:
        engine = self._engines.pop(message["model"], None)
        if engine is None:
            _end(answer, None)
            return
        engine.close().add_done_callback(lambda _: _end(answer, None))

    def _ask(self, message: dict[str, Any], answer: Future[Any]) -> None:
        engine = self._engines[message["model"]]
        order = order_from_json(message["order"])
        on_text = None
        if message["stream"]:
            call = message["id"]

            def on_text(piece: str) -> None:
                self._send({"type": "token", "id": call, "text": piece})

        request = (
            engine.ready()
            .result()
            .request(
                order.messages,
                order.sampling,
                on_text,
                order.grammar,
                order.bias,
                order.time_limit_s,
            )
        )
        _follow(answer, request.future)
        engine.submit(request)

    def _count(self, message: dict[str, Any], answer: Future[Any]) -> None:
        loaded = self._engines[message["model"]].ready().result()
        _end(answer, len(loaded.prompt(messages_from_json(message["messages"])).tokens))

    def _counters(self, message: dict[str, Any], answer: Future[Any]) -> None:
        _end(answer, asdict(self._engines[message["model"]].stats))

    def _rates(self, message: dict[str, Any], answer: Future[Any]) -> None:
        _follow(answer, self._engines[message["model"]].measure_rates())

    def _about(self, message: dict[str, Any], answer: Future[Any]) -> None:
        from cgr_nb.models import native

        gpus = [asdict(gpu) for gpu in native.gpus()]
        _end(answer, {**native.build_info(), "devices": gpus})


_TASKS: dict[str, Callable[[_Worker, dict[str, Any], Future[Any]], None]] = {
    "load": _Worker._load,
    "unload": _Worker._unload,
    "ask": _Worker._ask,
    "count": _Worker._count,
    "counters": _Worker._counters,
    "rates": _Worker._rates,
    "about": _Worker._about,
}


def _follow(answer: Future[Any], reply: Future[Any]) -> None:
    """Let an answer be what a request becomes, and the request be taken back with the answer."""

    def on_answer(answer: Future[Any]) -> None:
        if answer.cancelled():
            reply.cancel()

    def on_reply(reply: Future[Any]) -> None:
        if not reply.cancelled():
            _end(answer, reply.exception() or asdict(reply.result()))

    answer.add_done_callback(on_answer)
    reply.add_done_callback(on_reply)


def _end(answer: Future[Any], value: object) -> None:
    """Hand an answer over, or an error, unless it was taken back."""
    if answer.done() or not answer.set_running_or_notify_cancel():
        return
    if isinstance(value, BaseException):
        answer.set_exception(value)
    else:
        answer.set_result(value)


def _memory_bytes() -> int | None:
    """What this process takes now; None where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, AttributeError):
        return None
