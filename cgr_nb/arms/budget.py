"""What an arm may spend on one item, held while it spends."""

from __future__ import annotations

from dataclasses import dataclass

from cgr_nb.answer_record import Role
from cgr_nb.errors import CgrError
from cgr_nb.records import Reply

__all__ = ["Budget", "OutOfBudget", "Spending"]


class OutOfBudget(CgrError):
    """The arm has spent what it may: the last `step` is its answer, status "budget"."""


@dataclass(frozen=True, slots=True)
class Budget:
    """Most that an arm may spend on one item; None: only its own parameters bound it."""

    solver_calls: int | None = None
    generator_calls: int | None = None
    tokens: int | None = None
    """Prompt and reply tokens of both models. The last reply is cut to what is left; its prompt,
    and the asks of a program that is running, may go beyond."""

    @property
    def is_bounded(self) -> bool:
        """Whether there is any bound."""
        return (self.solver_calls, self.generator_calls, self.tokens) != (None, None, None)


class Spending:
    """Calls and tokens of one answer, counted as they are begun."""

    def __init__(self, budget: Budget) -> None:
        self.budget = budget
        self.solver_calls = 0
        self.generator_calls = 0
        self.tokens = 0

    def take(self, role: Role, max_tokens: int) -> int:
        """Take leave for one call, before it begins.

        Returns:
            The most tokens that its reply may have.

        Raises:
            OutOfBudget: There is none left.
        """
        left = self.left(role)
        if left is not None and left < 1:
            raise OutOfBudget(f"the budget of {role} calls is spent")
        tokens = self._tokens_left()
        if role == "solver":
            self.solver_calls += 1
        else:
            self.generator_calls += 1
        return max_tokens if tokens is None else min(max_tokens, tokens)

    def left(self, role: Role) -> int | None:
        """Calls to a model that may still be made; None: as many as one likes."""
        budget = self.budget
        if role == "solver":
            most, taken = budget.solver_calls, self.solver_calls
        else:
            most, taken = budget.generator_calls, self.generator_calls
        return None if most is None else max(most - taken, 0)

    def pay(self, reply: Reply) -> None:
        """Count the tokens of a call that was served."""
        self.tokens += reply.prompt_tokens + reply.reply_tokens

    def count(self, solver_calls: int, tokens: int) -> None:
        """Count what a program has asked."""
        self.solver_calls += solver_calls
        self.tokens += tokens

    def mark(self) -> tuple[int, int, int]:
        """What is spent so far."""
        return self.solver_calls, self.generator_calls, self.tokens

    def back_to(self, mark: tuple[int, int, int]) -> None:
        """Take back what was spent after a mark."""
        self.solver_calls, self.generator_calls, self.tokens = mark

    def _tokens_left(self) -> int | None:
        if self.budget.tokens is None:
            return None
        left = self.budget.tokens - self.tokens
        if left < 1:
            raise OutOfBudget("the budget of tokens is spent", got=f"{self.tokens:,} tokens")
        return left
