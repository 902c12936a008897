"""A GGUF model behind the `Model` interface: one worker thread, one reply at a time, in turn.

Opening checks the file (there, GGUF, whole, right hash, text model, chat template) and loads
nothing; weights are loaded by the first call, on the worker thread. A cancelled call stops at its
next token, or between chunks of its prompt; one that still waits never starts.

Options of a card: `n_threads` (default: physical cores), `n_gpu_layers` (default: all, where the
build can offload), `n_batch` (prompt tokens computed at once, default 512), `template` (arguments
for the chat template).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from cgr_nb.errors import ModelError
from cgr_nb.models.gguf import read_head
from cgr_nb.models.machine import physical_cores
from cgr_nb.models.sampling import check_request
from cgr_nb.models.weights import checked_sha256, find_weights
from cgr_nb.records import Message, ModelCard, Reply, Sampling

if TYPE_CHECKING:
    from cgr_nb.models.engine import Engine

__all__ = ["LlamaModel"]

OPTIONS = ("n_threads", "n_gpu_layers", "n_batch", "template")


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
        _check_options(card)
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
        self._worker = ThreadPoolExecutor(1, thread_name_prefix=f"llama-{card.name}")
        self._engine: Engine | None = None
        self._closing = Event()

    async def reply(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        on_text: Callable[[str], None] | None = None,
    ) -> Reply:
        """See `Model.reply`."""
        check_request(messages, sampling)
        self._check_open()
        stop = Event()
        waiting = self._worker.submit(self._reply, tuple(messages), sampling, on_text, stop)
        try:
            return await asyncio.wrap_future(waiting)
        except asyncio.CancelledError:
            stop.set()
            raise

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """See `Model.count_tokens`. Loads the model when it is not loaded yet."""
        self._check_open()
        engine = self._engine or self._worker.submit(self._load).result()
        return len(engine.prompt(messages)[1])

    async def close(self) -> None:
        """See `Model.close`. Replies that are not finished end in a `ModelError`."""
        if self._closing.is_set():
            return
        self._closing.set()
        await asyncio.wrap_future(self._worker.submit(self._free))
        self._worker.shutdown(wait=False)

    def _check_open(self) -> None:
        if self._closing.is_set():
            raise ModelError("the model is closed", where=f"model '{self.card.name}'")

    def _load(self) -> Engine:
        self._check_open()
        if self._engine is None:
            from cgr_nb.models.engine import Engine

            options = self.card.options
            threads = int(options.get("n_threads") or physical_cores())
            batch = min(int(options.get("n_batch", 512)), self.card.context_tokens)
            self._engine = Engine(self.card, self._path, self._template, threads, batch)
        return self._engine

    def _reply(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        on_text: Callable[[str], None] | None,
        stop: Event,
    ) -> Reply:
        from cgr_nb.models.engine import Stopped

        try:
            return self._load().reply(
                messages, sampling, on_text, lambda: stop.is_set() or self._closing.is_set()
            )
        except Stopped:
            self._check_open()
            raise

    def _free(self) -> None:
        if self._engine is not None:
            self._engine.free()


def _check_options(card: ModelCard) -> None:
    for name in card.options:
        if name not in OPTIONS:
            close = get_close_matches(name, OPTIONS, n=1)
            raise ModelError(
                f"unknown option '{name}'",
                where=f"model '{card.name}'",
                fix=f"did you mean '{close[0]}'?" if close else f"there are {', '.join(OPTIONS)}",
            )
