"""What `ask` returns to a program: the text of the reply, with what else is known of it."""

from __future__ import annotations

__all__ = ["Reply"]


class Reply(str):
    """A text like any other; what is made of it (`strip`, slices, ...) is a plain text."""

    __slots__ = ("finish", "scores")

    finish: str
    """"stop", or "length" where the solver was cut at max_tokens."""
    scores: dict[str, float] | None
    """Choice -> its log-probability; None where scores were not asked for."""

    @classmethod
    def of(cls, text: str, finish: str, scores: dict[str, float] | None) -> Reply:
        """A reply with its parts."""
        made = cls(text)
        made.finish, made.scores = finish, scores
        return made
