"""Chain of thought: one call that may reason before it names a letter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from cgr_nb.answer_record import Role
from cgr_nb.arms.context import ArmContext
from cgr_nb.arms.interface import ArmPrompt, Expected, Outcome
from cgr_nb.models.decoding import Decoding

__all__ = ["ChainOfThought"]


@dataclass(frozen=True, slots=True)
class _Parameters:
    """Of arm cot."""

    decoding: Decoding = field(default=Decoding(max_tokens=512))
    """Sampling of the reply."""


class ChainOfThought:
    """Does a program beat letting the solver reason?"""

    Parameters = _Parameters
    summary: ClassVar[str] = "chain of thought: one call that may reason before answering"
    version: ClassVar[int] = 1
    roles: tuple[Role, ...] = ("solver",)
    needs: tuple[str, ...] = ()
    prompts: Mapping[str, ArmPrompt] = {"cot": ArmPrompt("solver", multi="cot_multi")}

    def __init__(self, parameters: _Parameters) -> None:
        self._decoding = parameters.decoding

    def expected(self, asks: float) -> Expected:
        """See `Arm.expected`."""
        return Expected(solver_calls=1)

    async def answer(self, ctx: ArmContext) -> Outcome:
        """See `Arm.answer`."""
        reply = await ctx.call("solver", ctx.prompt("cot"), self._decoding, key="cot")
        return Outcome.read(ctx.read(reply))
