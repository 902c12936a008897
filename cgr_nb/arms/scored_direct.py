"""The options ranked by the solver's log-probabilities, as a scaffold ranks texts, but without one.

A scaffold that calls `ask` with choices receives the text that the solver finds most probable, and
needs no parseable reply. This arm measures what that alone is worth: the solver is asked the
question as a program would ask it, without the options, and the option texts are scored as
continuations. Include it in every study whose scaffolds ask with choices or for scores.
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
    """"texts": the option texts, which the prompt does not list; "letters": the letters, after the
    direct prompt, which lists the options.
    """
    by: By = "acc"
    """"acc": sum of log-probabilities, as in a scaffold's choices; "acc_norm": per character;
    "acc_bytes": per byte.
    """


class ScoredDirect:
    """Is it the program, or only that options are scored, so that no reply has to be parsed?"""

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
