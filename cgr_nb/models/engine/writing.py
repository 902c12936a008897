"""A reply written freely, token by token, up to a stop text or the limit.

Thoughts go before the answer. They count in `max_tokens` like all else, unless the model has a
budget for them: then they have that, and the answer has `max_tokens`.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import Literal

from cgr_nb.models.engine.context import Logits
from cgr_nb.models.engine.request import Request
from cgr_nb.models.engine.sampler import Sampler
from cgr_nb.models.engine.task import Next
from cgr_nb.models.engine.thinking import CLOSING_ROOM, Thinking
from cgr_nb.models.native import Vocabulary
from cgr_nb.models.sampling import ReplyText
from cgr_nb.records import Score
from cgr_nb.thoughts import split_thoughts

__all__ = ["TextDecoder"]


class TextDecoder:
    """One free reply."""

    def __init__(self, request: Request, vocabulary: Vocabulary) -> None:
        """Set out.

        Raises:
            RequestError: The grammar can't be read.
        """
        budget = request.think_tokens
        self.needs = request.sampling.max_tokens
        if budget is not None:
            self.needs += budget + CLOSING_ROOM
        self.text = ""
        self.thoughts = ""
        self.thought_tokens: int | None = None
        self.finish: Literal["stop", "length"] = "length"
        self.count = 0
        self.scores: tuple[Score, ...] | None = None
        self._request = request
        self._sampler = Sampler(vocabulary, request.sampling, request.grammar, request.bias)
        self._vocabulary = vocabulary
        self._made = ReplyText((*request.sampling.stop, *request.stop), request.on_text)
        self._thinking = Thinking(vocabulary, request.opened, budget)
        self._ends: list[int] = []

    def begin(self) -> bool:
        """See `Task.begin`."""
        return True

    def read(self, logits: Logits) -> Next | None:
        """See `Task.read`."""
        token = self._thinking.dictated()
        if token is None:
            token = self._sampler.draw(logits[-1])
            if self._vocabulary.ends(token):
                self.finish = "stop"
                self._finish()
                return None
        self.count += 1
        stopped = self._made.push(self._vocabulary.piece(token))
        self._ends.append(len(self._made.text))
        self._thinking.note(self._made.text)
        if stopped:
            self.finish = "stop"
        elif self.count < self.needs and not self._is_answered:
            return Next(token)
        self._finish()
        return None

    @property
    def _is_answered(self) -> bool:
        """The answer has all the tokens that it may have."""
        if self._request.think_tokens is None:
            return False
        return self.count - self._thinking.tokens >= self._request.sampling.max_tokens

    def _finish(self) -> None:
        whole = self._made.finish()
        self.thoughts, self.text = split_thoughts(whole, self._request.opened)
        if self.thoughts:
            # Tokens that begin before the answer does.
            self.thought_tokens = bisect_left([0, *self._ends[:-1]], len(self.thoughts))

    def free(self) -> None:
        """See `Task.free`."""
        self._sampler.free()
