"""llama-cpp-python's own `Llama` as a contestant: one call after the other."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from typing import Any

from cgr_nb.bench.engine.contestant import WARM_UP, Order, Outcome
from cgr_nb.bench.engine.plain import import_plain
from cgr_nb.bench.engine.procfs import peak_mb
from cgr_nb.bench.engine.workload import Call

__all__ = ["Loop"]


class Loop:
    """See the module."""

    def __init__(self, order: Order) -> None:
        """Load the model."""
        self._model = import_plain().Llama(
            order.path,
            n_ctx=order.context,
            n_threads=order.threads,
            # Prompts too: by itself it takes all cores for them, whatever the other number is.
            n_threads_batch=order.threads,
            # All layers where the build can offload, as the others do.
            n_gpu_layers=-1,
            chat_format=order.chat_template,
            verbose=False,
        )

    def run(self, calls: Sequence[Call]) -> Outcome:
        """See `Contestant.run`."""
        started, worked = time.perf_counter(), time.process_time()
        replies = [self._ask(call) for call in calls]
        seconds, cpu = time.perf_counter() - started, time.process_time() - worked
        return Outcome(
            seconds,
            cpu,
            sum(reply["usage"]["prompt_tokens"] for reply in replies),
            sum(reply["usage"]["completion_tokens"] for reply in replies),
            peak_mb(os.getpid()),
            [reply["choices"][0]["message"]["content"] for reply in replies],
            first_token_s=self._first_token_s(),
        )

    def close(self) -> None:
        """See `Contestant.close`."""
        self._model.close()

    def _ask(self, call: Call) -> dict[str, Any]:
        reply: Any = self._model.create_chat_completion(
            _turns(call), max_tokens=call.max_tokens, temperature=0.0
        )
        return dict(reply)

    def _first_token_s(self) -> float:
        started = time.perf_counter()
        pieces: Any = self._model.create_chat_completion(_turns(WARM_UP), max_tokens=8, stream=True)
        for piece in pieces:
            if piece["choices"][0]["delta"].get("content"):
                break
        return time.perf_counter() - started


def _turns(call: Call) -> list[dict[str, str]]:
    return [{"role": turn.role, "content": turn.content} for turn in call.messages]
