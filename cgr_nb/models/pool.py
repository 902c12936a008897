"""Models by need: loaded when used, kept while they fit, freed for good when others need the room.

    model = pool.model(card)                 # nothing is loaded yet
    reply = await model.reply(messages, sampling)

A model that is answering is never freed; whoever needs its room waits. Of the others, the one
longest unused goes first. Backends that hold no weights here (endpoints, scripts, replays) take no
room. For any threads and event loops at once: `shared_pool` is the one of this process, in which
panels find a model still loaded that they have asked before.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock

from cgr_nb.errors import ModelError
from cgr_nb.models.backends import open_model
from cgr_nb.models.interface import Model
from cgr_nb.models.llama import LlamaModel
from cgr_nb.models.machine import model_memory
from cgr_nb.models.pooled import PooledModel
from cgr_nb.models.replica import ServerState
from cgr_nb.models.replicated import ReplicatedModel
from cgr_nb.records import ModelCard, content_id

__all__ = ["ModelPool", "OnLoad", "shared_pool"]

OnLoad = Callable[[ModelCard, float], None]
"""Called with a model and 0 to 1, a percent at a time, while its weights come in; from another
thread."""


@dataclass(eq=False, slots=True)
class _Held:
    model: Model
    users: int = 0
    leaving: int = 0
    """Bytes that it is about to give back."""

    @property
    def size(self) -> int:
        """Bytes that it takes now, once it is loaded as measured."""
        return self.model.memory_bytes if isinstance(self.model, LlamaModel) else 0


class ModelPool:
    """Open models within a memory budget."""

    def __init__(self, budget_bytes: int | None = None, base: Path | None = None) -> None:
        """Open an empty pool.

        Args:
            budget_bytes: What all loaded models may take together, weights and contexts. None is
                what the machine offers (see `model_memory`), and a model larger than that is then
                tried alone instead of refused.
            base: Folder that relative paths of cards start from; None is that of the bundled ones.
        """
        self._budget = budget_bytes
        self._base = base
        self._lock = Lock()
        self._held: OrderedDict[str, _Held] = OrderedDict()
        self._leaving = 0
        self._waiting: deque[Future[None]] = deque()
        self._listeners: list[OnLoad] = []

    @property
    def budget_bytes(self) -> int:
        """What all loaded models may take together. One that is set counts for loads from then
        on."""
        return model_memory() if self._budget is None else self._budget

    @budget_bytes.setter
    def budget_bytes(self, stated: int) -> None:
        self._budget = stated

    @property
    def used_bytes(self) -> int:
        """What the models in the pool take, by their own account."""
        with self._lock:
            return self._used()

    @property
    def names(self) -> tuple[str, ...]:
        """Models in the pool, the one longest unused first."""
        with self._lock:
            return tuple(held.model.card.name for held in self._held.values())

    @property
    def servers(self) -> tuple[ServerState, ...]:
        """How the servers are doing of models in the pool that have several."""
        with self._lock:
            models = [held.model for held in self._held.values()]
        return tuple(
            one for model in models if isinstance(model, ReplicatedModel) for one in model.servers
        )

    @contextmanager
    def on_load(self, on_load: OnLoad) -> Iterator[None]:
        """For a while, be told of all models that are being loaded."""
        self._listeners.append(on_load)
        try:
            yield
        finally:
            self._listeners.remove(on_load)

    def model(self, card: ModelCard) -> Model:
        """A model that is in the pool while it answers, and after that as long as it fits.

        Args:
            card: The model; two cards of equal content are one model.
        """
        return PooledModel(self, card)

    @asynccontextmanager
    async def use(self, card: ModelCard) -> AsyncIterator[Model]:
        """Have a model for a while, during which it is not freed.

        Whoever has one and waits for another may wait for ever, if both do not fit.

        Raises:
            ModelError: The card can't be used, or the model alone is larger than a stated budget.
        """
        key = content_id("pool", card.name, card.backend, card.identity, dict(card.options))
        held = await self._take(key, card)
        try:
            yield held.model
        finally:
            with self._lock:
                held.users -= 1
                if key in self._held:
                    self._held.move_to_end(key)
            self._wake()

    async def free_unused(self) -> int:
        """Free the models that nobody uses now.

        Returns:
            Bytes that they took, by their own account.
        """
        freed = 0
        while (victim := self._pop_unused()) is not None:
            freed += victim.leaving
            await self._free(victim)
        return freed

    async def close(self) -> None:
        """Free all models, in use or not. Calling it twice is fine."""
        while True:
            with self._lock:
                if not self._held:
                    return
                _, held = self._held.popitem(last=False)
                self._count_out(held)
            await self._free(held)

    async def _take(self, key: str, card: ModelCard) -> _Held:
        opened: Model | None = None
        while True:
            with self._lock:
                held = self._held.get(key)
                if held is None and opened is not None:
                    held = self._let_in(key, opened)
                if held is not None:
                    held.users += 1
                    return held
            if opened is None:
                # Not while others wait for the lock: a large file is hashed here.
                opened = open_model(card, self._base)
            elif (victim := self._pop_unused(sized=True)) is not None:
                await self._free(victim)
            else:
                await self._change()

    async def _change(self) -> None:
        """Wait until somebody gives room back; not at all where nobody holds any."""
        with self._lock:
            if not self._leaving and not any(held.users for held in self._held.values()):
                return
            ticket = Future[None]()
            self._waiting.append(ticket)
        await asyncio.wrap_future(ticket)

    def _let_in(self, key: str, model: Model) -> _Held | None:
        """Put an open model in, if there is room now."""
        size = model.memory_bytes if isinstance(model, LlamaModel) else 0
        if self._budget is not None and size > self._budget:
            raise ModelError(
                "the model is larger than the pool's budget",
                where=f"model '{model.card.name}'",
                got=f"{_mib(size)}, the budget is {_mib(self._budget)}",
                fix="raise the budget, or lower context_tokens or parallel of the card",
            )
        used = self._used() + self._leaving
        if size and used and used + size > self.budget_bytes:
            return None
        if isinstance(model, LlamaModel):
            model.on_progress = self._teller(model.card)
        held = self._held[key] = _Held(model)
        return held

    def _teller(self, card: ModelCard) -> Callable[[float], None]:
        percent = -1

        def on_progress(done: float) -> None:
            nonlocal percent
            if int(100 * done) != percent:
                percent = int(100 * done)
                for tell in tuple(self._listeners):
                    tell(card, done)

        return on_progress

    def _used(self) -> int:
        return sum(held.size for held in self._held.values())

    def _pop_unused(self, sized: bool = False) -> _Held | None:
        """Take out the model longest unused; None when all are in use."""
        with self._lock:
            for key, held in self._held.items():
                if not held.users and (held.size or not sized):
                    self._count_out(held)
                    return self._held.pop(key)
        return None

    def _count_out(self, held: _Held) -> None:
        """Its room is free only when its process is gone."""
        held.leaving = held.size
        self._leaving += held.leaving

    async def _free(self, held: _Held) -> None:
        """Close a model that was taken out."""
        try:
            await held.model.close()
        finally:
            with self._lock:
                self._leaving -= held.leaving
            self._wake()

    def _wake(self) -> None:
        """Let all who wait look again."""
        with self._lock:
            waiting, self._waiting = self._waiting, deque()
        for ticket in waiting:
            if ticket.set_running_or_notify_cancel():
                ticket.set_result(None)


@cache
def shared_pool() -> ModelPool:
    """The pool of this process, with the machine's budget until another is set. Nobody closes
    it."""
    return ModelPool()


def _mib(size: int) -> str:
    return f"{size / (1 << 20):,.0f} MiB"
