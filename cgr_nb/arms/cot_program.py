"""Chains of thought checked by programs: each chain is translated into a program, and chains whose
program gives another answer are excluded from the vote.

Sources: the filter of CoTnPoT (Liang et al. 2024, arXiv 2410.05318), without its trained ranker,
and PROVE (Toh et al. 2024, arXiv 2410.12608), which uses that filter alone; its abstract page
reports GSM8K rising from 48.85 to 53.83 with Qwen2-0.5B and from 65.66 to 73.01 with Llama-3.2-1B.
The solver reasons and answers k times; the generator translates each of these chains, seeing no
other, into a program that computes what the chain claims; the letters of the chains that agree with
their programs are voted on.

Deviations from the papers: if no chain agrees with its program, all of them vote, unless `strict`
is set. A chain without a letter is not translated. Programs return a letter instead of a value, as
all programs do here. PROVE uses one model for both roles; a study reproduces this if the same model
is its solver and its generator.

Cost: k solver calls and at most k generator calls. Compare with `self_consistency` at the same k,
and with `pal`: a strong generator may correct what it translates, so that its own answer acts as
the filter. Use it for questions with computed answers; programs cannot confirm knowledge.
Generators whose programs are written outside the study (backend "programs") cannot translate
chains, because these are not known before the study is run.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, ClassVar

from cgr_nb.answer_record import Control, Role
from cgr_nb.arms.context import ArmContext
from cgr_nb.arms.interface import ArmPrompt, Expected, Outcome
from cgr_nb.arms.refusal import Refusal
from cgr_nb.arms.solver_stand_in import NOBODY
from cgr_nb.arms.vote import WARM, Ballot, check_sampled, hold_vote, outcome_of_vote
from cgr_nb.models.decoding import Decoding
from cgr_nb.records import Scaffold
from cgr_nb.util.constraints import Between

__all__ = ["CotProgram"]


@dataclass(frozen=True, slots=True)
class _Parameters:
    """Of arm cot_program."""

    k: Annotated[int, Between(1, 1_000)] = 5
    """Number of chains."""
    strict: bool = False
    """Whether the arm gives no answer if no chain agrees with its program; otherwise all chains
    then vote.
    """
    decoding: Decoding = field(default=Decoding(max_tokens=512, temperature=WARM))
    """Sampling of each chain; the temperature must be above 0, since chains must differ."""
    translation: Decoding | None = None
    """Sampling of each program. None: the study's settings for programs."""


class CotProgram:
    """Can programs identify which of the solver's chains of thought to trust?"""

    Parameters = _Parameters
    summary: ClassVar[str] = (
        "majority vote over sampled chains of thought that agree with their translation into a"
        " program"
    )
    version: ClassVar[int] = 1
    roles: tuple[Role, ...] = ("solver", "generator")
    needs: tuple[str, ...] = ()
    controls: tuple[Control, ...] = ()
    prompts: Mapping[str, ArmPrompt] = {
        "cot": ArmPrompt("solver", multi="cot_multi"),
        "cot_program": ArmPrompt("generator", ("chain",), multi="cot_program_multi"),
    }

    def __init__(self, parameters: _Parameters) -> None:
        """Make the arm.

        Raises:
            ConfigError: Chains would not differ.
        """
        check_sampled(parameters.decoding, "a vote needs chains that differ")
        self._how = parameters

    def expected(self, asks: float) -> Expected:
        """See `Arm.expected`."""
        del asks
        return Expected(solver_calls=self._how.k, generator_calls=self._how.k)

    async def answer(self, ctx: ArmContext) -> Outcome:
        """See `Arm.answer`."""
        ballots = await hold_vote(ctx, self._chain, self._how.k, voting=self._voting)
        kept = [ballot for ballot in ballots if ballot.kept and ballot.letters]
        chains = [ballot for ballot in ballots if ballot.letters]
        vote = outcome_of_vote(self._voting(ballots) or ballots, "chain")
        if chains and not kept and self._how.strict:
            detail = f"none of {len(chains)} chains agrees with its program"
            vote = Outcome((), "none", detail)
        elif vote.letters:
            vote = replace(vote, detail=f"{vote.detail}, {_how_many(len(kept), len(ballots))}")
        facts: dict[str, Any] = {
            **vote.facts,
            "kept": len(kept),
            "chains": [_told(ballot) for ballot in ballots],
        }
        return replace(vote, facts=facts)

    def _voting(self, ballots: Sequence[Ballot]) -> Sequence[Ballot]:
        """The chains that have a vote: those that agree with their programs, if any do."""
        kept = [ballot for ballot in ballots if ballot.kept and ballot.letters]
        return kept if kept or self._how.strict else ballots

    async def _chain(self, ctx: ArmContext, number: int) -> Ballot:
        """A chain with its letter, and the run of the program that it was translated into."""
        key = f"chain/{number}"
        reply = await ctx.call("solver", ctx.prompt("cot"), self._how.decoding, key=key)
        found = ctx.read(reply)
        if found.status != "answered":
            return Ballot((), found.status, kept=False)
        written = await self._translated(ctx, reply.text, f"{key}/program")
        if written is None or written.program_id is None:
            return Ballot(found.letters, found.status, scaffold=written, kept=False)
        run = await ctx.run(written, key=f"{key}/program", behind=NOBODY)
        agrees = found.letters == tuple(run.solver_answer or ())
        return Ballot(found.letters, found.status, scaffold=written, run=run, kept=agrees)

    async def _translated(self, ctx: ArmContext, chain: str, key: str) -> Scaffold | None:
        """The generator's reply; None where it can't be asked."""
        prompt = ctx.prompt("cot_program", chain=chain.strip())
        try:
            return await ctx.write(prompt, key=key, decoding=self._how.translation)
        except Refusal:
            return None


def _how_many(kept: int, count: int) -> str:
    if kept:
        return f"{kept} of {count} chains agree with their programs"
    return "no chain agrees with its program"


def _told(ballot: Ballot) -> dict[str, object]:
    """A chain as its facts tell it."""
    ran = ballot.run
    status = ran.status if ran is not None else "no_program" if ballot.letters else None
    return {
        "letters": "".join(ballot.letters),
        "status": ballot.status,
        "program": (ran.solver_answer or "") if ran is not None else "",
        "program_status": status,
        "kept": ballot.kept,
    }
