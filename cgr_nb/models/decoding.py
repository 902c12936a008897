"""How replies of one kind are sampled: a `Sampling` without seed, stop texts and choices."""

from __future__ import annotations

from dataclasses import dataclass

from cgr_nb.records import Sampling

__all__ = ["Decoding"]


@dataclass(frozen=True, slots=True)
class Decoding:
    """How replies of one kind are sampled."""

    max_tokens: int = 256
    temperature: float = 0.0
    top_p: float = 1.0
    top_k: int = 0
    min_p: float = 0.0

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
