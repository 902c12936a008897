"""What an arm is: one more way to answer a row.

A factory `(material) -> Arm`, found by entry point in group `cgr_nb.arms`, makes the arm of one
study. An arm makes its calls through `bench.caller`, so they are on record and shared, and takes
every seed from the study's.
"""

from __future__ import annotations

from typing import Protocol

from cgr_nb.records import ArmAnswer, Row, content_id
from cgr_nb.study.channels import Bench
from cgr_nb.study.units import Unit

__all__ = ["Arm", "answer_id"]


class Arm(Protocol):
    """One way to answer, made for one study."""

    name: str
    summary: str
    """One line: what is asked, and what the arm controls for."""

    def facts(self, unit: Unit) -> list[object]:
        """All that could change an answer besides the row: settings, prompts, version;
        JSON-ready."""
        ...

    def expected(self, asks: float) -> tuple[float, float]:
        """For a plan: solver calls a row and generator calls an item, where a scaffold asks
        `asks` times."""
        ...

    async def answer(self, bench: Bench, unit: Unit, row: Row) -> ArmAnswer:
        """Answer one finished row.

        Raises:
            ModelError: A model can't answer at all.
        """
        ...


def answer_id(arm: Arm, unit: Unit) -> str:
    """The id of an arm's answer, known before it is made."""
    return content_id("arm", unit.row_id, arm.name, arm.facts(unit))
