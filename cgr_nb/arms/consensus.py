"""Consensus: a vote over several programs for the item, each generated with a different seed.

Sources: the clustering of AlphaCode (Li et al. 2022, arXiv 2203.07814) and the votes over programs
of PAL (Gao et al. 2022, arXiv 2211.10435), applied here to scaffolds that query a solver. The first
program is the row's own scaffold, and ties are resolved in favour of the letter that was given
first (both choices of this project).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Literal

from cgr_nb.answer_record import Role
from cgr_nb.arms.context import ArmContext
from cgr_nb.arms.interface import ArmPrompt, Expected, Outcome
from cgr_nb.arms.requests import Request, Settings
from cgr_nb.arms.vote import (
    SampledPrograms,
    SampledReplies,
    Voters,
    hold_vote,
    outcome_of_vote,
)
from cgr_nb.models.decoding import Decoding
from cgr_nb.records import Item, ModelCard
from cgr_nb.util.constraints import Between

__all__ = ["Consensus"]


@dataclass(frozen=True, slots=True)
class _Parameters:
    """Of arm consensus."""

    k: Annotated[int, Between(1, 1_000)] = 5
    """Number of answers to vote over."""
    of: Literal["cgr", "pal", "self_consistency"] = "cgr"
    """What votes: scaffolds ("cgr"), programs without the solver ("pal"), or sampled direct answers
    ("self_consistency": that arm with the same k).
    """
    decoding: Decoding | None = None
    """Sampling of the answers (of programs, those after the first); the temperature must be above
    0. None: the study's settings for programs, or those of arm self_consistency for replies.
    """


class Consensus:
    """Is the result of one scaffold a matter of luck, which a vote over several removes?"""

    Parameters = _Parameters
    summary: ClassVar[str] = (
        "majority vote over several independently written scaffolds of the item"
    )
    version: ClassVar[int] = 1
    needs: tuple[str, ...] = ()
    sampled: ClassVar[bool] = True

    def __init__(self, parameters: _Parameters) -> None:
        """Make the arm.

        Raises:
            ConfigError: Answers would not differ.
        """
        self._k = parameters.k
        self._programs: SampledPrograms | None = None
        self._voters: Voters
        if parameters.of == "self_consistency":
            how = parameters.decoding or Decoding(max_tokens=64, temperature=0.7)
            self._voters = SampledReplies(how)
        else:
            self._programs = SampledPrograms(parameters.of, parameters.decoding)
            self._voters = self._programs
        self.roles: tuple[Role, ...] = self._voters.roles
        self.prompts: Mapping[str, ArmPrompt] = self._voters.prompts

    def expected(self, asks: float) -> Expected:
        """See `Arm.expected`."""
        return self._voters.expected(asks, self._k)

    def program_requests(
        self, settings: Settings, card: ModelCard, item: Item
    ) -> Iterable[tuple[str, Request]]:
        """See `Writes.program_requests`."""
        programs = self._programs
        return programs.requests(settings, card, item, self._k) if programs else ()

    async def answer(self, ctx: ArmContext) -> Outcome:
        """See `Arm.answer`."""
        ballots = await hold_vote(ctx, self._voters.cast, self._k)
        outcome = outcome_of_vote(ballots, self._voters.noun)
        each = [["".join(ballot.letters), ballot.status] for ballot in ballots]
        return replace(outcome, facts={**outcome.facts, "ballots": each})
