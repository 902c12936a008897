"""Direct: one question to the solver, asked again where no letter can be read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from cgr_nb.answer_record import Role
from cgr_nb.arms.context import ArmContext, Refusal
from cgr_nb.arms.interface import ArmPrompt, Expected, Outcome
from cgr_nb.models.decoding import Decoding

__all__ = ["Direct"]


@dataclass(frozen=True, slots=True)
class _Parameters:
    """Of arm direct: `[direct]` and `reask` of a study.toml."""

    decoding: Decoding = field(default_factory=lambda: Decoding(max_tokens=64))
    reask: int = 1
    """How often a reply without a readable letter is asked again."""


class Direct:
    """What the solver knows by itself."""

    Parameters = _Parameters
    summary: ClassVar[str] = "one direct prompt to the solver"
    version: ClassVar[int] = 1
    roles: tuple[Role, ...] = ("solver",)
    needs: tuple[str, ...] = ()
    prompts: Mapping[str, ArmPrompt] = {
        "direct": ArmPrompt("solver", multi="direct_multi"),
        "reask": ArmPrompt("solver", multi="reask_multi"),
    }

    def __init__(self, parameters: _Parameters) -> None:
        self._decoding, self._reask = parameters.decoding, parameters.reask

    def expected(self, asks: float) -> Expected:
        """See `Arm.expected`."""
        return Expected(solver_calls=1)

    async def answer(self, ctx: ArmContext) -> Outcome:
        """See `Arm.answer`."""
        talk = ctx.conversation("solver", ctx.prompt("direct"))
        for attempt in range(self._reask + 1):
            if attempt:
                talk.add(ctx.prompt("reask"))
            key = f"reask/{attempt}" if attempt else "direct"
            try:
                reply = await talk.ask(self._decoding, key=key, purpose="direct")
            except Refusal as refusal:
                return Outcome((), refusal.status, refusal.what, error=refusal.what)
            found = ctx.read(reply)
            outcome = Outcome.read(found)
            ctx.step(outcome.letters)
            if found.status == "answered":
                break
        return outcome
