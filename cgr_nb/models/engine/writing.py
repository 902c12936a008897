"""A reply written freely, token by token, up to a stop text or the limit."""

from __future__ import annotations

from typing import Literal

from cgr_nb.models.engine.context import Logits
from cgr_nb.models.engine.request import Request
from cgr_nb.models.engine.sampler import Sampler
from cgr_nb.models.engine.task import Next
from cgr_nb.models.native import Vocabulary
from cgr_nb.models.sampling import ReplyText

__all__ = ["Writing"]


class Writing:
    """One free reply."""

    def __init__(self, request: Request, vocabulary: Vocabulary) -> None:
        """Set out.

        Raises:
            RequestError: The grammar can't be read.
        """
        self.needs = request.sampling.max_tokens
        self.text = ""
        self.finish: Literal["stop", "length"] = "length"
        self.count = 0
        self.logprobs: tuple[float, ...] | None = None
        self._sampler = Sampler(vocabulary, request.sampling, request.grammar, request.bias)
        self._vocabulary = vocabulary
        self._made = ReplyText(request.sampling.stop, request.on_text)

    def begin(self) -> bool:
        """See `Task.begin`."""
        return True

    def read(self, logits: Logits) -> Next | None:
        """See `Task.read`."""
        token = self._sampler.draw(logits)
        if self._vocabulary.ends(token):
            self.finish = "stop"
        else:
            self.count += 1
            if self._made.push(self._vocabulary.piece(token)):
                self.finish = "stop"
            elif self.count < self.needs:
                return Next(token)
        self.text = self._made.finish()
        return None

    def free(self) -> None:
        """See `Task.free`."""
        self._sampler.free()
