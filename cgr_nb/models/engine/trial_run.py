"""The rates of a loaded model, measured on its own context while nobody asks it anything."""

from __future__ import annotations

import time
from collections.abc import Callable

from cgr_nb.models.engine.context import Context
from cgr_nb.models.engine.threads import ThreadTuner
from cgr_nb.models.rates import Rates

__all__ = ["measure_rates"]

_PROMPT_ROWS = 128
_FEW_ROWS = 32
"""Where as many as usual would take longer than patience lasts: still a batch of prompts."""
_PATIENCE_S = 2.5
"""How long each of the three measurements goes on: the choice of threads settles by then."""
_MOST_BATCHES = 24


def measure_rates(context: Context, tuner: ThreadTuner, parallel: int) -> Rates:
    """Compute a few batches that nobody needs, and forget them.

    Args:
        context: Nothing is at work in it, and nothing is kept.
        tuner: Its choice of threads.
        parallel: Replies at once.

    Raises:
        ModelError: llama.cpp failed.
    """
    most = max(1, min(_PROMPT_ROWS, context.layout.batch, context.layout.cells_each - 1))
    few = min(_FEW_ROWS, most)

    def prompt(rows: int) -> Callable[[], None]:
        def batch() -> None:
            context.trim(0, 0)
            context.add([0] * rows, 0, 0, 1)
            context.compute()

        return batch

    def replies(count: int) -> Callable[[], None]:
        def step() -> None:
            for place in range(count):
                context.trim(place, 0)
                context.add([0], 0, place, 1)
            context.compute()

        return step

    together = max(1, min(parallel, context.layout.lanes))
    began = time.perf_counter()
    prompt(few)()
    slow = (time.perf_counter() - began) * most / few > _PATIENCE_S
    rows = few if slow else most
    prompt_s = _best_seconds(prompt(rows))
    alone_s = _best_seconds(replies(1))
    together_s = _best_seconds(replies(together)) if together > 1 else alone_s
    for place in range(together):
        context.trim(place, 0)
    return Rates(
        prompt_tokens_per_s=rows / prompt_s,
        reply_tokens_per_s=1 / alone_s,
        together=together,
        reply_tokens_per_s_together=together / together_s,
        prompt_threads=tuner.chosen["prompt"],
        reply_threads=tuner.chosen["reply"],
    )


def _best_seconds(work: Callable[[], None]) -> float:
    """Least wall time of a batch: what disturbs one batch need not disturb the next."""
    best, began = float("inf"), time.perf_counter()
    for _ in range(_MOST_BATCHES):
        started = time.perf_counter()
        work()
        ended = time.perf_counter()
        best = min(best, ended - started)
        if ended - began > _PATIENCE_S:
            break
    return best
