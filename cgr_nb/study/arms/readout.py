"""Constrained read-out: where no letter could be read from the direct replies, the solver chooses
one.

The conversation goes on with the re-ask, and the reply is "Answer: " and a letter, whichever the
solver finds likeliest. Where a letter was read, it stands, at no further cost. It tells a failure
to extract from a failure to know.
"""

from __future__ import annotations

from cgr_nb.records import ArmAnswer, Row
from cgr_nb.study.arms.answers import from_replies, without_answer
from cgr_nb.study.channels import Bench
from cgr_nb.study.requests import readout_request
from cgr_nb.study.units import Material, Unit

__all__ = ["Readout"]


class Readout:
    """Is a wrong direct answer one that could not be read?"""

    name = "readout"
    summary = "the direct answer; where none could be read, the letter that the solver likes best"

    def __init__(self, material: Material) -> None:
        del material  # the row's own prompts and settings are all it needs

    def facts(self, unit: Unit) -> list[object]:
        """See `Arm.facts`."""
        return ["Answer: "]

    def expected(self, asks: float) -> tuple[float, float]:
        """See `Arm.expected`."""
        return 0, 0  # further calls, of the few direct answers that can't be read

    async def answer(self, bench: Bench, unit: Unit, row: Row) -> ArmAnswer:
        """See `Arm.answer`."""
        found = [bench.store.call(id) for id in row.direct_call_ids]
        calls = [call for call in found if call is not None]
        if row.direct_letter is not None:
            status, read = row.direct_status, "the direct answer"
            return from_replies(self, unit, row.direct_letter, status, read, calls)
        if not calls or calls[-1].reply is None:
            return without_answer(self, unit, row.error or "the direct call failed")
        bad = calls[-1].reply.text
        request = readout_request(bench.config, bench.solver.card, unit.item, calls[-1], bad)
        call = await bench.caller.call(bench.solver, request)
        calls.append(call)
        if call.reply is None:
            return from_replies(self, unit, None, "error", call.error or "", calls)
        letters = {f"Answer: {letter}": letter for letter in unit.item.options}
        letter = letters.get(call.reply.text.strip())
        status = "answered" if letter else "none"
        return from_replies(self, unit, letter, status, "read out", calls)
