"""A request that has a slot in memory, from its first prompt token to the end of its reply."""

from __future__ import annotations

import time

from cgr_nb.models.engine.context import Context, Logits
from cgr_nb.models.engine.kv_cache import KvCache, Prefix
from cgr_nb.models.engine.request import Request
from cgr_nb.models.engine.task import Next, Task, Unfinished
from cgr_nb.records import Reply

__all__ = ["LiveSequence", "reply_of"]


class LiveSequence:
    """One sequence at work."""

    def __init__(
        self, request: Request, task: Task, memory: KvCache, context: Context, prefix: Prefix
    ) -> None:
        """Take a slot in memory; there must be room (see `KvCache.fits`).

        Args:
            request: What is asked.
            task: The reply in the making.
            memory: Where the slot is.
            context: What computes it.
            prefix: Tokens that are computed already.
        """
        self.request = request
        self.slot = memory.open(request.tokens, prefix, task.needs)
        """Where it lies; to be changed when it is moved."""
        self.pending = request.tokens[prefix.count :]
        """Tokens to compute before logits are read again."""
        self._task = task
        self._memory = memory
        self._context = context
        self._position = prefix.count
        self._reads = 1  # tokens at the end of those pending, after each of which logits are read
        self._started = time.perf_counter()

    @property
    def position(self) -> int:
        """Tokens of it that are computed."""
        return self._position

    @property
    def is_prompt(self) -> bool:
        """Its prompt is not computed yet."""
        return self._position < len(self.request.tokens)

    @property
    def is_long(self) -> bool:
        """It has more to compute than the one row whose logits are read."""
        return len(self.pending) > 1

    def rows(self, room: int, reads: int) -> int:
        """How many pending tokens go into a batch.

        Args:
            room: Tokens that it has room for.
            reads: Rows of logits that it has for this sequence, at least one.
        """
        layout, wanted = self._context.layout, len(self.pending)
        if layout.abreast and self.is_long:
            wanted -= 1
        if not layout.shared:
            # Long prompts are cut at the same slots whether their beginning is reused or not.
            room = min(room, layout.batch - self._position % layout.batch)
        return min(room, wanted, len(self.pending) - self._reads + reads)

    def fill(self, rows: int) -> int:
        """Put up to so many pending tokens into the batch; how many rows of logits will be read."""
        tokens = self.pending[:rows]
        reads = max(0, len(tokens) - (len(self.pending) - self._reads))
        self._context.add(tokens, self._position, self.slot, reads)
        return reads

    def advance(self, rows: int) -> None:
        """Note that the batch with so many of the pending tokens has been computed."""
        del self.pending[:rows]
        self._position += rows
        self._reads = min(self._reads, len(self.pending))
        self._memory.computed(self.slot, self._position)

    def read(self, logits: Logits) -> Reply | None:
        """Go on from rows of logits; the reply when it is complete."""
        move = self._task.read(logits)
        if move is None:
            return reply_of(self.request, self._task, time.perf_counter() - self._started)
        if isinstance(move, Next):
            self._memory.extend(self.slot, move.token)
            self.pending, self._reads = [move.token], 1
        elif not isinstance(move, Unfinished):
            self._go_to(move.path)
        return None

    def leave(self) -> None:
        """Give the slot back."""
        self._memory.close(self.slot)
        self._task.free()

    def _go_to(self, path: tuple[int, ...]) -> None:
        """Take memory back to the end of the prompt, where this path begins."""
        prompt = self.request.tokens
        if self._context.trim(self.slot, len(prompt)):
            self._position, self.pending = len(prompt), list(path)
        else:
            self._context.trim(self.slot, 0)
            self._position, self.pending = 0, [*prompt, *path]
        self._reads = len(path)


def reply_of(request: Request, task: Task, duration_s: float) -> Reply:
    """What a task has made of a request."""
    return Reply(
        text=task.text,
        finish=task.finish,
        prompt_text=request.text,
        prompt_tokens=len(request.tokens),
        reply_tokens=task.count,
        duration_s=duration_s,
        scores=task.scores,
        thoughts=task.thoughts,
        thought_tokens=task.thought_tokens,
    )
