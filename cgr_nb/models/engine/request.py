"""What is asked of the engine, and how the answer comes back."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field

from cgr_nb.records import Reply, Sampling

__all__ = ["Request"]


@dataclass(eq=False, slots=True)
class Request:
    """One prompt on its way to a reply.

    `future` stays pending until the reply is there, so that it can be cancelled at any moment; the
    engine looks at it between two batches.
    """

    text: str
    """The prompt as it was tokenised."""
    tokens: list[int]
    sampling: Sampling
    on_text: Callable[[str], None] | None = None
    """Called on the engine's thread: what it takes, every other reply waits."""
    grammar: str | None = None
    """GBNF text that the reply follows; not together with choices."""
    bias: Mapping[int, float] | None = None
    """Token -> what is added to its logit; not together with choices."""
    time_limit_s: float | None = None
    """Wall time from submission, waiting included, after which the request fails."""
    opened: str = ""
    """The mark with which the prompt has opened a thought; "" where it has not."""
    stop: tuple[str, ...] = ()
    """Texts of the model's own that end the reply, beside those of the sampling."""
    think_tokens: int | None = None
    """Most tokens of thoughts; None where they count in `max_tokens`."""
    continuations: tuple[tuple[int, ...], ...] = ()
    """Tokens of each of the sampling's choices, each once, behind `tokens`."""
    end_tokens: tuple[int, ...] = ()
    """Tokens of the model's own that end a reply, beside those that the vocabulary knows."""
    submitted: float = field(default_factory=time.monotonic)
    future: Future[Reply] = field(default_factory=Future)

    @property
    def gone(self) -> bool:
        """Nobody waits for it any more."""
        return self.future.done()

    @property
    def late(self) -> bool:
        """Its time is up."""
        limit = self.time_limit_s
        return limit is not None and time.monotonic() - self.submitted > limit

    def succeed(self, reply: Reply) -> None:
        """Hand the reply over, unless the caller has left."""
        if not self.future.done() and self.future.set_running_or_notify_cancel():
            self.future.set_result(reply)

    def fail(self, error: BaseException) -> None:
        """Hand an error over, unless the caller has left."""
        if not self.future.done() and self.future.set_running_or_notify_cancel():
            self.future.set_exception(error)
