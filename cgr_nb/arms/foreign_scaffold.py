"""Foreign scaffold: the program that was written for another item of the same dataset.

The items of a dataset form a ring in a seeded random order; each item uses the program of the next.
Whatever such a program gains is not due to reasoning about the item at hand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from cgr_nb.answer_record import Role
from cgr_nb.arms.context import ArmContext
from cgr_nb.arms.interface import ArmPrompt, Expected, NoParameters, Outcome
from cgr_nb.arms.ring import ring_neighbours
from cgr_nb.records import Item

__all__ = ["ForeignScaffold"]


class ForeignScaffold:
    """Would any program do, or must it be the item's own?"""

    Parameters = NoParameters
    summary: ClassVar[str] = "the scaffold of another item of the dataset, run on this item"
    version: ClassVar[int] = 1
    roles: tuple[Role, ...] = ("solver", "generator")
    needs: tuple[str, ...] = ()
    prompts: Mapping[str, ArmPrompt] = {
        "generator": ArmPrompt("generator", multi="generator_multi")
    }

    def __init__(self, parameters: NoParameters) -> None:
        del parameters

    def companions(self, dataset: Sequence[Item], seed: int) -> Mapping[str, tuple[Item, ...]]:
        """See `Companions.companions`."""
        return ring_neighbours(dataset, seed)

    def expected(self, asks: float) -> Expected:
        """See `Arm.expected`."""
        return Expected(solver_calls=asks)

    async def answer(self, ctx: ArmContext) -> Outcome:
        """See `Arm.answer`."""
        if not ctx.companions:
            return Outcome.impossible("the dataset has no other item")
        scaffold = await ctx.scaffold(ctx.companions[0])
        if scaffold.program_id is None:
            return Outcome.of_run(None)
        run = await ctx.run(scaffold)
        return Outcome.of_run(run, program_id=scaffold.program_id, asks=len(run.calls))
