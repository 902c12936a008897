"""Foreign scaffold: the program that was written for another item of the same dataset.

The items of a dataset stand in a ring whose order the seed draws; each takes the program of the
next. What such a program gains is not owed to the reasoning about the item at hand.
"""

from __future__ import annotations

from collections import defaultdict

from cgr_nb.errors import RequestError
from cgr_nb.records import ArmAnswer, Item, Row
from cgr_nb.study.arms.answers import from_program, without_answer
from cgr_nb.study.channels import Bench, ask_calls, assist, execution_id, generate
from cgr_nb.study.requests import derive_seed
from cgr_nb.study.units import Material, Unit

__all__ = ["ForeignScaffold"]


class ForeignScaffold:
    """Does any program do, or must it be the item's own?"""

    name = "foreign_scaffold"
    summary = "the program of another item of the dataset, run on this one"

    def __init__(self, material: Material) -> None:
        rings: dict[str, list[Item]] = defaultdict(list)
        for item in material.items:
            rings[item.dataset].append(item)
        self._next: dict[str, Item] = {}
        for ring in rings.values():
            # By what a model sees, so that gold does not choose the neighbour.
            ring.sort(key=lambda item: derive_seed(material.config.seed, "ring", item.question))
            pairs = zip(ring, [*ring[1:], ring[0]], strict=True)
            self._next |= {item.id: other for item, other in pairs if other is not item}

    def facts(self, unit: Unit) -> list[object]:
        """See `Arm.facts`."""
        other = self._next.get(unit.item.id)
        return [other.id if other else None]

    def expected(self, asks: float) -> tuple[float, float]:
        """See `Arm.expected`."""
        return asks, 0

    async def answer(self, bench: Bench, unit: Unit, row: Row) -> ArmAnswer:
        """See `Arm.answer`."""
        other = self._next.get(unit.item.id)
        if other is None:
            return without_answer(self, unit, "the dataset has no other item")
        try:
            scaffold = await generate(bench, other)
        except RequestError as refusal:
            return without_answer(self, unit, str(refusal))
        generated = bench.store.call(scaffold.call_id)
        if scaffold.program_id is None or scaffold.source is None:
            return from_program(
                self, unit, scaffold, None, None, asks=0, asked=(), generated=generated
            )
        execution = await assist(bench, unit.item, scaffold.program_id, scaffold.source)
        run_id = execution_id(bench.config, unit.item, unit.solver, scaffold.program_id)
        return from_program(
            self,
            unit,
            scaffold,
            run_id,
            execution,
            asks=len(execution.calls),
            asked=ask_calls(bench, scaffold.program_id, execution.calls),
            generated=generated,
        )
