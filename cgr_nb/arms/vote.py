"""A vote: several answers to one item, made alike with other seeds, and the letters that most give.

An answer without letters has no vote: a program that failed or returned none, a reply that no rule
reads, a call that could not be served. Votes may have weights. Of letters with equally many votes,
those whose first vote came first win. Where the vote could have stopped, after each answer, is on
record as a step.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from typing import Literal, Protocol, TypeAlias

from cgr_nb.answer_record import Role
from cgr_nb.arms.budget import OutOfBudget
from cgr_nb.arms.context import ArmContext
from cgr_nb.arms.interface import ArmPrompt, Expected, Outcome
from cgr_nb.arms.refusal import Refusal
from cgr_nb.arms.requests import Request, Settings, template_request
from cgr_nb.arms.solver_stand_in import NOBODY, SolverStandIn
from cgr_nb.errors import ConfigError
from cgr_nb.models.decoding import Decoding
from cgr_nb.records import Execution, Item, ModelCard, Scaffold
from cgr_nb.util.quick_records import quick

__all__ = [
    "WARM",
    "Ballot",
    "ProgramKind",
    "SampledPrograms",
    "SampledReplies",
    "Voters",
    "check_sampled",
    "hold_vote",
    "leading",
    "outcome_of_vote",
    "scores",
]

ProgramKind: TypeAlias = Literal["cgr", "pal"]

WARM = 0.7
"""Temperature of further programs in a study that samples none."""


@quick
@dataclass(frozen=True, slots=True)
class Ballot:
    """One answer that has a vote, or why it has none."""

    letters: tuple[str, ...]
    """Empty: no vote."""
    status: str
    """As of an `Answer`."""
    detail: str = ""
    scaffold: Scaffold | None = None
    """The program, where one was written."""
    run: Execution | None = None
    refused: bool = False
    """Whether a call could not be served."""
    spent: OutOfBudget | None = None
    """Why it could not be made."""
    weight: Fraction = Fraction(1)
    """Of its vote; 0: it has none. A fraction, so that equal sums are equal."""
    kept: bool = True
    """Whether it passed the test that the arm puts its answers to, where it has one."""


Cast: TypeAlias = Callable[[ArmContext, int], Awaitable[Ballot]]


class Voters(Protocol):
    """What votes: makes one answer after the other, each with a seed of its own."""

    roles: tuple[Role, ...]
    prompts: Mapping[str, ArmPrompt]
    noun: str
    """What one of them is called."""

    def expected(self, asks: float, count: int) -> Expected:
        """Calls of so many."""
        ...

    async def cast(self, ctx: ArmContext, number: int) -> Ballot:
        """Make one answer; 1 is the first."""
        ...


def check_sampled(decoding: Decoding, needed: str) -> None:
    """Refuse decoding that gives the same every time.

    Args:
        decoding: How voters are sampled.
        needed: What needs which voters, for the error.

    Raises:
        ConfigError: The temperature is 0.
    """
    if decoding.temperature == 0:
        raise ConfigError("decoding.temperature is 0", fix=f"{needed}: 0.7 for example")


class SampledPrograms:
    """Programs of the generator, each of a reply of its own; the first is the one that the study
    has anyway."""

    noun = "program"

    def __init__(self, of: ProgramKind, decoding: Decoding | None) -> None:
        """Say which programs.

        Args:
            of: "cgr": scaffolds, which ask the solver; "pal": programs that ask nobody.
            decoding: How those after the first are sampled; None: as the study samples programs,
                and at a temperature of 0.7 where it samples none.

        Raises:
            ConfigError: Programs would not differ.
        """
        if decoding is not None:
            check_sampled(decoding, "a vote needs programs that differ")
        self._of, self._decoding = of, decoding
        self.roles: tuple[Role, ...] = ("solver", "generator") if of == "cgr" else ("generator",)
        self._template = "generator" if of == "cgr" else "pal"
        self.prompts: Mapping[str, ArmPrompt] = {
            self._template: ArmPrompt("generator", multi=f"{self._template}_multi")
        }

    @property
    def behind(self) -> SolverStandIn | None:
        """Who answers when they ask; None: the solver."""
        return None if self._of == "cgr" else NOBODY

    def expected(self, asks: float, count: int) -> Expected:
        """See `Voters.expected`."""
        if self._of == "pal":
            return Expected(generator_calls=count)
        return Expected(solver_calls=count * asks, generator_calls=count - 1)

    def requests(
        self, settings: Settings, card: ModelCard, item: Item, count: int
    ) -> Iterator[tuple[str, Request]]:
        """See `Writes.program_requests`."""
        for number in range(1, count + 1):
            key, how = self._call(number, settings.generator)
            yield key, template_request(settings, self._template, how, card, item, key)

    async def cast(self, ctx: ArmContext, number: int) -> Ballot:
        """See `Voters.cast`."""
        key, how = self._call(number, ctx.program_decoding)
        scaffold = await ctx.write(ctx.prompt(self._template), key=key, decoding=how)
        if scaffold.program_id is None:
            detail = "the generator's reply holds no program"
            return Ballot((), "no_program", detail, scaffold)
        run = await ctx.run(scaffold, key=f"program/{number}", behind=self.behind)
        letters = tuple(run.solver_answer) if run.solver_answer is not None else ()
        return Ballot(letters, run.status, run.detail, scaffold, run)

    def _call(self, number: int, study: Decoding) -> tuple[str, Decoding]:
        """Key and sampling of the call that asks for a program."""
        if number == 1:
            return self._template, study
        how = self._decoding or study
        return f"{self._template}/{number}", replace(how, temperature=how.temperature or WARM)


class SampledReplies:
    """Direct answers of the solver."""

    roles: tuple[Role, ...] = ("solver",)
    prompts: Mapping[str, ArmPrompt] = {"direct": ArmPrompt("solver", multi="direct_multi")}
    noun = "reply"

    def __init__(self, decoding: Decoding) -> None:
        """Say how.

        Args:
            decoding: How each is sampled.

        Raises:
            ConfigError: Replies would not differ.
        """
        check_sampled(decoding, "self-consistency needs replies that differ")
        self._decoding = decoding

    def expected(self, asks: float, count: int) -> Expected:
        """See `Voters.expected`."""
        del asks
        return Expected(solver_calls=count)

    async def cast(self, ctx: ArmContext, number: int) -> Ballot:
        """See `Voters.cast`."""
        key = f"sampled/{number - 1}"
        reply = await ctx.call("solver", ctx.prompt("direct"), self._decoding, key=key)
        found = ctx.read(reply)
        return Ballot(found.letters if found.status == "answered" else (), found.status)


async def hold_vote(
    ctx: ArmContext,
    cast: Cast,
    count: int,
    *,
    partial_vote: bool = True,
    voting: Callable[[Sequence[Ballot]], Sequence[Ballot]] = tuple,
) -> tuple[Ballot, ...]:
    """Have ballots cast side by side, and put on record what the vote would be after each.

    Args:
        ctx: Of the arm.
        cast: Makes one ballot, given a context and its number from 1.
        count: How many.
        partial_vote: Whether the votes that a budget allowed are an answer where it did not allow
            all: else there is no step, and no answer.
        voting: Those of the ballots so far that count; by default all.

    Raises:
        OutOfBudget: One could not be made.
    """

    async def one(branch: ArmContext, *, number: int) -> tuple[Ballot, tuple[int, int]]:
        try:
            ballot = await cast(branch, number)
        except Refusal as refusal:
            ballot = Ballot((), refusal.status, refusal.what, refused=True)
        except OutOfBudget as spent:
            if not partial_vote:
                raise
            ballot = Ballot((), "budget", spent.what, spent=spent)
        return ballot, branch.trail.mark()

    calls, runs = ctx.trail.mark()
    made = await ctx.branches(*(partial(one, number=n) for n in range(1, count + 1)))
    ballots: list[Ballot] = []
    for ballot, (more_calls, more_runs) in made:
        calls, runs = calls + more_calls, runs + more_runs
        if ballot.spent is not None:
            continue
        ballots.append(ballot)
        ctx.step(leading(voting(ballots))[0], calls, runs)
    if len(ballots) < count:
        raise next(ballot.spent for ballot, _ in made if ballot.spent is not None)
    return tuple(ballots)


def scores(ballots: Sequence[Ballot]) -> dict[tuple[str, ...], Fraction]:
    """Letters -> the sum of the weights of their votes, in the order of first votes."""
    found: dict[tuple[str, ...], Fraction] = {}
    for ballot in ballots:
        if ballot.letters and ballot.weight:
            before = found.get(ballot.letters)
            found[ballot.letters] = ballot.weight if before is None else before + ballot.weight
    return found


def leading(ballots: Sequence[Ballot]) -> tuple[tuple[str, ...], int]:
    """The letters with most votes, and how many gave them; no letters where nobody has a vote."""
    found = scores(ballots)
    if not found:
        return (), 0
    letters = max(found, key=lambda one: found[one])  # the first of equal ones
    return letters, sum(ballot.letters == letters for ballot in ballots)


def outcome_of_vote(ballots: Sequence[Ballot], noun: str) -> Outcome:
    """What a vote came to.

    Args:
        ballots: All of it.
        noun: What one of those who vote is called.
    """
    letters, most = leading(ballots)
    count = len(ballots)
    if letters:
        first = next(ballot for ballot in ballots if ballot.letters == letters)
        return Outcome(
            letters,
            "answered",
            f"{most} of {count} votes",
            {"votes": most},
            first.run.difficulty if first.run else None,
            first.run.isolation if first.run else None,
        )
    if all(ballot.refused for ballot in ballots):
        first = ballots[0]
        return Outcome((), first.status, first.detail, error=first.detail)
    if all(ballot.status == "no_program" for ballot in ballots):
        return Outcome((), "no_program", f"none of {count} replies holds a program")
    many = "replies names" if noun == "reply" else f"{noun}s gives"
    return Outcome((), "none", f"none of {count} {many} a letter")
