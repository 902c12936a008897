"""The options ranked by the solver's log-probabilities, as scaffolds rank texts, without one.

A scaffold that asks with choices is told which text the solver finds likeliest, and needs no reply
that can be read. What that alone is worth shows here: the question goes to the solver as a program
would ask it, without the options, and their texts are scored behind it. It belongs into every study
whose scaffolds ask with choices or for scores.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from cgr_nb.answer_record import Role
from cgr_nb.arms.context import ArmContext
from cgr_nb.arms.interface import ArmPrompt, Expected, Outcome
from cgr_nb.arms.ranking import By, Over, rank_options

__all__ = ["ScoredDirect"]


@dataclass(frozen=True, slots=True)
class _Parameters:
    """Of arm scored_direct."""

    over: Over = "texts"
    """"texts": of the options, which the prompt does not show; "letters": behind the direct prompt,
    which does."""
    by: By = "acc"
    """Sum of log-probabilities, as a scaffold's choices are compared; "acc_norm": by character;
    "acc_bytes": by byte."""


class ScoredDirect:
    """Is it the program, or only that options are scored and no reply must be read?"""

    Parameters = _Parameters
    summary: ClassVar[str] = "the highest-probability option, scored in one call without a program"
    version: ClassVar[int] = 1
    roles: tuple[Role, ...] = ("solver",)
    needs: tuple[str, ...] = ()

    def __init__(self, parameters: _Parameters) -> None:
        self._over, self._by = parameters.over, parameters.by
        self._template = "scored" if parameters.over == "texts" else "direct"
        self.prompts: Mapping[str, ArmPrompt] = {self._template: ArmPrompt("solver")}

    def expected(self, asks: float) -> Expected:
        """See `Arm.expected`."""
        return Expected(solver_calls=1)

    async def answer(self, ctx: ArmContext) -> Outcome:
        """See `Arm.answer`."""
        return await rank_options(ctx, self._template, self._over, self._by, key="scored")
