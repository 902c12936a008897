"""A second model of this package that is always at work, asked by the same process as the first.

Two workers of one pool that compute at once are the commonest contention of a study.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cgr_nb.bench.engine.contestant import Order
from cgr_nb.bench.engine.engine_contestant import card_of
from cgr_nb.bench.engine.workload import cgr_workload
from cgr_nb.models.llama import LlamaModel
from cgr_nb.records import Sampling

__all__ = ["CompetingModel", "rivalling"]

_AT_ONCE = 4
_SEED = 1_000_000
"""Its prompts are not those of the contestants."""


class CompetingModel:
    """The second model, or nothing."""

    def __init__(self, order: Order | None) -> None:
        """Load it.

        Args:
            order: Of the contestant that it works beside; None: there is none.
        """
        self._model = None
        if order is not None:
            self._model = LlamaModel(card_of(order, "rival", _AT_ONCE, None), Path())
            asyncio.run(self._ask(0))

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Let it compute for a while."""
        if self._model is None:
            yield
            return
        over = threading.Event()

        def work() -> None:
            seed = 1
            while not over.is_set():
                asyncio.run(self._ask(seed))
                seed += 1

        thread = threading.Thread(target=work, name="cgr-bench-rival")
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()

    async def _ask(self, seed: int) -> None:
        model = self._model
        if model is not None:
            calls = cgr_workload(1, seed=_SEED + seed)[:_AT_ONCE]
            await asyncio.gather(
                *(model.reply(call.messages, Sampling(max_tokens=8)) for call in calls)
            )

    def close(self) -> None:
        """Free it."""
        if self._model is not None:
            asyncio.run(self._model.close())


@contextmanager
def rivalling(order: Order) -> Iterator[CompetingModel]:
    """A rival where the order has one."""
    rival = CompetingModel(order if order.rival else None)
    try:
        yield rival
    finally:
        rival.close()
