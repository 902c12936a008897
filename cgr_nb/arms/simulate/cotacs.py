"""CoTACS: search for one program that serves a whole dataset, instead of fine-tuning.

Source: Weir et al. 2024, arXiv 2405.16337 (CoGEX), whose models are fine-tuned to emulate programs;
here they are only prompted, so the paper's results do not transfer. Once per dataset, the generator
writes one program for each held-out labelled item (`[support]`). Every program is evaluated on all
of these items, and the most accurate one answers every item of the dataset.

A program takes the item as its arguments, and the solver states what the call returns, as in
`cogex`. With `execute = true` (not in the paper), the programs are scaffolds that run and query the
solver, so the search also works with solvers that cannot emulate. Among programs with equal scores,
the one with fewer solver calls wins, then the earlier one. With `top` above 1, the best programs
vote; ties are resolved in favour of the better program's letter.

Deviations from the paper: the arguments are the question, options and context of the item, inserted
into the call by code, so the generator is not needed again. The item for which a program was
written counts like any other. An item whose question also occurs in the study is never held out,
and `verify` rejects a package that contains such an item.

Cost: with n held-out items, n generator calls and n * n emulations (or as many runs with their
calls) once per dataset and pair of models, then `top` emulations or runs per row. Labels and calls
of the setup are reported separately. Compare with `cgr`, which has one program per item, and with
`foreign_scaffold`. Use it where one method answers a whole dataset. With few labels the selection
is noisy: with n = 4, several programs often have the same score, and a program that never queries
the solver can win. Programs written outside the study (backend "programs") cannot be candidates.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Annotated, Any, ClassVar

from cgr_nb.answer_record import Control, Role
from cgr_nb.arms.context import ArmContext
from cgr_nb.arms.interface import ArmPrompt, Expected, Outcome, Prepared
from cgr_nb.arms.refusal import Refusal
from cgr_nb.arms.requests import Request, Settings, template_request
from cgr_nb.arms.simulate.emulation import emulate, item_call
from cgr_nb.arms.simulate.pseudocode import function_of, name_of
from cgr_nb.arms.vote import WARM, Ballot, hold_vote, outcome_of_vote
from cgr_nb.models.decoding import Decoding
from cgr_nb.records import Item, ModelCard
from cgr_nb.scaffolds import program_id
from cgr_nb.util.constraints import Between

__all__ = ["ProgramSearch"]


@dataclass(frozen=True, slots=True)
class _Parameters:
    """Of arm cotacs."""

    execute: bool = False
    """Whether programs are scaffolds, which are run; otherwise the solver emulates them."""
    top: Annotated[int, Between(1, 1_000)] = 1
    """Number of programs that answer, by vote if there are several; at most those that exist."""
    program: Decoding | None = None
    """Sampling of each program. None: the study's settings for programs, but at temperature 0.7 if
    these do not sample.
    """
    decoding: Decoding = field(default=Decoding(max_tokens=512))
    """Sampling of the solver's reply about a call."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A program that was tried."""

    number: int
    """From 1, in the order of the items that programs were written for."""
    program: str | None
    """None: the generator gave none."""
    score: int = 0
    """Items on which it is right."""
    calls: int = 0
    """Of the solver, for all items."""


class ProgramSearch:
    """Can one program serve a whole dataset?"""

    Parameters = _Parameters
    version: ClassVar[int] = 1
    summary: ClassVar[str] = (
        "one program for the whole dataset: the most accurate of those written for held-out"
        " labelled items"
    )
    roles: tuple[Role, ...] = ("solver", "generator")
    needs: tuple[str, ...] = ()
    needs_support: ClassVar[bool] = True
    sampled: ClassVar[bool] = True

    def __init__(self, parameters: _Parameters) -> None:
        self._how = parameters
        self._writer = "generator" if parameters.execute else "cotacs"
        self.controls: tuple[Control, ...] = ("stub",) if parameters.execute else ()
        writer = ArmPrompt("generator", multi=f"{self._writer}_multi")
        self.prompts: Mapping[str, ArmPrompt] = {self._writer: writer}
        if not parameters.execute:
            emulator = ArmPrompt("solver", ("program", "call", "names"))
            self.prompts = {**self.prompts, "cogex_emulate": emulator}

    def expected(self, asks: float) -> Expected:
        """See `Arm.expected`."""
        return Expected(solver_calls=self._how.top * (asks if self._how.execute else 1))

    def expected_setup(self, asks: float, support: int) -> Expected:
        """See `ExpectsSetup.expected_setup`."""
        each = asks if self._how.execute else 1
        return Expected(solver_setup=support * support * each, generator_setup=support)

    def setup_requests(
        self, settings: Settings, card: ModelCard, support: Sequence[Item]
    ) -> Iterable[Request]:
        """See `PreparesAhead.setup_requests`."""
        how = self._writing(settings.generator)
        for number, item in enumerate(support, 1):
            key = f"candidate/{number}"
            yield template_request(settings, self._writer, how, card, item, key)

    async def prepare(self, ctx: ArmContext, support: Sequence[Item]) -> Prepared:
        """See `Prepares.prepare`."""
        if not support:
            return Prepared("", status="error", detail="no item of the dataset was set aside")
        tried = await ctx.branches(
            *(
                partial(self._candidate, number=number, written_for=item, support=support)
                for number, item in enumerate(support, 1)
            )
        )
        there = [one for one in tried if one.program is not None]
        ranked = sorted(there, key=lambda one: (-one.score, one.calls, one.number))
        best = ranked[: self._how.top]
        facts: dict[str, Any] = {
            "scores": [None if one.program is None else one.score for one in tried],
            "calls": [one.calls for one in tried],
            "chosen": [one.number for one in best],
        }
        if not best:
            why = "no reply of the generator holds a program"
            return Prepared("", status="no_program", detail=why, facts=facts)
        programs = [one.program for one in best if one.program is not None]
        return Prepared(
            json.dumps(programs, ensure_ascii=False),
            program_id(programs[0]) if self._how.execute else None,
            detail=f"program {best[0].number} is right on {best[0].score} of {len(support)} items",
            facts=facts,
        )

    async def answer(self, ctx: ArmContext) -> Outcome:
        """See `Arm.answer`."""
        assert ctx.setup is not None  # an arm that prepares is given what it prepared
        programs: list[str] = json.loads(ctx.setup.text)
        if len(programs) == 1:
            ballot = await self._tried(ctx, programs[0], "program")
            if ballot.run is not None:
                return Outcome.of_run(ballot.run)
            return Outcome(ballot.letters, ballot.status, ballot.detail)

        async def cast(branch: ArmContext, number: int) -> Ballot:
            return await self._tried(branch, programs[number - 1], f"program/{number}")

        ballots = await hold_vote(ctx, cast, len(programs))
        outcome = outcome_of_vote(ballots, "program")
        each = [["".join(ballot.letters), ballot.status] for ballot in ballots]
        return replace(outcome, facts={**outcome.facts, "ballots": each})

    def _writing(self, study: Decoding) -> Decoding:
        """How programs are sampled."""
        how = self._how.program or study
        return replace(how, temperature=how.temperature or WARM)

    async def _candidate(
        self, ctx: ArmContext, *, number: int, written_for: Item, support: Sequence[Item]
    ) -> _Candidate:
        """A program that is written for one item, and how often it is right on all."""
        key = f"candidate/{number}"
        program = await self._written(ctx.about(written_for), key)
        if program is None:
            return _Candidate(number, None)
        score, (before, _) = 0, ctx.trail.mark()
        for place, item in enumerate(support, 1):
            try:
                ballot = await self._tried(ctx.about(item), program, f"{key}/on/{place}")
            except Refusal:
                continue  # it can't be served: not right
            score += bool(ballot.letters) and set(ballot.letters) == set(item.gold or ())
        return _Candidate(number, program, score, ctx.trail.mark()[0] - before)

    async def _written(self, ctx: ArmContext, key: str) -> str | None:
        """The program for the item at hand; None where the generator gives none."""
        how, prompt = self._writing(ctx.program_decoding), ctx.prompt(self._writer)
        try:
            if self._how.execute:
                return (await ctx.write(prompt, key=key, decoding=how, item=ctx.item)).source
            reply = await ctx.call("generator", prompt, how, key=key)
        except Refusal:
            return None
        program = function_of(reply.text)
        ctx.note(reply, "program" if program else "no_program")
        return program

    async def _tried(self, ctx: ArmContext, program: str, key: str) -> Ballot:
        """What a program comes to for the item at hand."""
        if self._how.execute:
            run = await ctx.run(program, key=key)
            return Ballot(tuple(run.solver_answer or ()), run.status, run.detail, run=run)
        written = item_call(program, name_of(program), ctx.item)
        said = await emulate(ctx, "cogex_emulate", written, self._how.decoding, key=key)
        return Ballot(said.letters, said.status, said.detail)
