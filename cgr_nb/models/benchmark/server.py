"""llama.cpp's own server as a contestant: started on loopback, asked over HTTP, stopped."""

from __future__ import annotations

import json
import socket
import subprocess
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from cgr_nb.errors import ModelError
from cgr_nb.models.benchmark.orphan import die_with_parent
from cgr_nb.models.benchmark.procfs import cpu_seconds, peak_mb
from cgr_nb.models.benchmark.workload import Call

if TYPE_CHECKING:
    from cgr_nb.models.benchmark.contestant import Order, Outcome

__all__ = ["run_server"]

_START_S = 300.0
_REPLY_S = 3600.0


def run_server(order: Order, warm_up: Call) -> Outcome:
    """Run the calls of an order through llama-server with as many slots as calls in flight.

    Raises:
        ModelError: The server does not start.
    """
    from cgr_nb.models.benchmark.contestant import Outcome, median_first_token_s

    port = _free_port()
    process = subprocess.Popen(
        [
            str(order.binary), "-m", order.path, "--host", "127.0.0.1", "--port", str(port),
            "-c", str(order.context * order.concurrency), "-np", str(order.concurrency),
            *(("-t", str(order.threads)) if order.threads else ()), "-b", "512", "-ub", "512",
        ],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=die_with_parent,
    )  # fmt: skip
    try:
        _wait(process, port)
        for call in (warm_up, *order.calls[: order.warm_up_calls]):
            _ask(port, call)
        started, worked = time.perf_counter(), cpu_seconds(process.pid)
        with ThreadPoolExecutor(order.concurrency) as workers:
            replies = list(workers.map(lambda call: _ask(port, call), order.calls))
        seconds, done = time.perf_counter() - started, cpu_seconds(process.pid)
        peak = peak_mb(process.pid)
        first = median_first_token_s(lambda: _first_token(port, warm_up))
    finally:
        process.terminate()
        process.wait()
    prompts = sum(reply["usage"]["prompt_tokens"] for reply in replies)
    computed = sum(reply["timings"]["prompt_n"] for reply in replies)
    return Outcome(
        seconds,
        None if worked is None or done is None else done - worked,
        prompts,
        sum(reply["usage"]["completion_tokens"] for reply in replies),
        peak,
        [reply["choices"][0]["message"]["content"] for reply in replies],
        reused_share=1 - computed / prompts,
        computed_prompt_tokens=computed,
        first_token_s=first,
    )


def _first_token(port: int, call: Call) -> None:
    """Ask, and leave at the first piece of the reply."""
    with _post(port, call, stream=True) as answer:
        for line in answer:
            if b'"content":"' in line.replace(b" ", b"") and b'"content":""' not in line:
                return


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
