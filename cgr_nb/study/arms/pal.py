"""Program-aided: the generator writes a program that works the answer out by itself.

Source: Gao et al. 2022, arXiv 2211.10435. The program runs in the sandbox like any other, and `ask`
raises. The solver has no part in it: what the generator's code can do alone.
"""

from __future__ import annotations

from dataclasses import asdict

from cgr_nb.errors import RequestError
from cgr_nb.records import ArmAnswer, Row
from cgr_nb.sandbox import AskRequest
from cgr_nb.study.arms.answers import from_program, without_answer
from cgr_nb.study.channels import Bench, run_without_solver, write_program
from cgr_nb.study.requests import pal_request
from cgr_nb.study.units import Material, Unit

__all__ = ["ProgramAided"]


class ProgramAided:
    """Does the small solver add anything to the generator's code?"""

    name = "pal"
    summary = "a program of the generator that computes the answer, without the solver"

    def __init__(self, material: Material) -> None:
        self._decoding = asdict(material.config.generator)
        self._prompts = {
            profile: template.hash
            for (name, profile), template in material.templates().items()
            if name == "pal"
        }

    def facts(self, unit: Unit) -> list[object]:
        """See `Arm.facts`."""
        return [self._decoding, self._prompts[unit.generator.prompts]]

    def expected(self, asks: float) -> tuple[float, float]:
        """See `Arm.expected`."""
        return 0, 1

    async def answer(self, bench: Bench, unit: Unit, row: Row) -> ArmAnswer:
        """See `Arm.answer`."""
        request = pal_request(bench.config, bench.generator.card, unit.item)
        try:
            scaffold = await write_program(
                bench.store, bench.caller, bench.generator, unit.item, request
            )
        except RequestError as refusal:
            return without_answer(self, unit, str(refusal))
        generated = bench.store.call(scaffold.call_id)
        run_id, execution = None, None
        if scaffold.program_id is not None and scaffold.source is not None:
            run_id, execution = await run_without_solver(
                bench, unit.item, scaffold.program_id, scaffold.source, _nobody, "none"
            )
        return from_program(
            self, unit, scaffold, run_id, execution, asks=0, asked=(), generated=generated
        )


async def _nobody(request: AskRequest) -> str:
    raise RequestError("a program-aided answer has no solver to ask")
