"""llama.cpp's own server as a contestant: started on loopback, asked over HTTP, stopped."""

from __future__ import annotations

import json
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from cgr_nb.bench.engine.contestant import WARM_UP, Order, Outcome
from cgr_nb.bench.engine.orphan import die_with_parent
from cgr_nb.bench.engine.procfs import cpu_seconds, peak_mb
from cgr_nb.bench.engine.workload import Call
from cgr_nb.errors import ModelError

__all__ = ["Server"]

_START_S = 300.0
_REPLY_S = 3600.0


class Server:
    """llama-server with as many slots as calls in flight."""

    def __init__(self, order: Order) -> None:
        """Start it.

        Raises:
            ModelError: It does not start.
        """
        self._port = _free_port()
        self._concurrency = order.concurrency
        self._process = subprocess.Popen(
            [
                str(order.binary), "-m", order.path, "--host", "127.0.0.1",
                "--port", str(self._port), "-c", str(order.context * order.concurrency),
                "-np", str(order.concurrency), "-b", "512", "-ub", "512",
                *(("-t", str(order.threads)) if order.threads else ()),
                *(("--chat-template", order.chat_template) if order.chat_template else ()),
            ],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=die_with_parent,
        )  # fmt: skip
        try:
            _wait(self._process, self._port)
        except ModelError:
            self.close()
            raise

    def run(self, calls: Sequence[Call]) -> Outcome:
        """See `Contestant.run`."""
        port, process = self._port, self._process
        started, worked = time.perf_counter(), cpu_seconds(process.pid)
        with ThreadPoolExecutor(self._concurrency) as workers:
            replies = list(workers.map(lambda call: _ask(port, call), calls))
        seconds, done = time.perf_counter() - started, cpu_seconds(process.pid)
        prompts = sum(reply["usage"]["prompt_tokens"] for reply in replies)
        computed = sum(reply["timings"]["prompt_n"] for reply in replies)
        return Outcome(
            seconds,
            None if worked is None or done is None else done - worked,
            prompts,
            sum(reply["usage"]["completion_tokens"] for reply in replies),
            peak_mb(process.pid),
            [reply["choices"][0]["message"]["content"] for reply in replies],
            reused_share=1 - computed / prompts,
            computed_prompt_tokens=computed,
            first_token_s=_first_token_s(port),
        )

    def close(self) -> None:
        """See `Contestant.close`."""
        self._process.terminate()
        self._process.wait()


def _first_token_s(port: int) -> float:
    """From a request to the first piece of its reply; the rest is not waited for."""
    started = time.perf_counter()
    with _post(port, WARM_UP, stream=True) as answer:
        for line in answer:
            if b'"content":"' in line.replace(b" ", b"") and b'"content":""' not in line:
                break
    return time.perf_counter() - started


def _ask(port: int, call: Call) -> dict[str, Any]:
    with _post(port, call, stream=False) as answer:
        reply: dict[str, Any] = json.load(answer)
    return reply


def _post(port: int, call: Call, stream: bool) -> Any:  # noqa: ANN401 - urllib's own response
    body = {
        "messages": [
            {"role": "system", "content": call.system},
            {"role": "user", "content": call.prompt},
        ],
        "max_tokens": call.max_tokens,
        "temperature": 0.0,
        "cache_prompt": True,
        "stream": stream,
    }
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/chat/completions",
        json.dumps(body).encode(),
        {"Content-Type": "application/json"},
    )
    return urllib.request.urlopen(request, timeout=_REPLY_S)


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + _START_S
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise ModelError("llama-server does not start", got=f"exit code {process.poll()}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
