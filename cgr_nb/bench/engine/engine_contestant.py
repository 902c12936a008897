"""This package's engine as a contestant: behind its worker as in studies, or in this process."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cgr_nb.bench.engine.contestant import WARM_UP, Order, Outcome
from cgr_nb.bench.engine.procfs import cpu_seconds, peak_mb
from cgr_nb.bench.engine.workload import Call
from cgr_nb.models.llama import LlamaModel
from cgr_nb.records import ModelCard, Reply, Sampling

if TYPE_CHECKING:
    from cgr_nb.models.engine.in_process import InProcessModel

__all__ = ["EngineContestant", "card_of"]


class EngineContestant:
    """See the module."""

    def __init__(self, order: Order) -> None:
        """Open the model; the first call loads it."""
        exact = order.kind == "exact"
        card = card_of(order, order.kind, None if exact else order.concurrency, order.threads)
        self._model = _inside(card) if order.kind == "inside" else LlamaModel(card, Path())
        self._concurrency = order.concurrency
        self._loop = asyncio.Runner()

    def run(self, calls: Sequence[Call]) -> Outcome:
        """See `Contestant.run`."""
        return self._loop.run(self._run(calls))

    def close(self) -> None:
        """See `Contestant.close`."""
        self._loop.run(self._model.close())
        self._loop.close()

    async def _run(self, calls: Sequence[Call]) -> Outcome:
        model, slots = self._model, asyncio.Semaphore(self._concurrency)

        async def ask(call: Call) -> Reply:
            async with slots:
                return await model.reply(call.messages, Sampling(max_tokens=call.max_tokens))

        # The worker is a process of its own: what it uses counts too.
        pids = {os.getpid(), model.pid if isinstance(model, LlamaModel) else None} - {None}
        before = model.stats
        started, worked = time.perf_counter(), _summed(cpu_seconds, pids)
        replies = await asyncio.gather(*map(ask, calls))
        seconds, cpu = time.perf_counter() - started, _summed(cpu_seconds, pids)
        after = model.stats
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
            _summed(peak_mb, pids),
            [reply.text for reply in replies],
            reused_share=reused / max(1, prompts),
            computed_prompt_tokens=prompts - reused,
            # What the event loop, its callers and the way to the worker take counts too.
            overhead_share=(seconds - working + outside) / seconds,
            overhead_us_per_step=1e6 * outside / max(1, steps),
            steps=steps,
            first_token_s=await self._first_token_s(),
            reply_threads=after.reply_threads,
        )

    async def _first_token_s(self) -> float:
        """From the request to the first piece of its reply."""
        started = time.perf_counter()
        times: list[float] = []

        def on_text(_: str) -> None:
            times.append(time.perf_counter() - started)

        await self._model.reply(WARM_UP.messages, Sampling(max_tokens=8), on_text)
        return times[0] if times else time.perf_counter() - started


def _inside(card: ModelCard) -> InProcessModel:
    # It loads llama.cpp here, where other contestants want the whole package.
    from cgr_nb.models.engine.in_process import InProcessModel

    return InProcessModel(card, Path())


def card_of(order: Order, name: str, parallel: int | None, threads: int | None) -> ModelCard:
    """The card of a model that a contestant opens.

    Args:
        order: What the contestant was told to do.
        name: Of the model.
        parallel: Sequences at once; None: exact mode.
        threads: That compute; None: as many as the engine finds best.
    """
    options: dict[str, Any] = {"mode": "exact" if parallel is None else "batched"}
    if parallel is not None:
        options["parallel"] = parallel
    if threads is not None:
        options["n_threads"] = threads
    if order.chat_template is not None:
        options["chat_template"] = order.chat_template
    return ModelCard(
        name=name,
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


def _summed(read: Callable[[int], float | None], pids: set[int | None]) -> float | None:
    """A figure of several processes together; None where one is not told."""
    found = [read(pid) for pid in pids if pid is not None]
    known = [one for one in found if one is not None]
    return sum(known) if len(known) == len(found) else None
