"""Diagram of Thought: the solver proposes, criticises and summarises in turn, and rejected
propositions are not built on.

Source: Zhang et al. 2024, arXiv 2409.10038, whose repository is one prompt; there is no figure to
compare with. One model plays three roles: the proposer adds a proposition to those that stand, the
critic decides whether it holds, and the summariser draws the accepted ones together, and either
closes with an answer or lets the others go on. Propositions and critiques are the diagram.

Ours: code asks for each role in a turn of its own, in place of role tokens within one long reply.
Proposer and critic share a conversation, so that the proposer sees what was rejected and can mend
it; the summariser is shown the item and the accepted propositions only. A proposition is accepted
if the critic's last line says "holds"; a verdict that cannot be read is a rejection. After the last
round the summariser has to answer.

Cost: in each of at most `rounds` rounds 2 calls of the solver, and 1 more if the proposition is
accepted; 1 at the end if no summary has closed. Prompts grow with each round. Compare with `cot`,
and with `self_consistency` at a matched call budget. Use it for questions where the first thought
misleads. A small solver agrees with whatever it has said; then the arm is a long chain of thought.
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
    """Propositions at most."""
    proposal: Decoding = field(default=Decoding(max_tokens=256))
    """Of each proposition."""
    critique: Decoding = field(default=Decoding(max_tokens=256))
    """Of what the critic says."""
    summary: Decoding = field(default=Decoding(max_tokens=512))
    """Of each summary."""


class Diagram:
    """Does criticising each thought before building on it help the solver?"""

    Parameters = _Parameters
    summary: ClassVar[str] = (
        "the solver proposes and criticises in turn, and answers from the propositions that stand"
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
