"""This package's engine as a contestant: behind its worker as in studies, or in this process."""

from __future__ import annotations

import asyncio
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cgr_nb.models.benchmark.contestant import Order, Outcome
from cgr_nb.models.benchmark.procfs import cpu_seconds, peak_mb
from cgr_nb.models.benchmark.workload import Call
from cgr_nb.models.engine.in_process import InProcessModel
from cgr_nb.models.llama import LlamaModel
from cgr_nb.records import ModelCard, Reply, Sampling

__all__ = ["run_engine"]


async def run_engine(order: Order, warm_up: Call) -> Outcome:
    """Run the calls of an order.

    Raises:
        ModelError: The model can't be used.
    """
    model = _open(order)
    slots = asyncio.Semaphore(order.concurrency)

    async def ask(call: Call) -> Reply:
        async with slots:
            return await model.reply(call.messages, Sampling(max_tokens=call.max_tokens))

    await ask(warm_up)
    await asyncio.gather(*map(ask, order.calls[: order.warm_up_calls]))
    # The worker is a process of its own: what it uses counts too.
    pids = {os.getpid(), model.pid if isinstance(model, LlamaModel) else None} - {None}
    before = model.stats
    started, worked = time.perf_counter(), _summed(cpu_seconds, pids)
    replies = await asyncio.gather(*map(ask, order.calls))
    seconds, cpu = time.perf_counter() - started, _summed(cpu_seconds, pids)
    after = model.stats
    first_s = statistics.median([await _first_token_s(model, warm_up) for _ in range(5)])
    peak = _summed(peak_mb, pids)
    await model.close()
    working = after.working_s - before.working_s
    outside = working - (after.computing_s - before.computing_s)
    prompts = after.prompt_tokens - before.prompt_tokens
    reused = after.reused_tokens - before.reused_tokens
    steps = after.steps - before.steps
    return Outcome(
        seconds,
        None if cpu is None or worked is None else cpu - worked,
        prompts,
        sum(reply.reply_tokens for reply in replies),
        peak,
        [reply.text for reply in replies],
        reused_share=reused / prompts,
        computed_prompt_tokens=prompts - reused,
        # What the event loop, its callers and the way to the worker take counts as overhead too.
        overhead_share=(seconds - working + outside) / seconds,
        overhead_us_per_step=1e6 * outside / steps,
        steps=steps,
        first_token_s=first_s,
        reply_threads=after.reply_threads,
    )


def _open(order: Order) -> LlamaModel | InProcessModel:
    options: dict[str, Any] = {"mode": "exact" if order.kind == "exact" else "batched"}
    if order.kind != "exact":
        options["parallel"] = order.concurrency
    if order.threads is not None:
        options["n_threads"] = order.threads
    card = ModelCard(
        name=order.kind,
        roles=("solver",),
        backend="llama_cpp",
        family="",
        parameters=None,
        quantisation="",
        context_tokens=order.context,
        licence="",
        source="",
        sha256=None,
        path=order.path,
        options=options,
    )
    return InProcessModel(card, Path()) if order.kind == "inside" else LlamaModel(card, Path())


async def _first_token_s(model: LlamaModel | InProcessModel, call: Call) -> float:
    """From the request to the first piece of its reply."""
    started = time.perf_counter()
    times: list[float] = []

    def on_text(_: str) -> None:
        times.append(time.perf_counter() - started)

    await model.reply(call.messages, Sampling(max_tokens=8), on_text)
    return times[0] if times else time.perf_counter() - started


def _summed(read: Callable[[int], float | None], pids: set[int | None]) -> float | None:
    """A figure of several processes together; None where one is not told."""
    found = [read(pid) for pid in pids if pid is not None]
    known = [one for one in found if one is not None]
    return sum(known) if len(known) == len(found) else None
