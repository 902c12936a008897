"""Which requests are begun when; what they compute next is for `batches`.

Requests are begun in the order they came, as far as slots and memory allow. One exception: a
prompt whose beginning a live sequence is just computing waits for it, and those behind it may go
first.
"""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from itertools import islice

from cgr_nb.errors import ContextOverflow, RequestError
from cgr_nb.models.engine.batches import Batches
from cgr_nb.models.engine.context import Context
from cgr_nb.models.engine.kv_cache import KvCache
from cgr_nb.models.engine.request import Request
from cgr_nb.models.engine.scoring import ContinuationScorer
from cgr_nb.models.engine.sequence import LiveSequence, reply_of
from cgr_nb.models.engine.stats import EngineStats
from cgr_nb.models.engine.task import Task
from cgr_nb.models.engine.writing import TextDecoder
from cgr_nb.models.native import Vocabulary

__all__ = ["Scheduler"]

_WORTH_WAITING = 16
"""Tokens that another sequence must be about to compute before a prompt waits for them."""
_LOOK_S = 0.05
"""How often requests that wait are looked through for those that nobody waits for."""
_LOOK_AHEAD = 2
"""Waiting requests that are looked at for one that can begin, in multiples of those at work."""


@dataclass(eq=False, slots=True)
class _Waiting:
    request: Request
    task: Task


class Scheduler:
    """The requests of one engine. Used by its thread only."""

    def __init__(
        self,
        context: Context,
        memory: KvCache,
        vocabulary: Vocabulary,
        name: str,
        window: int,
        parallel: int,
    ) -> None:
        """Nothing is asked yet.

        Args:
            context: What computes.
            memory: Its slots.
            vocabulary: The model's tokens.
            name: What errors call the model.
            window: Tokens that one prompt and its reply may have together.
            parallel: Most sequences at work at once.
        """
        self.stats = EngineStats()
        self._context = context
        self._memory = memory
        self._vocabulary = vocabulary
        self._name = name
        self._window = window
        self._parallel = parallel
        self._batches = Batches(context, memory, self.stats, name, window)
        self._waiting: deque[_Waiting] = deque()
        self._looked = 0.0

    @property
    def is_idle(self) -> bool:
        """Nothing waits and nothing runs."""
        return not self._waiting and not self._batches.live

    def add(self, request: Request) -> None:
        """Take a request in, behind those that wait. One that can't be served fails here."""
        if request.gone:
            return
        try:
            task = self._task(request)
            must_compute = task.begin()
        except Exception as error:
            request.fail(error)
            return
        if must_compute:
            self._waiting.append(_Waiting(request, task))
        else:
            self._count(request, 0)
            request.succeed(reply_of(request, task, 0.0))
            task.free()

    def step(self) -> None:
        """Compute a batch or a few, and hand over what is finished."""
        started, before = time.perf_counter(), self._context.computing_s
        self._drop()
        if min(len(self._waiting), self._parallel - len(self._batches.live)) > 1:
            # Several that begin together are computed together, if they lie side by side.
            self._batches.pack()
        self._admit()
        self._batches.pack()
        self._batches.compute(self._admit)
        stats = self.stats
        stats.working_s += time.perf_counter() - started
        stats.computing_s += self._context.computing_s - before

    def fail(self, error: BaseException) -> None:
        """End everything that waits or runs with an error."""
        self._batches.fail(error)
        while self._waiting:
            waiting = self._waiting.popleft()
            waiting.request.fail(error)
            waiting.task.free()

    def _task(self, request: Request) -> Task:
        sampling, prompt = request.sampling, len(request.tokens)
        task = (ContinuationScorer if sampling.choices else TextDecoder)(request, self._vocabulary)
        if prompt + task.needs > self._window:
            task.free()
            raise ContextOverflow(
                "prompt and reply do not fit the context window",
                where=self._name,
                got=f"{prompt} prompt tokens + {task.needs} reply tokens > {self._window}",
                fix="shorten the prompt, lower max_tokens or use a model with a larger window",
            )
        return task

    def _drop(self) -> None:
        """Let go of requests that nobody waits for, or whose time is up."""
        for live in [live for live in self._batches.live if self._is_over(live.request)]:
            self._batches.end(live)
        now = time.monotonic()
        if now - self._looked > _LOOK_S:
            self._looked = now
            for waiting in [one for one in self._waiting if self._is_over(one.request)]:
                self._leave_queue(waiting)

    def _leave_queue(self, waiting: _Waiting) -> None:
        self._waiting.remove(waiting)
        waiting.task.free()

    def _is_over(self, request: Request) -> bool:
        if request.late:
            request.fail(
                RequestError(
                    "the reply timed out",
                    where=self._name,
                    got=f"{request.time_limit_s:g} s",
                    fix="raise the time limit, lower max_tokens, or send fewer requests at once",
                )
            )
        return request.gone

    def _admit(self) -> None:
        """Begin what can be begun."""
        for waiting in list(islice(self._waiting, _LOOK_AHEAD * self._parallel)):
            if len(self._batches.live) == self._parallel:
                break
            if self._is_over(waiting.request):
                self._leave_queue(waiting)
                continue
            tokens, task = waiting.request.tokens, waiting.task
            prefix = self._memory.prefix(tokens)
            if self._batches.live and prefix.coming - prefix.count >= _WORTH_WAITING:
                continue
            if not self._memory.fits(len(tokens), prefix, task.needs):
                break
            self._waiting.remove(waiting)
            self._batches.live.append(
                LiveSequence(waiting.request, task, self._memory, self._context, prefix)
            )
            self._count(waiting.request, prefix.count)

    def _count(self, request: Request, reused: int) -> None:
        self.stats.requests += 1
        self.stats.prompt_tokens += len(request.tokens)
        self.stats.reused_tokens += reused
