"""Self-consistency with the scaffold's own budget: as many sampled direct answers, and a vote.

Source: Wang et al. 2022, arXiv 2203.11171. k is the number of calls that the row's scaffold made,
and 1 where it made none, unless the study gives it. Of letters with equally many votes, the one
whose first vote came first wins.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, ClassVar

from cgr_nb.answer_record import Role
from cgr_nb.arms.context import ArmContext
from cgr_nb.arms.interface import ArmPrompt, Expected, Outcome
from cgr_nb.arms.refusal import Refusal
from cgr_nb.errors import ConfigError
from cgr_nb.models.decoding import Decoding
from cgr_nb.util.constraints import Between

__all__ = ["SelfConsistency"]


@dataclass(frozen=True, slots=True)
class _Parameters:
    """Of arm self_consistency."""

    decoding: Decoding = field(default=Decoding(max_tokens=64, temperature=0.7))
    """Of each answer; they must differ, so its temperature is above 0."""
    k: Annotated[int, Between(1, 10_000)] | None = None
    """Answers to vote over; None: as many as the scaffold made calls. A study without a generator
    must give it."""


class SelfConsistency:
    """Is it the program, or only that it may call the solver more often?"""

    Parameters = _Parameters
    summary: ClassVar[str] = "a vote over as many sampled direct answers as the scaffold made calls"
    version: ClassVar[int] = 1
    roles: tuple[Role, ...] = ("solver",)
    prompts: Mapping[str, ArmPrompt] = {"direct": ArmPrompt("solver", multi="direct_multi")}

    def __init__(self, parameters: _Parameters) -> None:
        """Make the arm.

        Raises:
            ConfigError: Replies would not differ.
        """
        if parameters.decoding.temperature == 0:
            raise ConfigError(
                "decoding.temperature is 0",
                fix="self-consistency needs replies that differ: 0.7 for example",
            )
        self._decoding, self._k = parameters.decoding, parameters.k
        self.needs: tuple[str, ...] = ("cgr",) if parameters.k is None else ()

    def expected(self, asks: float) -> Expected:
        """See `Arm.expected`."""
        return Expected(solver_calls=max(1.0, asks) if self._k is None else self._k)

    async def answer(self, ctx: ArmContext) -> Outcome:
        """See `Arm.answer`."""
        count = self._k or max(1, ctx.answers["cgr"].totals.solver_calls)
        found = await ctx.branches(*(partial(self._vote, number=n) for n in range(count)))
        votes: Counter[tuple[str, ...]] = Counter()
        for number, vote in enumerate(found, 1):
            if not isinstance(vote, Refusal) and vote:
                votes[vote] += 1
            ctx.step(votes.most_common(1)[0][0] if votes else (), number, 0)
        refusals = [vote for vote in found if isinstance(vote, Refusal)]
        if len(refusals) == count:
            return Outcome((), refusals[0].status, refusals[0].what, error=refusals[0].what)
        if not votes:
            return Outcome((), "none", f"none of {count} replies names a letter")
        # A Counter keeps the order of first votes, and so does its sorting.
        letters, most = votes.most_common(1)[0]
        return Outcome(letters, "answered", f"{most} of {count} votes", {"votes": most})

    async def _vote(self, ctx: ArmContext, *, number: int) -> tuple[str, ...] | Refusal:
        """The letters of one sampled answer; empty: none could be read."""
        try:
            reply = await ctx.call(
                "solver", ctx.prompt("direct"), self._decoding, key=f"sampled/{number}"
            )
        except Refusal as refusal:
            return refusal
        found = ctx.read(reply)
        return found.letters if found.status == "answered" else ()
