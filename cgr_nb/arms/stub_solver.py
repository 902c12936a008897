"""Stub solver: the item's own scaffold, with a solver that answers at random.

A reply is a random one of the choices if the program gives any, and otherwise a random option of
the item with its letter, so that the program finds a letter or a number, whichever it looks for. If
the stub does as well as the solver, the program did the work.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from cgr_nb.answer_record import Role
from cgr_nb.arms.context import ArmContext
from cgr_nb.arms.interface import ArmPrompt, Expected, NoParameters, Outcome
from cgr_nb.arms.solver_stand_in import stub

__all__ = ["StubSolver"]


class StubSolver:
    """Does the solver matter to the program at all?"""

    Parameters = NoParameters
    summary: ClassVar[str] = "the item's own scaffold, with a solver that answers at random"
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
        scaffold = await ctx.scaffold()
        if scaffold.program_id is None:
            return Outcome.of_run(None)
        behind = stub(ctx.seed, scaffold.program_id, ctx.item)
        run = await ctx.run(scaffold, behind=behind)
        return Outcome.of_run(run, program_id=scaffold.program_id)
