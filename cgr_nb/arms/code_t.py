"""CodeT: the programs that agree with each other and pass the same tests determine the answer.

Source: Chen et al. 2022, arXiv 2207.10397 (dual execution agreement), whose abstract reports
HumanEval pass@1 rising from 47.0 to 65.8 with code-davinci-002. There, tests are assertions written
by the model; here, they are twins of the item. A program passes a twin written by the generator if
it returns the letter that the generator claims. It passes a twin with the item's options in another
order (not in the paper) if it returns the same option text as for the item. Programs with the same
letter and exactly the same passed twins form a group, whose score is the square root of its size
times the number of twins passed. The letter of the best group wins (of equal groups, the earliest);
if every score is 0, a plain vote decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from math import sqrt
from typing import Annotated, Any, ClassVar

from cgr_nb.answer_record import Role
from cgr_nb.arms.context import ArmContext
from cgr_nb.arms.interface import ArmPrompt, Expected, Outcome
from cgr_nb.arms.refusal import Refusal
from cgr_nb.arms.requests import Request, Settings, template_request
from cgr_nb.arms.vote import Ballot, ProgramKind, SampledPrograms, hold_vote, outcome_of_vote
from cgr_nb.arms.written_twins import WrittenTwins, read_twins
from cgr_nb.items import claimed_answer, reordered_twins
from cgr_nb.models.decoding import Decoding
from cgr_nb.records import Execution, Item, ModelCard
from cgr_nb.util.constraints import Between

__all__ = ["CodeT"]


@dataclass(frozen=True, slots=True)
class _Parameters:
    """Of arm code_t."""

    k: Annotated[int, Between(1, 1_000)] = 5
    """Number of programs."""
    twins: Annotated[int, Between(0, 100)] = 2
    """Number of twins that the generator is asked to write, in one call; 0: none, and no call.
    Programs written outside the study (backend "programs") provide none: use 0 there.
    """
    reordered: Annotated[int, Between(0, 25)] = 1
    """Number of twins with the item's options in another order; an item whose options refer to each
    other has none.
    """
    of: ProgramKind = "cgr"
    """What is generated: "cgr", scaffolds that query the solver, or "pal", programs that do not."""
    decoding: Decoding | None = None
    """Sampling of the programs after the first; the temperature must be above 0. None: the study's
    settings for programs.
    """
    twins_decoding: Decoding = field(default=Decoding(max_tokens=1024))
    """Sampling of the reply with the twins."""


@dataclass(frozen=True, slots=True)
class _Group:
    """Programs that agree."""

    letters: tuple[str, ...]
    passed: tuple[int, ...]
    """Numbers of the twins, in order."""
    programs: tuple[int, ...]
    """Their numbers, from 1."""

    @property
    def rank(self) -> int:
        """The score's square: whole, so that equal scores are equal."""
        return len(self.programs) * len(self.passed) ** 2

    @property
    def score(self) -> float:
        """Square root of its size, times the twins passed."""
        return sqrt(len(self.programs)) * len(self.passed)


class CodeT:
    """Do tests written by the generator itself identify the better programs?"""

    Parameters = _Parameters
    summary: ClassVar[str] = (
        "the largest group of scaffolds that agree on the answer and pass the same generated tests"
    )
    version: ClassVar[int] = 1
    needs: tuple[str, ...] = ()
    sampled: ClassVar[bool] = True

    def __init__(self, parameters: _Parameters) -> None:
        """Make the arm.

        Raises:
            ConfigError: Programs would not differ.
        """
        self._how = parameters
        self._programs = SampledPrograms(parameters.of, parameters.decoding)
        self.roles: tuple[Role, ...] = self._programs.roles
        self.prompts: Mapping[str, ArmPrompt] = self._programs.prompts
        if parameters.twins:
            twins = ArmPrompt("generator", ("count",), multi="twins_multi")
            self.prompts = {**self.prompts, "twins": twins}

    def expected(self, asks: float) -> Expected:
        """See `Arm.expected`."""
        how = self._how
        once = self._programs.expected(asks, how.k)
        return replace(
            once,
            solver_calls=once.solver_calls * (1 + how.twins + how.reordered),
            generator_calls=once.generator_calls + (how.twins > 0),
        )

    def program_requests(
        self, settings: Settings, card: ModelCard, item: Item
    ) -> Iterable[tuple[str, Request]]:
        """See `Writes.program_requests`."""
        return self._programs.requests(settings, card, item, self._how.k)

    def generator_requests(
        self, settings: Settings, card: ModelCard, item: Item
    ) -> Iterable[Request]:
        """See `AsksAhead.generator_requests`."""
        how = self._how
        if not how.twins:
            return []
        fields = {"count": str(how.twins)}
        return [template_request(settings, "twins", how.twins_decoding, card, item, fields=fields)]

    async def answer(self, ctx: ArmContext) -> Outcome:
        """See `Arm.answer`."""
        ballots = await hold_vote(ctx, self._programs.cast, self._how.k)
        vote = outcome_of_vote(ballots, self._programs.noun)
        each = [["".join(ballot.letters), ballot.status] for ballot in ballots]
        facts: dict[str, Any] = {**vote.facts, "ballots": each}
        if not vote.letters:
            return replace(vote, facts=facts)
        written = await self._written(ctx)
        twins = (*written.twins, *reordered_twins(ctx.item, self._how.reordered, ctx.seed))
        passed = await self._passed(ctx, ballots, twins)
        groups = _groups(ballots, passed)
        best = max(groups, key=lambda group: group.rank)  # the first of equal ones
        facts |= _facts(twins, written, passed, groups)
        if best.rank:
            vote = _won(best, ballots)
        ctx.step(vote.letters)
        return replace(vote, facts=facts)

    async def _written(self, ctx: ArmContext) -> WrittenTwins:
        """The twins that the generator writes; none where its prompt can't be served."""
        count = self._how.twins
        if not count:
            return WrittenTwins((), {})
        prompt = ctx.prompt("twins", count=str(count))
        try:
            reply = await ctx.call("generator", prompt, self._how.twins_decoding, key="twins")
        except Refusal as refusal:
            return WrittenTwins((), {refusal.status: count})
        found = read_twins(reply.text, ctx.item, count)
        ctx.note(reply, "twins" if found.twins else "unparsed")
        return found

    async def _passed(
        self, ctx: ArmContext, ballots: Sequence[Ballot], twins: Sequence[Item]
    ) -> dict[int, tuple[int, ...]]:
        """Number of a program -> numbers of the twins that it passes, of those with a letter: the
        others are in no group."""
        voting = [number for number, ballot in enumerate(ballots, 1) if ballot.letters]

        async def one(branch: ArmContext, *, number: int) -> tuple[int, ...]:
            ballot, found = ballots[number - 1], []
            assert ballot.scaffold is not None  # it gave a letter
            for place, twin in enumerate(twins, 1):
                run = await branch.run(
                    ballot.scaffold,
                    key=f"program/{number}/twin/{place}",
                    behind=self._programs.behind,
                    twin=twin,
                )
                if _passes(run, twin, ballot.letters, ctx.item):
                    found.append(place)
            return tuple(found)

        found = await ctx.branches(*(partial(one, number=number) for number in voting))
        return dict(zip(voting, found, strict=True))


def _passes(run: Execution, twin: Item, letters: Sequence[str], item: Item) -> bool:
    """Whether a run on a twin gives what it should."""
    if run.solver_answer is None:
        return False
    claimed = claimed_answer(twin)
    if claimed is not None:
        return set(run.solver_answer) == set(claimed)
    texts = sorted(twin.options[letter] for letter in run.solver_answer)
    return texts == sorted(item.options[letter] for letter in letters)


def _groups(ballots: Sequence[Ballot], passed: Mapping[int, tuple[int, ...]]) -> list[_Group]:
    """Programs by letters and by the very twins passed, the earliest first."""
    found: dict[tuple[tuple[str, ...], tuple[int, ...]], list[int]] = {}
    for number, twins in passed.items():
        found.setdefault((ballots[number - 1].letters, twins), []).append(number)
    return [_Group(letters, twins, tuple(numbers)) for (letters, twins), numbers in found.items()]


def _won(best: _Group, ballots: Sequence[Ballot]) -> Outcome:
    run = ballots[best.programs[0] - 1].run
    assert run is not None  # a program without a run is in no group
    size, twins = len(best.programs), len(best.passed)
    what = f"{size} program{'s' * (size > 1)} that pass{'es' * (size == 1)}"
    detail = f"{what} the same {twins} twin{'s' * (twins > 1)}"
    return Outcome(best.letters, "answered", detail, {}, run.difficulty, run.isolation)


def _facts(
    twins: Sequence[Item],
    written: WrittenTwins,
    passed: Mapping[int, tuple[int, ...]],
    groups: Sequence[_Group],
) -> dict[str, Any]:
    """The table of programs and twins, and the groups."""
    return {
        "twins": [
            ["written" if claimed_answer(twin) is not None else "reordered", twin.id]
            for twin in twins
        ],
        "dropped": dict(written.dropped),
        "passed": {str(number): list(places) for number, places in passed.items()},
        "groups": [
            {
                "letters": "".join(group.letters),
                "programs": list(group.programs),
                "twins": list(group.passed),
                "score": round(group.score, 6),
            }
            for group in groups
        ],
    }
