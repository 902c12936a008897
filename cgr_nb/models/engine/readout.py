"""A reply that is one of a few texts, read out of logits, with the probability of each.

Every fork of the choices' token tree is computed, so each choice has its probability under the
constraint; letters part at their first token and cost no pass beyond the prompt. The text itself is
found by a walk from the root that decides fork by fork, as constrained decoding does: at
temperature 0 it takes the likeliest token of each fork, else it draws.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

from cgr_nb.models.choices import ChoiceTree, Fork, Leaf
from cgr_nb.models.engine.context import Logits
from cgr_nb.models.engine.request import Request
from cgr_nb.models.engine.sampler import Sampler
from cgr_nb.models.engine.task import Jump
from cgr_nb.models.native import Vocabulary

__all__ = ["ChoiceDecoder"]


class ChoiceDecoder:
    """One choice."""

    def __init__(self, request: Request, vocabulary: Vocabulary) -> None:
        """Build the tree of the choices.

        Raises:
            RequestError: Two choices have the same tokens.
        """
        self._request = request
        self._tree = ChoiceTree(
            request.sampling.choices,
            lambda text: vocabulary.tokenise(text, False),
            vocabulary.end_of_turn,
        )
        self._sampler = Sampler(vocabulary, request.sampling)
        self.needs = self._tree.longest
        self.text = self.thoughts = ""
        self.thought_tokens: int | None = None
        self.finish: Literal["stop", "length"] = "stop"
        self.count = 0
        self.logprobs: tuple[float, ...] | None = None
        self._open: list[tuple[Fork, float]] = []
        self._logits: dict[tuple[int, ...], list[float]] = {}
        self._found: dict[str, list[float]] = {}

    def begin(self) -> bool:
        """See `Task.begin`."""
        self._reach(self._tree.first(), 0.0)
        if self._open:
            return True
        self._finish()
        return False

    def read(self, logits: Logits) -> Jump | None:
        """See `Task.read`."""
        fork, logprob = self._open.pop()
        scores = [float(logits[way]) for way in fork.ways]
        self._logits[fork.path] = scores
        whole = _log_sum(scores)
        for way, score in zip(fork.ways, scores, strict=True):
            self._reach(self._tree.follow(fork, way), logprob + score - whole)
        if not self._open:
            self._finish()
            return None
        return Jump(self._open[-1][0].path)

    def free(self) -> None:
        """See `Task.free`."""
        self._sampler.free()

    def _reach(self, place: Fork | Leaf, logprob: float) -> None:
        if isinstance(place, Fork):
            self._open.append((place, logprob))
        else:
            self._found.setdefault(place.choice, []).append(logprob)

    def _finish(self) -> None:
        place = self._tree.first()
        while isinstance(place, Fork):
            way = self._sampler.draw_among(place.ways, self._logits[place.path])
            place = self._tree.follow(place, way)
        self.text, self.count = place.choice, place.tokens
        choices = self._request.sampling.choices
        self.logprobs = tuple(_log_sum(self._found[choice]) for choice in choices)
        if self._request.on_text is not None:
            self._request.on_text(self.text)


def _log_sum(values: Sequence[float]) -> float:
    """Logarithm of the sum of exponentials, without overflow."""
    top = max(values)
    return top + math.log(sum(math.exp(value - top) for value in values))
