"""Chain of thought: one call that may reason before it names a letter."""

from __future__ import annotations

from dataclasses import asdict

from cgr_nb.answers import CUT_THOUGHT, extract_reply
from cgr_nb.records import ArmAnswer, Row
from cgr_nb.study.arms.answers import from_replies
from cgr_nb.study.channels import Bench
from cgr_nb.study.requests import cot_request
from cgr_nb.study.units import Material, Unit

__all__ = ["ChainOfThought"]


class ChainOfThought:
    """Does a program beat letting the solver think?"""

    name = "cot"
    summary = "one call that may reason before it names a letter"

    def __init__(self, material: Material) -> None:
        self._decoding = asdict(material.config.cot)
        self._prompts = {
            profile: template.hash
            for (name, profile), template in material.templates().items()
            if name == "cot"
        }

    def facts(self, unit: Unit) -> list[object]:
        """See `Arm.facts`."""
        return [self._decoding, self._prompts[unit.solver.prompts]]

    def expected(self, asks: float) -> tuple[float, float]:
        """See `Arm.expected`."""
        return 1, 0

    async def answer(self, bench: Bench, unit: Unit, row: Row) -> ArmAnswer:
        """See `Arm.answer`."""
        request = cot_request(bench.config, bench.solver.card, unit.item)
        call = await bench.caller.call(bench.solver, request)
        if call.reply is None:
            return from_replies(self, unit, None, "error", call.error or "", [call])
        found = extract_reply(call.reply, unit.item.options)
        detail = f"read by rule {found.rule}" if found.rule else "no letter could be read"
        if found.rule == CUT_THOUGHT:
            detail = "incomplete: the reply was cut while it thought"
        return from_replies(self, unit, found.letter, found.status, detail, [call])
