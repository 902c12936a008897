"""Constrained read-out: if no letter could be extracted from the direct replies, the solver chooses
one.

The conversation is continued with the re-ask, and the reply is constrained to "Answer: " followed
by the letter with the highest probability. If a letter was already extracted, it is kept at no
further cost. The arm distinguishes a failure to extract an answer from a lack of knowledge.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from cgr_nb.answer_record import Role
from cgr_nb.arms.context import ArmContext
from cgr_nb.arms.interface import ArmPrompt, Expected, NoParameters, Outcome
from cgr_nb.records import Message

__all__ = ["Readout"]


class Readout:
    """Are direct answers wrong, or could they merely not be extracted?"""

    Parameters = NoParameters
    summary: ClassVar[str] = (
        "the direct answer or, if none could be extracted, the highest-probability letter"
    )
    version: ClassVar[int] = 1
    roles: tuple[Role, ...] = ("solver",)
    needs: tuple[str, ...] = ("direct",)
    prompts: Mapping[str, ArmPrompt] = {"reask": ArmPrompt("solver", multi="reask_multi")}

    def __init__(self, parameters: NoParameters) -> None:
        del parameters

    def expected(self, asks: float) -> Expected:
        """See `Arm.expected`."""
        return Expected()  # further calls, of the few direct answers that can't be read

    async def answer(self, ctx: ArmContext) -> Outcome:
        """See `Arm.answer`."""
        if ctx.multi:
            return Outcome.impossible("a set of letters can't be read out one by one")
        straight = ctx.answers["direct"]
        calls = ctx.recall(straight.trail)
        if straight.letters:
            return Outcome(straight.letters, straight.status, "the direct answer")
        last = calls[-1] if calls else None
        if last is None or last.reply is None:
            return Outcome((), straight.status, straight.detail, error=straight.error)
        said = Message("assistant", last.reply.text)
        talk = ctx.conversation("solver", (*last.messages, said))
        talk.add(ctx.prompt("reask"))
        letter = await ctx.choose("solver", talk.turns, key="readout")
        return Outcome((letter,) if letter else (), "answered" if letter else "none", "read out")
