"""Models by need: loaded when used, kept while they fit, freed for good when others need the room.

    async with pool.use(card) as model:
        reply = await model.reply(messages, sampling)

A model in use is never freed; whoever needs its room waits. Of those not in use, the one longest
unused goes first. Backends that hold no weights here (endpoints, scripts, replays) take no room.
For one event loop.
"""

from __future__ import annotations

import asyncio
import os
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from cgr_nb.errors import ModelError
from cgr_nb.models.backends import open_model
from cgr_nb.models.interface import Model
from cgr_nb.models.llama import LlamaModel
from cgr_nb.records import ModelCard, content_id

__all__ = ["ModelPool"]

_SHARE = 0.5
"""Share of the machine's memory that a pool takes by default."""


@dataclass(eq=False, slots=True)
class _Held:
    model: Model
    size: int
    users: int = 0


class ModelPool:
    """Open models within a memory budget."""

    def __init__(
        self,
        budget_bytes: int | None = None,
        base: Path | None = None,
        on_progress: Callable[[ModelCard, float], None] | None = None,
    ) -> None:
        """Open an empty pool.

        Args:
            budget_bytes: What all loaded models may take together, weights and contexts; None is
                half of the machine's memory.
            base: Folder that relative paths of cards start from; None is that of the bundled ones.
            on_progress: Called with 0 to 1 while a model is loaded, from another thread.
        """
        self.budget_bytes = _half_of_memory() if budget_bytes is None else budget_bytes
        self._base = base
        self._on_progress = on_progress
        self._held: OrderedDict[str, _Held] = OrderedDict()
        self._changed = asyncio.Condition()

    @property
    def used_bytes(self) -> int:
        """What the models in the pool take, by their own account."""
        return sum(held.size for held in self._held.values())

    @property
    def names(self) -> tuple[str, ...]:
        """Models in the pool, the one longest unused first."""
        return tuple(held.model.card.name for held in self._held.values())

    @asynccontextmanager
    async def use(self, card: ModelCard) -> AsyncIterator[Model]:
        """Have a model for a while.

        Args:
            card: The model; two cards of equal content are one model.

        Raises:
            ModelError: The card can't be used, or the model alone is larger than the budget.
        """
        key = content_id("pool", card.name, card.backend, card.identity, dict(card.options))
        held = await self._take(key, card)
        try:
            yield held.model
        finally:
            async with self._changed:
                held.users -= 1
                if key in self._held:
                    self._held.move_to_end(key)
                self._changed.notify_all()

    async def close(self) -> None:
        """Free all models, in use or not. Calling it twice is fine."""
        async with self._changed:
            while self._held:
                _, held = self._held.popitem(last=False)
                await held.model.close()
            self._changed.notify_all()

    async def _take(self, key: str, card: ModelCard) -> _Held:
        async with self._changed:
            if key not in self._held:
                model = self._open(card)
                size = model.memory_bytes if isinstance(model, LlamaModel) else 0
                if size > self.budget_bytes:
                    raise ModelError(
                        "the model is larger than the pool's budget",
                        where=f"model '{card.name}'",
                        got=f"{_mib(size)}, the budget is {_mib(self.budget_bytes)}",
                        fix="raise the budget, or lower context_tokens or parallel of the card",
                    )
                while key not in self._held and self.used_bytes + size > self.budget_bytes:
                    if not await self._free_one():
                        await self._changed.wait()
                self._held.setdefault(key, _Held(model, size))
            held = self._held[key]
            held.users += 1
            return held

    async def _free_one(self) -> bool:
        """Free the model longest unused; False when all are in use."""
        for key, held in self._held.items():
            if held.size and not held.users:
                del self._held[key]
                await held.model.close()
                return True
        return False

    def _open(self, card: ModelCard) -> Model:
        model = open_model(card, self._base)
        tell = self._on_progress
        if isinstance(model, LlamaModel) and tell is not None:
            model.on_progress = lambda done: tell(card, done)
        return model


def _half_of_memory() -> int:
    try:
        pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # not on Windows
        return 4 << 30
    return int(_SHARE * pages * size)


def _mib(size: int) -> str:
    return f"{size / (1 << 20):,.0f} MiB"
