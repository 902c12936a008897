"""Arm second_opinion: a program answers too, and where it differs the solver answers again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from cgr_nb.arms import ArmContext, ArmPrompt, Decoding, Expected, Outcome


@dataclass(frozen=True, slots=True)
class Parameters:
    """`[arm.second_opinion]` of a study.toml."""

    decoding: Decoding = field(default=Decoding(max_tokens=64))
    """Of each reply of the solver."""


class SecondOpinion:
    """Does a solver recognise that a program is right?"""

    Parameters = Parameters
    summary: ClassVar[str] = "the solver decides where a program contradicts its answer"
    version: ClassVar[int] = 1
    roles: ClassVar[tuple[str, ...]] = ("solver", "generator")
    prompts: ClassVar[Mapping[str, ArmPrompt]] = {
        "direct": ArmPrompt("solver", multi="direct_multi"),
        "generator": ArmPrompt("generator", multi="generator_multi"),
    }

    def __init__(self, parameters: Parameters) -> None:
        self._decoding = parameters.decoding

    def expected(self, asks: float) -> Expected:
        """Calls for a plan; the program asks as often as a scaffold does."""
        return Expected(solver_calls=2 + asks, generator_calls=1)

    async def answer(self, ctx: ArmContext) -> Outcome:
        """Answer one item."""
        talk = ctx.conversation("solver", ctx.prompt("direct"))
        first = ctx.read(await talk.ask(self._decoding, key="first"))
        ctx.step(first.letters)
        written = await ctx.write(ctx.prompt("generator"), key="program")
        if written.source is None:  # the reply held no program
            return Outcome.read(first)
        # Its questions to the solver are on record as calls "ask/0", "ask/1" ...
        theirs = Outcome.of_run(await ctx.run(written))
        if not theirs.letters or theirs.letters == first.letters:
            return Outcome.read(first, f"the program: {theirs.status}")
        said = " and ".join(theirs.letters)
        talk.add(f"A program answered {said}. What is right? Reply with the letter.")
        return Outcome.read(ctx.read(await talk.ask(self._decoding, key="again")))
