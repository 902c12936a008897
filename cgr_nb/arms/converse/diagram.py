"""Diagram of Thought: the solver proposes, criticises and summarises in turn, and does not build on
rejected propositions.

Source: Zhang et al. 2024, arXiv 2409.10038; its repository consists of one prompt, and it reports
no result to compare with. One model plays three roles. The proposer adds a proposition to the
accepted ones, the critic decides whether it is valid, and the summariser combines the accepted
propositions and either gives the answer or lets the others continue. The diagram consists of the
propositions and critiques.

Deviations from the paper: code requests each role in a separate turn, instead of role tokens within
one long reply. Proposer and critic share a conversation, so the proposer sees what was rejected and
can correct it; the summariser is shown only the item and the accepted propositions. A proposition
is accepted if the last line of the critique says "holds"; a verdict that cannot be parsed counts as
a rejection. After the last round, the summariser must answer.

Cost: two solver calls in each of at most `rounds` rounds, one more if the proposition is accepted,
and one at the end if no summary gave the answer. Prompts grow with each round. Compare with `cot`,
and with `self_consistency` at a matched call budget. Use it for questions where the first idea is
misleading. A small solver accepts whatever it has proposed; the arm is then merely a long chain of
thought.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar

from cgr_nb.answer_record import Role
from cgr_nb.arms.context import ArmContext
from cgr_nb.arms.conversation import Conversation, shortened
from cgr_nb.arms.interface import ArmPrompt, Expected, Outcome
from cgr_nb.models.decoding import Decoding
from cgr_nb.records import Extraction
from cgr_nb.util.constraints import Between

__all__ = ["Diagram"]

_VERDICT = re.compile(r"\W{0,8}(?:(?:verdict|it)\W{1,8})?(holds|fails)\W{0,8}", re.IGNORECASE)
_GO_ON = re.compile(r"\W{0,8}go on\W{0,8}", re.IGNORECASE)
_PROPOSITION_CHARS = 2_000


@dataclass(frozen=True, slots=True)
class _Parameters:
    """Of arm diagram."""

    rounds: Annotated[int, Between(1, 100)] = 4
    """Maximum number of propositions."""
    proposal: Decoding = field(default=Decoding(max_tokens=256))
    """Sampling of each proposition."""
    critique: Decoding = field(default=Decoding(max_tokens=256))
    """Sampling of each critique."""
    summary: Decoding = field(default=Decoding(max_tokens=512))
    """Sampling of each summary."""


class Diagram:
    """Does criticising each proposition before building on it help the solver?"""

    Parameters = _Parameters
    summary: ClassVar[str] = (
        "the solver proposes and criticises in turn, and answers from the accepted propositions"
    )
    version: ClassVar[int] = 1
    roles: tuple[Role, ...] = ("solver",)
    needs: tuple[str, ...] = ()
    prompts: Mapping[str, ArmPrompt] = {
        "diagram": ArmPrompt("solver"),
        "diagram_next": ArmPrompt("solver"),
        "diagram_criticise": ArmPrompt("solver"),
        "diagram_summarise": ArmPrompt("solver", ("stands",), multi="diagram_summarise_multi"),
        "diagram_close": ArmPrompt("solver", ("stands",), multi="diagram_close_multi"),
    }

    def __init__(self, parameters: _Parameters) -> None:
        self._how = parameters

    def expected(self, asks: float) -> Expected:
        """See `Arm.expected`; the most that it may come to."""
        del asks
        return Expected(solver_calls=3 * self._how.rounds + 1)

    async def answer(self, ctx: ArmContext) -> Outcome:
        """See `Arm.answer`."""
        talk = ctx.conversation("solver", ctx.prompt("diagram"))
        stands: list[str] = []
        verdicts: list[str] = []
        found: Extraction | None = None
        for number in range(1, self._how.rounds + 1):
            if number > 1:
                talk.add(ctx.prompt("diagram_next"))
            text, verdict = await self._proposed(ctx, talk, f"round/{number}")
            verdicts.append(verdict)
            if verdict != "holds":
                continue
            stands.append(text)
            found = await self._summed(ctx, stands, f"round/{number}/summary")
            if found is not None:
                break
        facts: dict[str, Any] = {"verdicts": verdicts, "closed": found is not None}
        if found is None:
            prompt = ctx.prompt("diagram_close", stands=_listed(stands))
            found = ctx.read(await ctx.call("solver", prompt, self._how.summary, key="close"))
        read = Outcome.read(found)
        detail = f"{read.detail}, {len(stands)} of {len(verdicts)} propositions stand"
        return Outcome(read.letters, read.status, detail, facts)

    async def _proposed(self, ctx: ArmContext, talk: Conversation, key: str) -> tuple[str, str]:
        """The next proposition, and what the critic says of it: "holds", "fails" or "unparsed"."""
        proposed = await talk.ask(self._how.proposal, key=f"{key}/proposition")
        ctx.note(proposed, "proposition")
        talk.add(ctx.prompt("diagram_criticise"))
        criticised = await talk.ask(self._how.critique, key=f"{key}/critique")
        said = _VERDICT.fullmatch(_last_line(criticised.text))
        verdict = said[1].lower() if said and proposed.text.strip() else "unparsed"
        ctx.note(criticised, verdict)
        return shortened(proposed.text.strip(), _PROPOSITION_CHARS), verdict

    async def _summed(self, ctx: ArmContext, stands: Sequence[str], key: str) -> Extraction | None:
        """What the summariser answers from what stands; None: the others are to go on."""
        prompt = ctx.prompt("diagram_summarise", stands=_listed(stands))
        reply = await ctx.call("solver", prompt, self._how.summary, key=key)
        if _GO_ON.fullmatch(_last_line(reply.text)):
            ctx.note(reply, "none")
            return None
        found = ctx.read(reply)
        if found.status != "answered":
            return None
        ctx.step(found.letters)
        return found


def _last_line(text: str) -> str:
    lines = text.strip().splitlines()
    return lines[-1].strip() if lines else ""


def _listed(stands: Sequence[str]) -> str:
    """The propositions that stand, numbered among themselves."""
    if not stands:
        return "(no proposition stands)"
    return "\n".join(f"({number}) {text}" for number, text in enumerate(stands, 1))
