"""The words of one call to a model: what is asked, how, and what comes back.

Records like those of `records`, which hands them on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cgr_nb.util.quick_records import quick

__all__ = ["Message", "ModelCall", "Reply", "Sampling", "Score", "Served"]


@quick
@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation with a model."""

    role: Literal["system", "user", "assistant"]
    content: str


@quick
@dataclass(frozen=True, slots=True)
class Sampling:
    """How a reply is sampled. Part of a call's identity."""

    max_tokens: int = 256
    """Most tokens a reply may have; a reply cut there finishes with "length"."""
    temperature: float = 0.0
    """0 is greedy."""
    top_p: float = 1.0
    top_k: int = 0
    """0 switches the cut off."""
    min_p: float = 0.0
    seed: int = 0
    """Explicit always; 0 is a seed like any other."""
    stop: tuple[str, ...] = ()
    """Texts that end the reply; not part of it."""
    choices: tuple[str, ...] = ()
    """When not empty, the reply is exactly one of these texts: the one that the model finds
    likeliest as a whole (see `models.choices`), or, where temperature is not 0, one that is drawn
    among them by these probabilities. The model is not shown them, and writes nothing."""


@dataclass(frozen=True, slots=True)
class Served:
    """Which server gave a reply, and how: told beside a call, and no part of what the call is."""

    address: str
    """Base address of the server."""
    model: str | None
    """Name of the model that answered, as the server tells it; None when it tells none."""
    fingerprint: str | None
    """What the server calls its own state (`system_fingerprint`); None when it tells none."""
    choosing: str | None
    """How it was held to choices (see `models.dialects`), or told how likely they are
    (`models.told_tokens`). None without choices, and where it holds to them in no way that is
    known: then the model's own reply was one of them."""
    folded: bool
    """The system turn was put before the first user turn: the server takes none."""
    estimated: tuple[str, ...]
    """Counts of the reply that the server did not tell, "prompt_tokens" or "reply_tokens": they are
    estimates."""


@quick
@dataclass(frozen=True, slots=True)
class Score:
    """How likely a model finds one text as the continuation of a prompt."""

    logprob: float
    """Sum over its tokens of the natural logarithm of each one's probability among the whole
    vocabulary; at most 0."""
    tokens: int
    """Tokens of the text, the end of the turn not counted."""
    bytes: int
    """Bytes of the text in UTF-8."""
    end_logprob: float | None = None
    """Natural logarithm of the probability that the reply ends behind it: of all tokens that end a
    reply, and, of a model that is known to end its replies with a text, of that text's first token.
    None where nobody told."""


@quick
@dataclass(frozen=True, slots=True)
class Reply:
    """What a model gave back for one prompt."""

    text: str
    """The reply as decoded, never trimmed or rewritten, from where its thoughts end: the answer.
    Empty where the model was cut while it thought."""
    finish: Literal["stop", "length"]
    """"stop": the model or a stop text ended it; "length": cut at max_tokens."""
    prompt_text: str
    """The prompt after the model's chat template, as it was tokenised."""
    prompt_tokens: int
    reply_tokens: int
    duration_s: float
    """Wall time of this reply, waiting in a queue not included."""
    scores: tuple[Score, ...] | None = None
    """Of each of `Sampling.choices`, in their order, not normalised. None without choices, and from
    backends that tell none."""
    thoughts: str = ""
    """What the model said to itself before its answer, as decoded, marks and all: `thoughts + text`
    is what it wrote. A server that tells thoughts apart tells them without marks. Empty where it
    thought nothing."""
    thought_tokens: int | None = None
    """Tokens of `thoughts`, which count in `reply_tokens` too; None where there are no thoughts, or
    nobody counted."""
    served: Served | None = None
    """How a server gave it; None for models of this machine, and where it is not on record."""

    @property
    def is_cut_thought(self) -> bool:
        """There are thoughts and no answer: it can't be read, whatever the thoughts say."""
        return bool(self.thoughts.strip()) and not self.text.strip()


@quick
@dataclass(frozen=True, slots=True)
class ModelCall:
    """One call to a model, solver or generator, as it is kept in the store."""

    id: str
    """Content hash of (model identity, messages, sampling); two studies can share it."""
    model: str
    """ModelCard.name."""
    messages: tuple[Message, ...]
    sampling: Sampling
    reply: Reply | None
    """None when the call failed; then `error` says why."""
    error: str | None = None
    """"context_overflow: ..." or "refused: ..." and why; None when there is a reply."""
