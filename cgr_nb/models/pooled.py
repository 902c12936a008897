"""A model of a pool: asked like any other, in the pool while it answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from cgr_nb.records import Message, ModelCard, Reply, Sampling
from cgr_nb.util.blocking import run_blocking

if TYPE_CHECKING:
    from cgr_nb.models.pool import ModelPool

__all__ = ["PooledModel"]


class PooledModel:
    """One model, loaded when it is asked and not there."""

    def __init__(self, pool: ModelPool, card: ModelCard) -> None:
        self.card = card
        self._pool = pool

    async def reply(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        on_text: Callable[[str], None] | None = None,
    ) -> Reply:
        """See `Model.reply`."""
        async with self._pool.use(self.card) as model:
            return await model.reply(messages, sampling, on_text)

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """See `Model.count_tokens`. Loads the model when it is not loaded yet."""

        async def count() -> int:
            async with self._pool.use(self.card) as model:
                return model.count_tokens(messages)

        return run_blocking(count)

    async def close(self) -> None:
        """Nothing: the pool frees it when its room is needed."""
