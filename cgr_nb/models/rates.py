"""How fast a model computes here: a short prompt and a few tokens of replies, timed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["Rates"]


@dataclass(frozen=True, slots=True)
class Rates:
    """What was measured, with short contexts: long ones are slower."""

    prompt_tokens_per_s: float
    reply_tokens_per_s: float
    """Of one reply alone."""
    together: int
    """Replies at once, as many as its mode computes in a batch."""
    reply_tokens_per_s_together: float
    """Of all of them, each token counted."""
    prompt_threads: int
    reply_threads: int

    def seconds(self, prompt_tokens: float, reply_tokens: float) -> float:
        """Time for prompts and replies, with as many at once as the mode computes."""
        best = max(self.reply_tokens_per_s, self.reply_tokens_per_s_together)
        return prompt_tokens / self.prompt_tokens_per_s + reply_tokens / best

    def __str__(self) -> str:
        """In words."""
        threads = {self.prompt_threads, self.reply_threads}
        by = (
            f"{threads.pop()} thread(s)"
            if len(threads) == 1
            else f"{self.prompt_threads} threads for prompts, {self.reply_threads} for replies"
        )
        text = (
            f"prompts {self.prompt_tokens_per_s:,.0f} tokens/s, a reply "
            f"{self.reply_tokens_per_s:,.1f} tokens/s"
        )
        if self.together > 1:
            text += f", {self.together} at once {self.reply_tokens_per_s_together:,.1f}"
        return f"{text}; {by}"

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Rates:
        """As a worker tells them.

        Raises:
            ValueError: It tells something else.
        """
        rates = cls(**data)
        numbers = (
            rates.prompt_tokens_per_s,
            rates.reply_tokens_per_s,
            rates.reply_tokens_per_s_together,
        )
        counts = (rates.together, rates.prompt_threads, rates.reply_threads)
        if not all(type(one) is float and 0 < one < 1e12 for one in numbers):
            raise ValueError("rates that are no positive numbers")
        if not all(type(one) is int and 0 < one < 100_000 for one in counts):
            raise ValueError("counts that are no positive numbers")
        return rates
