"""Arm second_look: the solver answers, is shown its own answer with a doubt, and answers again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from cgr_nb.arms import ArmContext, ArmPrompt, Decoding, Expected, Outcome


@dataclass(frozen=True, slots=True)
class Parameters:
    """`[arm.second_look]` of a study.toml; every field has a default."""

    looks: int = 1
    """How often the solver is asked to look again."""
    decoding: Decoding = field(default=Decoding(max_tokens=64))
    """Of each reply."""


class SecondLook:
    """Is the scaffold better than only asking twice?"""

    Parameters = Parameters
    summary: ClassVar[str] = "the direct question, and the solver's own answer called into question"
    version: ClassVar[int] = 1
    roles: ClassVar[tuple[str, ...]] = ("solver",)
    prompts: ClassVar[Mapping[str, ArmPrompt]] = {
        "direct": ArmPrompt("solver", multi="direct_multi"),
        "second_look": ArmPrompt("solver", fields=("answer",)),
    }

    def __init__(self, parameters: Parameters) -> None:
        if parameters.looks < 1:
            raise ValueError(f"looks = {parameters.looks}: it is 1 or more")
        self._parameters = parameters

    def expected(self, asks: float) -> Expected:
        """Calls for a plan; `asks` is how often a scaffold asks."""
        return Expected(solver_calls=1 + self._parameters.looks)

    async def answer(self, ctx: ArmContext) -> Outcome:
        """Answer one item: the same item and the same replies make the same calls, in order."""
        decoding = self._parameters.decoding
        talk = ctx.conversation("solver", ctx.prompt("direct"))
        found = ctx.read(await talk.ask(decoding, key="first"))
        ctx.step(found.letters)  # what the answer would be, had the arm to stop here
        for number in range(self._parameters.looks):
            said = " and ".join(found.letters) or "nothing that could be read"
            talk.add(ctx.prompt("second_look", answer=said))
            found = ctx.read(await talk.ask(decoding, key=f"look/{number}"))
            ctx.step(found.letters)
        return Outcome.read(found)
