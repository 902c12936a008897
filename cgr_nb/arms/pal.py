"""Program-aided: the generator writes a program that computes the answer by itself.

Source: Gao et al. 2022, arXiv 2211.10435. The program runs in the sandbox like any other, and `ask`
raises an exception. The solver is not involved: the arm shows what the generator's code can do
alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar

from cgr_nb.answer_record import Role
from cgr_nb.arms.context import ArmContext
from cgr_nb.arms.interface import ArmPrompt, Expected, NoParameters, Outcome
from cgr_nb.arms.requests import Request, Settings, template_request
from cgr_nb.arms.solver_stand_in import NOBODY
from cgr_nb.records import Item, ModelCard

__all__ = ["ProgramAided"]


class ProgramAided:
    """Does the small solver add anything to the generator's code?"""

    Parameters = NoParameters
    summary: ClassVar[str] = "a generated program that computes the answer without the solver"
    version: ClassVar[int] = 1
    roles: tuple[Role, ...] = ("generator",)
    needs: tuple[str, ...] = ()
    prompts: Mapping[str, ArmPrompt] = {"pal": ArmPrompt("generator", multi="pal_multi")}

    def __init__(self, parameters: NoParameters) -> None:
        del parameters

    def expected(self, asks: float) -> Expected:
        """See `Arm.expected`."""
        return Expected(generator_calls=1)

    def program_requests(
        self, settings: Settings, card: ModelCard, item: Item
    ) -> Iterable[tuple[str, Request]]:
        """See `Writes.program_requests`."""
        return [("pal", template_request(settings, "pal", settings.generator, card, item))]

    async def answer(self, ctx: ArmContext) -> Outcome:
        """See `Arm.answer`."""
        scaffold = await ctx.write(ctx.prompt("pal"), key="pal")
        if scaffold.program_id is None:
            return Outcome.of_run(None)
        run = await ctx.run(scaffold, behind=NOBODY)
        return Outcome.of_run(run, program_id=scaffold.program_id)
