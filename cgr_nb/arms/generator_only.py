"""Generator-only: the generator's own answer, as stated in its program before any solver call.

GENERATOR_ANSWER is read after the module has been executed and before `solve` is called, so it does
not depend on the solver of that run. The run is that of the assisted answer, and its cost is not
attributed to this arm.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from cgr_nb.answer_record import Role
from cgr_nb.arms.context import ArmContext
from cgr_nb.arms.interface import ArmPrompt, Expected, NoParameters, Outcome
from cgr_nb.arms.refusal import Refusal

__all__ = ["GeneratorOnly"]


class GeneratorOnly:
    """Is the scaffold only a way to hand over the generator's answer?"""

    Parameters = NoParameters
    summary: ClassVar[str] = "the answer that the generator states in its program"
    version: ClassVar[int] = 1
    roles: tuple[Role, ...] = ("generator",)
    needs: tuple[str, ...] = ()
    prompts: Mapping[str, ArmPrompt] = {
        "generator": ArmPrompt("generator", multi="generator_multi")
    }

    def __init__(self, parameters: NoParameters) -> None:
        del parameters

    def expected(self, asks: float) -> Expected:
        """See `Arm.expected`."""
        return Expected()

    async def answer(self, ctx: ArmContext) -> Outcome:
        """See `Arm.answer`."""
        try:
            scaffold = await ctx.scaffold()
        except Refusal as refusal:
            return Outcome((), "none", "the generator could not be asked", error=refusal.what)
        if scaffold.program_id is None:
            detail = "the generator's reply holds no program"
            return Outcome((), "none", detail, {"scaffold_id": scaffold.id})
        run = await ctx.look_at(scaffold)
        letters = tuple(run.generator_answer or ())
        return Outcome(
            letters,
            "answered" if letters else "none",
            "GENERATOR_ANSWER of the program",
            {"scaffold_id": scaffold.id, "program_id": scaffold.program_id},
            run.difficulty,
        )
