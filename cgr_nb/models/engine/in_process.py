"""A GGUF model computed in this process: for the engine's own tests, and to measure what the worker
process costs. What llama.cpp does wrong here, it does to this process; everything else uses
`LlamaModel`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from cgr_nb.models.engine.engine import Engine
from cgr_nb.models.engine.loaded import Loaded
from cgr_nb.models.engine.stats import EngineStats
from cgr_nb.models.model_file import ModelFile
from cgr_nb.models.sampling import check_request
from cgr_nb.models.worker.admission import Admission
from cgr_nb.models.worker.findings import extra_buffers_crash
from cgr_nb.records import Message, ModelCard, Reply, Sampling

__all__ = ["InProcessModel"]

_ROOM = 256


class InProcessModel:
    """One GGUF model with its engine on a thread of this process."""

    def __init__(self, card: ModelCard, base: Path) -> None:
        """Check the weight file; see `ModelFile.of`."""
        file = ModelFile.of(card, base)
        self.card = file.card
        self._admission = Admission(_ROOM)
        self._engine = Engine(
            card.name,
            partial(
                Loaded,
                card.name,
                file.path,
                file.template,
                file.options,
                file.cell_bytes,
                file.experts,
                extra_buffers=extra_buffers_crash() is None,
            ),
        )

    async def reply(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        on_text: Callable[[str], None] | None = None,
    ) -> Reply:
        """See `Model.reply`."""
        return await self.complete(messages, sampling, on_text)

    async def complete(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        on_text: Callable[[str], None] | None = None,
        *,
        grammar: str | None = None,
        logit_bias: Mapping[int, float] | None = None,
        time_limit_s: float | None = None,
    ) -> Reply:
        """See `LlamaModel.complete`."""
        check_request(messages, sampling)
        ticket = self._admission.enter()
        try:
            await asyncio.wrap_future(ticket)
            loaded = await asyncio.shield(asyncio.wrap_future(self._engine.ready()))
            request = loaded.request(messages, sampling, on_text, grammar, logit_bias, time_limit_s)
            self._engine.submit(request)
            return await asyncio.wrap_future(request.future)
        finally:
            self._admission.leave(ticket)

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """See `Model.count_tokens`."""
        return len(self._engine.ready().result().prompt(messages).tokens)

    @property
    def stats(self) -> EngineStats:
        """What the engine has done so far."""
        return self._engine.stats

    async def close(self) -> None:
        """See `Model.close`."""
        await asyncio.shield(asyncio.wrap_future(self._engine.close()))
