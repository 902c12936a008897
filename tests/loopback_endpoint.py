"""An OpenAI-compatible server on loopback that does what a test tells it, one act a request."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Act:
    """What one request gets."""

    text: str = "Answer: A"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    """Instead of a reply: a text or bytes as they are, anything else as JSON."""
    finish: str | None = "stop"
    usage: tuple[int, int] | None = (11, 3)
    refusal: str | None = None
    half: bool = False
    """The connection breaks in the middle."""
    endless: bool = False
    """A stream that goes on until the other side closes it."""
    repeat: bytes | None = None
    """Sent again and again behind the body, which has no length then, until the other side closes
    it."""
    events: list[bytes] | None = None
    """A stream of exactly these bytes, whether one was asked for or not."""
    wait: threading.Event | None = None
    """Nothing comes before this is set."""


@dataclass
class Endpoint:
    """What the server is told, and what it was asked."""

    acts: list[Act] = field(default_factory=list)
    """The next requests get these; those after them what `choose` says, or a plain reply."""
    choose: Callable[[dict[str, Any]], Act] | None = None
    """What a request gets, by its body."""
    listed: Act | None = None
    """What a request for the list of models gets, where it is not one of `acts`."""
    lists: int = 0
    """How often it was asked for."""
    bodies: list[dict[str, Any]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    left: threading.Event = field(default_factory=threading.Event)
    """Set when the other side has closed an endless stream."""
    url: str = ""
    stop: Callable[[], None] = lambda: None
    """As if it were killed: nobody listens, and requests in flight break off."""
    start: Callable[[], None] = lambda: None
    """Have it listen again, at the same address."""
    is_down: bool = False


@contextmanager
def running_endpoint() -> Iterator[Endpoint]:
    """An endpoint on a free port of 127.0.0.1, for as long as the block lasts."""
    endpoint = Endpoint()
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            pass

        def do_GET(self) -> None:
            endpoint.lists += 1
            act = endpoint.acts.pop(0) if endpoint.acts else endpoint.listed or Act()
            served = {"object": "list", "data": [{"id": "m", "object": "model"}]}
            if act.wait is not None:
                act.wait.wait(10)
            with suppress(OSError):
                if act.repeat is not None:
                    self._repeat(act)
                self._send(act.status, act.headers, served if act.body is None else act.body)

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with lock:
                endpoint.bodies.append(asked)
                endpoint.headers.append({key.lower(): text for key, text in self.headers.items()})
                if endpoint.acts:
                    act = endpoint.acts.pop(0)
                else:
                    act = endpoint.choose(asked) if endpoint.choose else Act()
                endpoint.at_once += 1
                endpoint.most_at_once = max(endpoint.most_at_once, endpoint.at_once)
            try:
                self._play(act, asked)
            except OSError:
                endpoint.left.set()
            finally:
                with lock:
                    endpoint.at_once -= 1

        def _play(self, act: Act, asked: dict[str, Any]) -> None:
            if act.wait is not None:
                act.wait.wait(10)
            if endpoint.is_down:
                raise ConnectionAbortedError
            if act.repeat is not None:
                self._repeat(act)
            elif act.events is not None:
                self._events(act.events)
            elif act.body is not None or act.status != 200:
                body = {"error": {"message": "no"}} if act.body is None else act.body
                self._send(act.status, act.headers, body)
            elif asked.get("stream"):
                self._stream(act)
            else:
                usage = None
                if act.usage:
                    usage = {"prompt_tokens": act.usage[0], "completion_tokens": act.usage[1]}
                    usage["total_tokens"] = sum(act.usage)
                message = {"role": "assistant", "content": act.text, "refusal": act.refusal}
                choice = {"index": 0, "message": message, "finish_reason": act.finish}
                made = {"id": "x", "object": "chat.completion", "created": 0, "model": "m"}
                self._send(200, {}, {**made, "choices": [choice], "usage": usage}, half=act.half)

        def _stream(self, act: Act) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.end_headers()
            words = [f"{word} " for word in act.text.split()] or [""]
            while act.endless:
                self._chunk({"content": "on "}, None)
            for word in words[: len(words) // 2] if act.half else words:
                self._chunk({"content": word}, None)
            if not act.half:
                self._chunk({}, act.finish)
                self.wfile.write(b"data: [DONE]\n\n")

        def _repeat(self, act: Act) -> None:
            self.send_response(act.status)
            for key, text in {"Content-Type": "application/json", **act.headers}.items():
                self.send_header(key, text)
            self.end_headers()
            self.wfile.write(act.body or b"")
            while True:
                self.wfile.write(act.repeat or b" ")

        def _events(self, events: list[bytes]) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream; charset=utf-8")
            self.end_headers()
            for event in events:
                self.wfile.write(event)
                self.wfile.flush()

        def _chunk(self, delta: dict[str, str], finish: str | None) -> None:
            choice = {"index": 0, "delta": delta, "finish_reason": finish}
            made = {"id": "x", "object": "chat.completion.chunk", "created": 0, "model": "m"}
            self.wfile.write(f"data: {json.dumps({**made, 'choices': [choice]})}\n\n".encode())
            self.wfile.flush()

        def _send(
            self, status: int, headers: dict[str, str], body: Any, half: bool = False
        ) -> None:
            if not isinstance(body, bytes):
                data = body.encode() if isinstance(body, str) else json.dumps(body).encode()
            else:
                data = body
            self.send_response(status)
            kind = "text/html" if isinstance(body, str) else "application/json"
            for key, text in {"Content-Type": kind, **headers}.items():
                self.send_header(key, text)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data[: len(data) // 2] if half else data)

    stops: list[Callable[[], None]] = []

    def start() -> None:
        port = int(endpoint.url.rpartition(":")[2].removesuffix("/v1")) if endpoint.url else 0
        server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        server.daemon_threads = True
        endpoint.url = f"http://127.0.0.1:{server.server_port}/v1"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})

        def stop() -> None:
            endpoint.is_down = True
            server.shutdown()
            thread.join()
            server.server_close()

        endpoint.is_down = False
        stops.append(stop)
        thread.start()

    def stop() -> None:
        while stops:
            stops.pop()()

    endpoint.start, endpoint.stop = start, stop
    start()
    try:
        yield endpoint
    finally:
        stop()
