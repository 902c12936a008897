"""One contestant of the benchmark, alone in a process, so that its memory is its own.

`python -m cgr_nb.models.benchmark.contestant` reads an order as JSON from standard input (see
`Order`) and prints an `Outcome` as JSON.

    loop    llama_cpp.Llama.create_chat_completion, one call after the other
    server  llama.cpp's llama-server on loopback, with as many slots as calls in flight
    exact   this package's engine, exact mode
    inside  the same in batched mode in this process, without a worker
    batched this package's engine, batched mode
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from cgr_nb.models.benchmark.orphan import die_with_parent
from cgr_nb.models.benchmark.plain import import_plain
from cgr_nb.models.benchmark.procfs import peak_mb
from cgr_nb.models.benchmark.workload import Call

__all__ = ["WARM_UP", "Order", "Outcome", "compete", "median_first_token_s"]

WARM_UP = Call("Be brief.", "Hello.", 2)
"""What each contestant is asked first."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a contestant is to do."""

    kind: str
    """"loop", "server", "exact", "batched" or "inside"."""
    path: str
    """A GGUF file."""
    context: int
    """Tokens of a prompt and its reply."""
    concurrency: int
    """Calls in flight at once."""
    threads: int | None
    """None: each contestant's own default."""
    calls: list[Call]
    binary: str | None = None
    """llama-server, for that contestant."""
    warm_up_calls: int = 0
    """Calls of the workload that are made before the clock starts."""


@dataclass(slots=True)
class Outcome:
    """What a contestant has done."""

    seconds: float
    """Wall time of the workload, the model loaded and warm."""
    cpu_seconds: float | None
    """Processor time of all threads; with one thread the better measure on a busy machine, with
    more it counts waiting for each other as work. None where the system does not tell."""
    prompt_tokens: int
    reply_tokens: int
    peak_mb: float | None
    """Most memory its process ever had; None where the system does not tell."""
    texts: list[str] = field(default_factory=list)
    reused_share: float | None = None
    """Share of prompt tokens never computed; None where the contestant does not tell."""
    computed_prompt_tokens: int | None = None
    overhead_share: float | None = None
    """Share of the engine's working time outside llama.cpp's decoder."""
    overhead_us_per_step: float | None = None
    steps: int | None = None
    first_token_s: float | None = None
    """From a short prompt, asked alone, to the first piece of its reply; median of five."""
    reply_threads: int | None = None
    """Threads that computed replies in the end, where the engine tells."""


def compete(order: Order) -> Outcome:
    """Do the work in this process.

    Raises:
        ModelError: The model or the server can't be used.
    """
    if order.kind == "loop":
        return _loop(order)
    if order.kind == "server":
        from cgr_nb.models.benchmark.server import run_server

        return run_server(order, WARM_UP)
    from cgr_nb.models.benchmark.engine import run_engine

    return asyncio.run(run_engine(order, WARM_UP))


def _loop(order: Order) -> Outcome:
    llama_cpp = import_plain()
    model = llama_cpp.Llama(
        order.path,
        n_ctx=order.context,
        n_threads=order.threads,
        # All layers where the build can offload, as the others do.
        n_gpu_layers=-1,
        verbose=False,
    )

    def ask(call: Call) -> dict[str, Any]:
        reply: Any = model.create_chat_completion(
            [
                {"role": "system", "content": call.system},
                {"role": "user", "content": call.prompt},
            ],
            max_tokens=call.max_tokens,
            temperature=0.0,
        )
        return dict(reply)

    def first_token() -> None:
        asked: Any = [{"role": "user", "content": WARM_UP.prompt}]
        pieces: Any = model.create_chat_completion(asked, max_tokens=8, stream=True)
        next(piece for piece in pieces if piece["choices"][0]["delta"].get("content"))

    for call in (WARM_UP, *order.calls[: order.warm_up_calls]):
        ask(call)
    started, worked = time.perf_counter(), time.process_time()
    replies = [ask(call) for call in order.calls]
    seconds, cpu = time.perf_counter() - started, time.process_time() - worked
    return Outcome(
        seconds,
        cpu,
        sum(reply["usage"]["prompt_tokens"] for reply in replies),
        sum(reply["usage"]["completion_tokens"] for reply in replies),
        peak_mb(os.getpid()),
        [reply["choices"][0]["message"]["content"] for reply in replies],
        first_token_s=median_first_token_s(first_token),
    )


def median_first_token_s(ask: Callable[[], None]) -> float:
    """Median time of five requests, each left at the first piece of its reply."""
    times = []
    for _ in range(5):
        started = time.perf_counter()
        ask()
        times.append(time.perf_counter() - started)
    return statistics.median(times)


def _main(read: Callable[[], str], write: Callable[[str], object]) -> None:
    die_with_parent()
    said = json.loads(read())
    order = Order(**{**said, "calls": [Call(**call) for call in said["calls"]]})
    write(json.dumps(asdict(compete(order))))


if __name__ == "__main__":
    _main(sys.stdin.read, print)
