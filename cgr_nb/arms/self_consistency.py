"""Self-consistency at the scaffold's call budget: a vote over as many sampled direct answers.

Source: Wang et al. 2022, arXiv 2203.11171. k is the number of calls that the row's scaffold made (1
if it made none), unless the study sets it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, ClassVar

from cgr_nb.answer_record import Role
from cgr_nb.arms.context import ArmContext
from cgr_nb.arms.interface import ArmPrompt, Expected, Outcome
from cgr_nb.arms.vote import SampledReplies, hold_vote, outcome_of_vote
from cgr_nb.models.decoding import Decoding
from cgr_nb.util.constraints import Between

__all__ = ["SelfConsistency"]


@dataclass(frozen=True, slots=True)
class _Parameters:
    """Of arm self_consistency."""

    decoding: Decoding = field(default=Decoding(max_tokens=64, temperature=0.7))
    """Sampling of each answer; the temperature must be above 0, since answers must differ."""
    k: Annotated[int, Between(1, 10_000)] | None = None
    """Number of answers to vote over; None: the number of calls that the scaffold made. Required in
    a study without a generator.
    """


class SelfConsistency:
    """Is it the program, or only the larger number of solver calls?"""

    Parameters = _Parameters
    summary: ClassVar[str] = (
        "majority vote over as many sampled direct answers as the scaffold made calls"
    )
    version: ClassVar[int] = 1
    roles: tuple[Role, ...] = SampledReplies.roles
    prompts: Mapping[str, ArmPrompt] = SampledReplies.prompts

    def __init__(self, parameters: _Parameters) -> None:
        """Make the arm.

        Raises:
            ConfigError: Replies would not differ.
        """
        self._voters, self._k = SampledReplies(parameters.decoding), parameters.k
        self.needs: tuple[str, ...] = ("cgr",) if parameters.k is None else ()

    def expected(self, asks: float) -> Expected:
        """See `Arm.expected`."""
        return Expected(solver_calls=max(1.0, asks) if self._k is None else self._k)

    async def answer(self, ctx: ArmContext) -> Outcome:
        """See `Arm.answer`."""
        count = self._k or max(1, ctx.answers["cgr"].totals.solver_calls)
        # As answers of this version have always been: a vote that a budget ended is none.
        ballots = await hold_vote(ctx, self._voters.cast, count, partial_vote=False)
        return outcome_of_vote(ballots, self._voters.noun)
