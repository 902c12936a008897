"""Which of a few texts is the reply: the one that the model finds likeliest as the continuation of
the prompt.

Texts are compared by the sums of their tokens' log-probabilities (`Score.logprob`), which is what
lm-evaluation-harness calls `acc`: not normalised by length. A text that another one begins with
would never lose to that one, whatever the model thinks of where a reply ends; so where the choices
hold such a pair, the logarithm of the probability that the reply ends there is added, for all of
them. Of equals the first one is chosen.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from cgr_nb.records import ModelCard, Score

__all__ = ["decisive", "likeliest", "tells_scores", "why_no_scores"]

_TELLS_SCORES = frozenset({"llama_cpp"})
"""Backends whose replies to choices have scores always, and of a model's own mind: a scripted one's
are made up, and of a server nobody knows before it has answered, unless its card says so."""


def tells_scores(card: ModelCard) -> bool:
    """Whether a model's replies to choices are known to have scores."""
    if card.backend == "openai":
        return card.options.get("scores") not in (None, "", "none")
    return card.backend in _TELLS_SCORES


def why_no_scores(card: ModelCard) -> str:
    """What to say where a model's replies to choices have none."""
    if card.backend != "openai":
        return "the solver tells no log-probabilities of texts"
    return (
        "the solver's server tells no log-probabilities of texts, or its card names no chat"
        " template (`cgr-nb models check` says which)"
    )


def decisive(choices: Sequence[str], scores: Sequence[Score]) -> list[float]:
    """The log-probabilities by which choices are compared, in their order.

    Args:
        choices: The texts.
        scores: One each.
    """
    ends = [score.end_logprob for score in scores]
    # Sorted, a text stands right before one that begins with it, if there is any.
    ordered = sorted(set(choices))
    if None not in ends and any(after.startswith(text) for text, after in pairwise(ordered)):
        return [score.logprob + (score.end_logprob or 0.0) for score in scores]
    return [score.logprob for score in scores]


def likeliest(choices: Sequence[str], scores: Sequence[Score]) -> str:
    """The choice that is the reply, where none is drawn."""
    compared = decisive(choices, scores)
    return choices[compared.index(max(compared))]
