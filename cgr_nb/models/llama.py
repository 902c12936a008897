"""A GGUF model behind the `Model` interface, computed by its engine in a worker process.

Opening checks the file (there, GGUF, whole, right hash, text model, chat template) and the options,
and starts nothing; the first call starts the worker, which loads the weights and tries them. A
cancelled call stops between two batches; one that still waits never starts.

Where the worker dies at work it is started again, and what it was at is asked again, one call at a
time. A call that kills it twice alone is refused; after three different ones the model is given up.

Options of a card: `mode` ("auto", the default, "exact" or "batched"; see `engine.options`),
`parallel` (replies at once in batched mode, default 16), `n_threads` (default: as many physical
cores as are fastest, see `engine.threads`), `n_gpu_layers` (default: all, where the build can
offload), `n_batch` (tokens computed at once, default 512), `template` (arguments for the chat
template), `chat_template` (see `known_templates`), `think_tokens` (most tokens of a thought, beside
`max_tokens`, which is then for the answer; see `engine.thinking`).
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from cgr_nb.errors import ModelError, RequestError
from cgr_nb.models.engine.stats import EngineStats
from cgr_nb.models.model_file import ModelFile
from cgr_nb.models.rates import Rates
from cgr_nb.models.sampling import check_request
from cgr_nb.models.worker.admission import Admission
from cgr_nb.models.worker.core_shares import core_shares
from cgr_nb.models.worker.death import Death, WorkerDied
from cgr_nb.models.worker.placement import Placement, shared_placement
from cgr_nb.models.worker.session import LoadedModel, WorkerSession, checked
from cgr_nb.models.worker.wire import (
    CallOrder,
    counters_from_json,
    messages_to_json,
    rates_from_json,
    reply_from_json,
)
from cgr_nb.records import Message, ModelCard, Reply, Sampling

__all__ = ["LlamaModel"]

LOG = logging.getLogger("cgr_nb.models")

_ROOM = 256
"""Calls inside at once, on their way or at work."""
_TRIES_ALONE = 2
"""A call that kills the worker so often, alone in it, is refused."""
_MOST_KILLERS = 3
"""So many different calls that kill the worker, and the model is given up."""
_PROCESS_BYTES = 56 << 20
"""About what a worker takes beside weights and context: Python, NumPy, llama.cpp, its buffers."""


class LlamaModel:
    """One GGUF model."""

    def __init__(self, card: ModelCard, base: Path, placement: Placement | None = None) -> None:
        """Check the weight file; see the module for what is checked.

        Args:
            card: The model; `card.path` names its weight file.
            base: Folder that a relative path starts from.
            placement: Finds a worker; None is the one of this process.

        Raises:
            ModelError: The file or the card can't be used as they are.
        """
        self._file = ModelFile.of(card, base)
        self.card = self._file.card
        """The card as given, with the hash of the file where it had none."""
        self._session = WorkerSession(self._file, placement or shared_placement())
        self._admission = Admission(_ROOM)
        self._killers: set[str] = set()
        self._lock = threading.Lock()

    @property
    def memory_bytes(self) -> int:
        """What it takes in memory: measured where it is loaded, else reckoned from its file."""
        loaded = self._session.loaded
        reckoned = self._file.size_bytes + self._file.context_bytes + _PROCESS_BYTES
        if loaded is None or loaded.facts.memory_bytes is None:
            return reckoned
        return loaded.facts.memory_bytes

    @property
    def on_progress(self) -> Callable[[float], None] | None:
        """Called with 0 to 1 while the weights are loaded, from another thread. Set it before the
        first call."""
        return self._session.on_progress

    @on_progress.setter
    def on_progress(self, tell: Callable[[float], None] | None) -> None:
        self._session.on_progress = tell

    @property
    def note(self) -> str | None:
        """What is off on this machine and why, in one line; None where nothing is, or where it is
        not loaded."""
        loaded = self._session.loaded
        return None if loaded is None else loaded.note

    @property
    def buffers(self) -> tuple[str, ...]:
        """Kinds of buffers that the weights lie in, llama.cpp's names; none where it is not
        loaded."""
        loaded = self._session.loaded
        return () if loaded is None else loaded.facts.buffers

    @property
    def pid(self) -> int | None:
        """Process that it is loaded in; None where it is not."""
        loaded = self._session.loaded
        return None if loaded is None else loaded.worker.pid

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
            on_text: Called with each new piece of text, from another thread.
            grammar: GBNF text that the reply follows; not together with `sampling.choices`.
            logit_bias: Token -> what is added to its logit; not together with choices.
            time_limit_s: Wall time in the engine, waiting included, after which the call fails.

        Raises:
            RequestError: This request can't be served; others can.
            ModelError: The model can't answer at all.
        """
        check_request(messages, sampling)
        order = CallOrder(tuple(messages), sampling, grammar, logit_bias, time_limit_s)
        tell = None if on_text is None else _Once(on_text)
        for tried_alone in range(_TRIES_ALONE + 1):
            async with self._inside(alone=tried_alone > 0):
                loaded = await asyncio.shield(asyncio.wrap_future(self._session.ready()))
                try:
                    return await self._ask(loaded, order, tell)
                except WorkerDied as died:
                    death = died.death
            if self._session.is_closed:
                raise ModelError("the model is closed", where=f"model '{self.card.name}'")
            LOG.info("%s: its process died (%s), it is started again", self.card.name, death.words)
            if tell is not None:
                tell.again()
        raise self._refusal(order, death)

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """See `Model.count_tokens`. Loads the model when it is not loaded yet."""
        for _ in range(2):
            loaded = self._session.ready().result()
            try:
                count = loaded.ask("count", messages=messages_to_json(messages)).future.result()
            except WorkerDied as died:
                death = died.death
                continue
            return int(count)
        raise death.error(f"model '{self.card.name}'")

    @property
    def stats(self) -> EngineStats:
        """What the engine has done since it was loaded last: tokens computed and reused, time spent
        where."""
        loaded = self._session.loaded
        if loaded is None:
            return EngineStats()
        try:
            return checked(
                loaded.worker, counters_from_json, loaded.ask("counters").future.result()
            )
        except (WorkerDied, ModelError):
            return EngineStats()

    async def load(self) -> str:
        """Load the weights now, rather than with the first call.

        Returns:
            One line on how it runs: mode, sequences at once, threads, layers on a GPU.
        """
        loaded = await asyncio.shield(asyncio.wrap_future(self._session.ready()))
        options = self._file.options
        threads = f"{options.threads} thread{'s' * (options.threads > 1)}"
        if not options.fixed_threads and options.threads > 1:
            threads = f"up to {threads}, as many as are fastest"
        return ", ".join(
            (
                f"{options.mode} mode",
                f"{options.parallel} at once",
                threads,
                loaded.facts.placement,
            )
        )

    async def measure_rates(self) -> Rates:
        """Load the weights, and time a few batches on them: up to eight seconds.

        Raises:
            ModelError: It can't be loaded, or others ask it now.
        """
        loaded = await asyncio.shield(asyncio.wrap_future(self._session.ready()))
        try:
            with core_shares.at_work(loaded.worker):
                value = await asyncio.wrap_future(loaded.ask("rates").future)
        except WorkerDied as died:
            raise died.death.error(f"model '{self.card.name}'") from None
        return checked(loaded.worker, rates_from_json, value)

    async def close(self) -> None:
        """See `Model.close`. Replies that are not finished end in a `ModelError`; when it returns,
        the process is gone and its memory free."""
        await asyncio.shield(asyncio.wrap_future(self._session.close()))

    @asynccontextmanager
    async def _inside(self, alone: bool) -> AsyncIterator[None]:
        ticket = self._admission.enter(alone)
        try:
            await asyncio.wrap_future(ticket)
            yield
        finally:
            self._admission.leave(ticket)

    async def _ask(self, loaded: LoadedModel, order: CallOrder, tell: _Once | None) -> Reply:
        call = loaded.ask(
            "ask", None if tell is None else tell, order=order.to_json(), stream=tell is not None
        )
        with core_shares.at_work(loaded.worker):
            value = await asyncio.wrap_future(call.future)
        choices = order.sampling.choices
        return checked(loaded.worker, lambda told: reply_from_json(told, choices), value)

    def _refusal(self, order: CallOrder, death: Death) -> ModelError:
        """What becomes of a call that kills the worker each time."""
        where = f"model '{self.card.name}'"
        with self._lock:
            self._killers.add(repr(order))
            many = len(self._killers) >= _MOST_KILLERS
        if many:
            return ModelError(
                f"{_MOST_KILLERS} different calls crashed the model, each of them twice alone",
                where=where,
                got=death.words,
                fix="run `cgr-nb models check`, try another quantisation, or update "
                "llama-cpp-python",
            )
        return RequestError("crashed the model", where=where, got=death.words)


class _Once:
    """Pieces of a reply for a caller, each once, also where the reply is made a second time."""

    def __init__(self, on_text: Callable[[str], None]) -> None:
        self._on_text = on_text
        self._told = 0
        self._skip = 0

    def again(self) -> None:
        """The reply begins anew."""
        self._skip = self._told

    def __call__(self, piece: str) -> None:
        skipped, piece = piece[: self._skip], piece[self._skip :]
        self._skip -= len(skipped)
        if piece:
            self._told += len(piece)
            self._on_text(piece)
