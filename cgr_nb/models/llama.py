"""A GGUF model behind the `Model` interface, computed by its own engine in this process.

Opening checks the file (there, GGUF, whole, right hash, text model, chat template) and the options,
and loads nothing; weights are loaded by the first call, on the engine's thread. A cancelled call
stops between two batches; one that still waits never starts.

Options of a card: `mode` ("exact", the default, or "fast"; see `engine.options`), `parallel`
(replies at once in fast mode, default 16), `n_threads` (default: physical cores), `n_gpu_layers`
(default: all, where the build can offload), `n_batch` (tokens computed at once, default 512),
`template` (arguments for the chat template).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from cgr_nb.errors import ModelError
from cgr_nb.models.engine.layout import cell_bytes, plan_layout
from cgr_nb.models.engine.options import EngineOptions
from cgr_nb.models.engine.stats import EngineStats
from cgr_nb.models.gguf import read_head
from cgr_nb.models.sampling import check_request
from cgr_nb.models.weights import checked_sha256, find_weights
from cgr_nb.records import Message, ModelCard, Reply, Sampling

if TYPE_CHECKING:
    from cgr_nb.models.engine.engine import Engine
    from cgr_nb.models.engine.loaded import Loaded
    from cgr_nb.models.engine.request import Request

__all__ = ["LlamaModel"]


class LlamaModel:
    """One GGUF model."""

    def __init__(self, card: ModelCard, base: Path) -> None:
        """Check the weight file; see the module for what is checked.

        Args:
            card: The model; `card.path` names its weight file.
            base: Folder that a relative path starts from.

        Raises:
            ModelError: The file or the card can't be used as they are.
        """
        self._options = EngineOptions.of(card)
        self._path = find_weights(card, base)
        head = read_head(self._path)
        where = str(self._path)
        if head.embeds_only:
            raise ModelError(
                "an embedding model: it gives vectors, not text", where=where, got=card.name
            )
        if head.parts > 1:
            raise ModelError(
                f"the weights are split over {head.parts} files",
                where=where,
                fix="join them with llama-gguf-split --merge",
            )
        if head.chat_template is None:
            raise ModelError(
                "the model has no chat template",
                where=where,
                fix="use an instruction-tuned model; a base model can't answer messages",
            )
        if not 1 <= card.context_tokens <= (head.context_tokens or card.context_tokens):
            raise ModelError(
                "context_tokens is outside the model's context window",
                where=f"model '{card.name}'",
                got=str(card.context_tokens),
                fix=f"use 1 to {head.context_tokens}",
            )
        self.card = replace(card, sha256=checked_sha256(card, self._path))
        """The card as given, with the hash of the file where it had none."""
        self._template = head.chat_template
        self._cell = cell_bytes(head)
        self._experts = head.experts
        cells = plan_layout(self._options, self._cell).cells
        self.memory_bytes = self._path.stat().st_size + cells * self._cell
        """About what it takes in memory when it is loaded: weights and context."""
        self.on_progress: Callable[[float], None] | None = None
        """Called with 0 to 1 while the weights are loaded, on the engine's thread. Set it before
        the first call."""
        self._engine: Engine | None = None
        self._closed = False
        self._lock = Lock()

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
        """As `reply`, with what only this backend can do.

        Args:
            messages: The turns, oldest first; the last one is the user's.
            sampling: How to sample.
            on_text: Called with each new piece of text, on the engine's thread.
            grammar: GBNF text that the reply follows; not together with `sampling.choices`.
            logit_bias: Token -> what is added to its logit; not together with choices.
            time_limit_s: Wall time, waiting included, after which the call fails.

        Raises:
            RequestError: This request can't be served; others can.
            ModelError: The model can't answer at all.
        """
        check_request(messages, sampling)
        engine = self._opened()
        entry = engine.gate.enter()
        try:
            await asyncio.wrap_future(entry)
            # Shielded: whoever leaves while the model loads must not stop it for the others.
            loaded = await asyncio.shield(asyncio.wrap_future(engine.ready()))
            request = _request(
                loaded, messages, sampling, on_text, grammar, logit_bias, time_limit_s
            )
            engine.submit(request)
            return await asyncio.wrap_future(request.future)
        finally:
            if not entry.cancel():
                engine.gate.leave()

    def reply_blocking(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        on_text: Callable[[str], None] | None = None,
    ) -> Reply:
        """As `reply`, from a thread without an event loop."""
        check_request(messages, sampling)
        engine = self._opened()
        entry = engine.gate.enter()
        try:
            entry.result()
            request = _request(engine.ready().result(), messages, sampling, on_text)
            engine.submit(request)
            try:
                return request.future.result()
            finally:
                request.future.cancel()  # where Ctrl-C has ended the wait
        finally:
            if not entry.cancel():
                engine.gate.leave()

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """See `Model.count_tokens`. Loads the model when it is not loaded yet."""
        return len(self._opened().ready().result().prompt(messages)[1])

    @property
    def stats(self) -> EngineStats:
        """What the engine has done so far: tokens computed and reused, time spent where."""
        return EngineStats() if self._engine is None else self._engine.stats

    async def load(self) -> str:
        """Load the weights now, rather than with the first call.

        Returns:
            One line on how it runs: mode, sequences at once, threads, layers on a GPU.
        """
        loaded = await asyncio.shield(asyncio.wrap_future(self._opened().ready()))
        options = self._options
        return ", ".join(
            (
                f"{options.mode} mode",
                f"{options.parallel} at once",
                f"{options.threads} thread{'s' * (options.threads > 1)}",
                loaded.placement,
            )
        )

    async def close(self) -> None:
        """See `Model.close`. Replies that are not finished end in a `ModelError`."""
        self._closed = True
        if self._engine is not None:
            await asyncio.shield(asyncio.wrap_future(self._engine.close()))

    def _opened(self) -> Engine:
        if self._closed:
            raise ModelError("the model is closed", where=f"model '{self.card.name}'")
        with self._lock:
            if self._engine is None:
                self._engine = self._new_engine()
            return self._engine

    def _new_engine(self) -> Engine:
        from cgr_nb.models.engine.engine import Engine
        from cgr_nb.models.engine.loaded import Loaded

        load = partial(
            Loaded,
            self.card.name,
            self._path,
            self._template,
            self._options,
            self._cell,
            self._experts,
            self.on_progress,
        )
        return Engine(self.card.name, load)


def _request(
    loaded: Loaded,
    messages: Sequence[Message],
    sampling: Sampling,
    on_text: Callable[[str], None] | None = None,
    grammar: str | None = None,
    bias: Mapping[int, float] | None = None,
    time_limit_s: float | None = None,
) -> Request:
    from cgr_nb.models.engine.request import Request

    text, tokens = loaded.prompt(messages)
    return Request(text, tokens, sampling, on_text, grammar, bias, time_limit_s)
