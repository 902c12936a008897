"""How replies of one kind are sampled: a `Sampling` without seed, stop texts and choices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from cgr_nb.records import Sampling
from cgr_nb.util.constraints import Between

__all__ = ["Decoding"]


@dataclass(frozen=True, slots=True)
class Decoding:
    """How replies of one kind are sampled."""

    max_tokens: Annotated[int, Between(1, 1_000_000)] = 256
    """Maximum number of tokens of a reply; a truncated reply is used as it is."""
    temperature: Annotated[float, Between(0, 100)] = 0.0
    """0 is greedy."""
    top_p: Annotated[float, Between(0, 1, above=True)] = 1.0
    """Nucleus sampling: sample from the most probable tokens with this total probability."""
    top_k: Annotated[int, Between(0, 10_000_000)] = 0
    """Sample from this many of the most probable tokens; 0: off."""
    min_p: Annotated[float, Between(0, 1)] = 0.0
    """Sample from tokens with at least this fraction of the highest token probability."""

    def sampling(
        self,
        seed: int,
        *,
        max_tokens: int | None = None,
        temperature: float | None = None,
        choices: tuple[str, ...] = (),
    ) -> Sampling:
        """One call's sampling.

        Args:
            seed: Of a reply that is drawn; greedy ones have 0, so that equal prompts share one
                call.
            max_tokens: Fewer than the own number; more are not given.
            temperature: Instead of the own one.
            choices: See `Sampling.choices`.
        """
        warmth = self.temperature if temperature is None else temperature
        most = self.max_tokens
        return Sampling(
            max_tokens=most if max_tokens is None else min(max_tokens, most),
            temperature=warmth,
            top_p=self.top_p,
            top_k=self.top_k,
            min_p=self.min_p,
            seed=seed if warmth > 0 else 0,
            choices=choices,
        )
