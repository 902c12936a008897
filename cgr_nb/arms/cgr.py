"""Code-guided reasoning: the generator's program for the item runs and asks the solver."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar

from cgr_nb.answer_record import Role
from cgr_nb.arms.context import ArmContext
from cgr_nb.arms.interface import ArmPrompt, Expected, NoParameters, Outcome
from cgr_nb.arms.requests import Request, Settings, template_request
from cgr_nb.records import Item, ModelCard

__all__ = ["CodeGuided"]


class CodeGuided:
    """What the scaffold makes of the solver."""

    Parameters = NoParameters
    summary: ClassVar[str] = "the scaffold: the generator's program queries the solver"
    version: ClassVar[int] = 1
    roles: tuple[Role, ...] = ("solver", "generator")
    needs: tuple[str, ...] = ()
    prompts: Mapping[str, ArmPrompt] = {
        "generator": ArmPrompt("generator", multi="generator_multi")
    }

    def __init__(self, parameters: NoParameters) -> None:
        del parameters

    def expected(self, asks: float) -> Expected:
        """See `Arm.expected`."""
        return Expected(solver_calls=asks, generator_calls=1)

    def program_requests(
        self, settings: Settings, card: ModelCard, item: Item
    ) -> Iterable[tuple[str, Request]]:
        """See `Writes.program_requests`."""
        return [
            ("generator", template_request(settings, "generator", settings.generator, card, item))
        ]

    async def answer(self, ctx: ArmContext) -> Outcome:
        """See `Arm.answer`."""
        scaffold = await ctx.scaffold()
        if scaffold.program_id is None:
            return Outcome.of_run(None, scaffold_id=scaffold.id)
        run = await ctx.run(scaffold)
        return Outcome.of_run(
            run, scaffold_id=scaffold.id, program_id=scaffold.program_id, asks=len(run.calls)
        )
