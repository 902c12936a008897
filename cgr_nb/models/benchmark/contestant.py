"""One contestant of the benchmark, alone in a process, so that its memory is its own.

`python -m cgr_nb.models.benchmark.contestant` reads an order as JSON from standard input (see
`Order`) and prints an `Outcome` as JSON.

    loop    llama_cpp.Llama.create_chat_completion, one call after the other
    server  llama.cpp's llama-server on loopback, with as many slots as calls in flight
    exact   this package's engine, exact mode
    fast    this package's engine, fast mode
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from cgr_nb.models.benchmark.orphan import die_with_parent
from cgr_nb.models.benchmark.plain import import_plain
from cgr_nb.models.benchmark.workload import Call
from cgr_nb.records import ModelCard, Reply, Sampling

__all__ = ["Order", "Outcome", "compete"]

_WARM_UP = Call("Be brief.", "Hello.", 2)


@dataclass(frozen=True, slots=True)
class Order:
    """What a contestant is to do."""

    kind: str
    """"loop", "server", "exact" or "fast"."""
    path: str
    """A GGUF file."""
    context: int
    """Tokens of a prompt and its reply."""
    concurrency: int
    """Calls in flight at once."""
    threads: int
    calls: list[Call]
    binary: str | None = None
    """llama-server, for that contestant."""


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


def compete(order: Order) -> Outcome:
    """Do the work in this process.

    Raises:
        ModelError: The model or the server can't be used.
    """
    if order.kind == "loop":
        return _loop(order)
    if order.kind == "server":
        from cgr_nb.models.benchmark.server import run_server

        return run_server(order, _WARM_UP)
    return asyncio.run(_engine(order))


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

    ask(_WARM_UP)
    started, worked = time.perf_counter(), time.process_time()
    replies = [ask(call) for call in order.calls]
    seconds, cpu = time.perf_counter() - started, time.process_time() - worked
    return Outcome(
        seconds,
        cpu,
        sum(reply["usage"]["prompt_tokens"] for reply in replies),
        sum(reply["usage"]["completion_tokens"] for reply in replies),
        peak_mb(),
        [reply["choices"][0]["message"]["content"] for reply in replies],
    )


async def _engine(order: Order) -> Outcome:
    from cgr_nb.models.llama import LlamaModel

    options: dict[str, Any] = {"n_threads": order.threads, "mode": order.kind}
    if order.kind == "fast":
        options["parallel"] = order.concurrency
    card = ModelCard(
        name=order.kind,
        roles=("solver",),
        backend="llama_cpp",
        family="random",
        parameters=None,
        quantisation="",
        context_tokens=order.context,
        licence="",
        source="",
        sha256=None,
        path=order.path,
        options=options,
    )
    model = LlamaModel(card, Path())
    await model.reply(_WARM_UP.messages, Sampling(max_tokens=_WARM_UP.max_tokens))
    before = model.stats
    slots = asyncio.Semaphore(order.concurrency)

    async def ask(call: Call) -> Reply:
        async with slots:
            return await model.reply(call.messages, Sampling(max_tokens=call.max_tokens))

    started, worked = time.perf_counter(), time.process_time()
    replies = await asyncio.gather(*map(ask, order.calls))
    seconds, cpu = time.perf_counter() - started, time.process_time() - worked
    after = model.stats
    await model.close()
    working = after.working_s - before.working_s
    outside = working - (after.computing_s - before.computing_s)
    prompts = after.prompt_tokens - before.prompt_tokens
    reused = after.reused_tokens - before.reused_tokens
    steps = after.steps - before.steps
    return Outcome(
        seconds,
        cpu,
        prompts,
        sum(reply.reply_tokens for reply in replies),
        peak_mb(),
        [reply.text for reply in replies],
        reused_share=reused / prompts,
        computed_prompt_tokens=prompts - reused,
        # What the event loop and its callers take counts as overhead too.
        overhead_share=(seconds - working + outside) / seconds,
        overhead_us_per_step=1e6 * outside / steps,
        steps=steps,
    )


def peak_mb() -> float | None:
    """Most resident memory that this process ever had, in MiB."""
    try:
        import resource
    except ImportError:  # not on Windows
        return None
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(size / (1 << 20 if sys.platform == "darwin" else 1 << 10), 1)


def _main(read: Callable[[], str], write: Callable[[str], object]) -> None:
    die_with_parent()
    said = json.loads(read())
    order = Order(**{**said, "calls": [Call(**call) for call in said["calls"]]})
    write(json.dumps(asdict(compete(order))))


if __name__ == "__main__":
    _main(sys.stdin.read, print)
