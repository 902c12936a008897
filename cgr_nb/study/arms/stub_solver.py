"""Stub solver: the item's own program, with a solver that knows nothing.

A reply is one of the choices where the program gives some, else one of the item's options, with its
letter, at random: whatever the program reads, a letter or a number, it finds one. Where the stub
does as well as the solver, the program did the work.
"""

from __future__ import annotations

import random

from cgr_nb.records import ArmAnswer, Row
from cgr_nb.sandbox import AskRequest
from cgr_nb.study.arms.answers import from_program, without_answer
from cgr_nb.study.channels import Bench, run_without_solver
from cgr_nb.study.requests import derive_seed
from cgr_nb.study.units import Material, Unit

__all__ = ["StubSolver"]


class StubSolver:
    """Does the solver matter to the program at all?"""

    name = "stub_solver"
    summary = "the item's own program, with a solver that answers at random"

    def __init__(self, material: Material) -> None:
        del material  # the row's own scaffold and the study's seed are all it needs

    def facts(self, unit: Unit) -> list[object]:
        """See `Arm.facts`."""
        return ["an option with its letter"]

    def expected(self, asks: float) -> tuple[float, float]:
        """See `Arm.expected`."""
        return 0, 0

    async def answer(self, bench: Bench, unit: Unit, row: Row) -> ArmAnswer:
        """See `Arm.answer`."""
        scaffold = bench.store.scaffold(row.scaffold_id) if row.scaffold_id else None
        if scaffold is None:
            return without_answer(self, unit, row.error or "there is no scaffold")
        generated = bench.store.call(scaffold.call_id)
        if scaffold.program_id is None or scaffold.source is None:
            return from_program(
                self, unit, scaffold, None, None, asks=0, asked=(), generated=generated
            )
        program_id, options = scaffold.program_id, unit.item.options
        texts = [f"{letter}) {text}" for letter, text in options.items()]

        async def ask(request: AskRequest) -> str:
            seed = derive_seed(bench.config.seed, "stub", program_id, request.index)
            return random.Random(seed).choice(request.choices or texts)

        run_id, execution = await run_without_solver(
            bench, unit.item, program_id, scaffold.source, ask, "stub"
        )
        return from_program(
            self, unit, scaffold, run_id, execution, asks=0, asked=(), generated=generated
        )
