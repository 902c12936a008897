"""How likely a model finds each of a few texts as the whole continuation of a prompt.

Each text's tokens are given to the model one after the other behind the prompt, and the logarithms
of their probabilities among the whole vocabulary are added up; then that of the reply's end. The
prompt is computed once: a text is set behind it, and taken back for the next. No text's score
depends on the other texts (but for where they begin, see `continuations`).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np

from cgr_nb.errors import RequestError
from cgr_nb.models.choices import decisive, likeliest
from cgr_nb.models.engine.context import Logits
from cgr_nb.models.engine.request import Request
from cgr_nb.models.engine.sampler import Sampler
from cgr_nb.models.engine.task import Jump, Unfinished
from cgr_nb.models.native import Vocabulary
from cgr_nb.records import Score
from cgr_nb.util.surrogates import escape_surrogates

__all__ = ["ContinuationScorer"]

_LEAST = -1e9
"""In place of minus infinity, which no JSON holds: of a token that the model rules out."""


class ContinuationScorer:
    """The choices of one request."""

    def __init__(self, request: Request, vocabulary: Vocabulary) -> None:
        """Nothing is computed yet."""
        self._request = request
        self._sampler = Sampler(vocabulary, request.sampling)
        self._ends = vocabulary.end_tokens + request.end_tokens
        self._paths = request.continuations
        self.needs = max(map(len, self._paths))
        self.text = self.thoughts = ""
        self.thought_tokens: int | None = None
        self.finish: Literal["stop", "length"] = "stop"
        self.count = 0
        self.scores: tuple[Score, ...] | None = None
        self._sums = [0.0] * len(self._paths)
        self._end_logprobs: list[float] = []
        self._read = 0
        self._is_prompt = True

    def begin(self) -> bool:
        """See `Task.begin`."""
        return True

    def read(self, logits: Logits) -> Jump | Unfinished | None:
        """See `Task.read`."""
        if self._is_prompt:
            first = [path[0] for path in self._paths]
            self._sums = _log_probabilities(logits[-1], first)
            self._is_prompt = False
            return self._next()
        number = len(self._end_logprobs)
        path = self._paths[number]
        for row in logits:
            self._read += 1
            if self._read < len(path):
                self._sums[number] += _log_probabilities(row, [path[self._read]])[0]
            else:
                self._end_logprobs.append(_log_sum(_log_probabilities(row, self._ends)))
        return self._next() if len(self._end_logprobs) > number else Unfinished()

    def free(self) -> None:
        """See `Task.free`."""
        self._sampler.free()

    def _next(self) -> Jump | None:
        number = len(self._end_logprobs)
        if number < len(self._paths):
            self._read = 0
            return Jump(self._paths[number])
        self._finish()
        return None

    def _finish(self) -> None:
        choices, sampling = self._request.sampling.choices, self._request.sampling
        made = {
            text: Score(
                logprob=self._sums[number],
                tokens=len(self._paths[number]),
                bytes=len(escape_surrogates(text).encode()),
                end_logprob=self._end_logprobs[number],
            )
            for number, text in enumerate(dict.fromkeys(choices))
        }
        self.scores = tuple(made[choice] for choice in choices)
        if sampling.temperature == 0:
            self.text = likeliest(choices, self.scores)
        else:
            sums = decisive(tuple(made), tuple(made.values()))
            self.text = tuple(made)[self._sampler.draw_among(range(len(sums)), sums)]
        self.count = made[self.text].tokens
        if self._request.on_text is not None:
            self._request.on_text(self.text)


def _log_probabilities(row: Logits, tokens: Sequence[int]) -> list[float]:
    """Logarithms of the probabilities of some tokens, from one row of logits.

    Raises:
        RequestError: The row holds no numbers.
    """
    top = row.max()
    whole = float(top) + math.log(float(np.exp(row - top).sum(dtype=np.float64)))
    if not math.isfinite(whole):
        raise RequestError("the model gives no probabilities", got=f"a logit of {float(top)}")
    return [min(0.0, max(_LEAST, float(row[token]) - whole)) for token in tokens]


def _log_sum(values: Sequence[float]) -> float:
    """Logarithm of the sum of exponentials, without overflow."""
    top = max(values)
    return min(0.0, top + math.log(sum(math.exp(value - top) for value in values)))
