"""Deductive verification: each step of a chain of thought is judged on its own, from its cited
premises only; chains with an invalid step are excluded from the vote.

Source: Ling et al. 2023, arXiv 2306.03872 (Natural Program). The solver first lists what the item
states, as numbered premises. It then samples k chains, whose numbered steps cite their premises, as
in `#6 (by #1 #2) ...`. For each step, the solver is shown only the cited statements and judges
whether the step follows. The letters of the chains whose steps are all valid are voted on. The
paper finds that invalid steps are detected; final accuracy of GPT-3.5 depends on where the citation
is placed (before the step, as here, or after it: GSM8K 87.1 and 88.5, AQuA 70.3 and 71.3, Date 72.5
and 77.4).

Deviations from the paper: the options are added as one more premise by code; if the solver lists no
premises, the question is the only other one. A step without a citation is invalid (the paper's code
accepts it), as is one that cites a statement that does not precede it, and a chain without steps.
Judging stops at the first invalid step. A single judgement is the more probable of yes and no;
several judgements are sampled. If no chain remains, all of them vote.

Cost: 1 + k solver calls, and `votes` more for each step of a chain. Compare with `self_consistency`
at a matched call budget. Use it where answers follow from what the item states; a step that relies
on knowledge outside the premises is judged invalid. Small models judge at chance level, and the arm
is then a vote over fewer chains.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, ClassVar

from cgr_nb.answer_record import Role
from cgr_nb.arms.context import ArmContext
from cgr_nb.arms.interface import ArmPrompt, Expected, Outcome
from cgr_nb.arms.refusal import Refusal
from cgr_nb.arms.vote import WARM, Ballot, check_sampled, hold_vote, outcome_of_vote
from cgr_nb.models.decoding import Decoding
from cgr_nb.util.constraints import Between

__all__ = ["Deductive"]

_LINE = re.compile(r"[ \t]*#(\d{1,4})\b[.:)]?[ \t]*(.*)")
_BY = re.compile(r"\(by ([^()]*)\)[.:]?[ \t]*(.*)", re.IGNORECASE)
_NUMBER = re.compile(r"#(\d{1,4})\b")
_LIKELY_STEPS = 4
"""Of a chain, for a plan."""


@dataclass(frozen=True, slots=True)
class _Parameters:
    """Of arm deductive."""

    k: Annotated[int, Between(1, 1_000)] = 5
    """Number of chains."""
    votes: Annotated[int, Between(1, 101)] = 1
    """Number of judgements of each step, of which more than half must be yes. 1: the more probable
    of yes and no; several: replies sampled like the chains.
    """
    premises: Decoding = field(default=Decoding(max_tokens=256))
    """Sampling of the premises."""
    decoding: Decoding = field(default=Decoding(max_tokens=512, temperature=WARM))
    """Sampling of each chain; the temperature must be above 0, since chains must differ."""


@dataclass(frozen=True, slots=True)
class _Step:
    """A step of a chain."""

    number: int
    by: tuple[int, ...]
    """What it rests on; empty: it does not say."""
    text: str


@dataclass(frozen=True, slots=True)
class _Chain:
    """What was found of a chain."""

    steps: int
    failed: int | None
    """Number of the first step that does not hold."""

    @property
    def is_valid(self) -> bool:
        """Whether there are steps, and all hold."""
        return self.steps > 0 and self.failed is None


class Deductive:
    """Does judging each step separately identify the solver's valid chains of thought?"""

    Parameters = _Parameters
    summary: ClassVar[str] = (
        "majority vote over sampled chains of thought whose steps the solver, shown only their"
        " premises, judges to be valid"
    )
    version: ClassVar[int] = 1
    roles: tuple[Role, ...] = ("solver",)
    needs: tuple[str, ...] = ()
    prompts: Mapping[str, ArmPrompt] = {
        "deductive_premises": ArmPrompt("solver"),
        "deductive_chain": ArmPrompt("solver", ("premises",), multi="deductive_chain_multi"),
        "deductive_check": ArmPrompt("solver", ("premises", "step")),
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
        return Expected(solver_calls=1 + self._how.k * (1 + _LIKELY_STEPS * self._how.votes))

    async def answer(self, ctx: ArmContext) -> Outcome:
        """See `Arm.answer`."""
        premises = await self._premises(ctx)
        chains: dict[int, _Chain] = {}

        async def cast(branch: ArmContext, number: int) -> Ballot:
            ballot, chains[number] = await self._chain(branch, number, premises)
            return ballot

        ballots = await hold_vote(ctx, cast, self._how.k, voting=_voting)
        vote = outcome_of_vote(_voting(ballots), "chain")
        valid = sum(ballot.kept and bool(ballot.letters) for ballot in ballots)
        if vote.letters:
            kept = f"{valid} of {len(ballots)} chains hold" if valid else "no chain holds"
            vote = replace(vote, detail=f"{vote.detail}, {kept}")
        told = [_told(ballot, chains.get(n)) for n, ballot in enumerate(ballots, 1)]
        facts = {**vote.facts, "premises": len(premises), "valid": valid, "chains": told}
        return replace(vote, facts=facts)

    async def _premises(self, ctx: ArmContext) -> dict[int, str]:
        """Number -> statement: those that the solver wrote, counted anew, and the options."""
        prompt = ctx.prompt("deductive_premises")
        reply = await ctx.call("solver", prompt, self._how.premises, key="premises")
        texts = [text for _, text in _lines(reply.text) if text]
        ctx.note(reply, "premises" if texts else "unparsed")
        item = ctx.item
        if not texts:
            texts = [" ".join(f"{item.context or ''} {item.question}".split())]
        options = ", ".join(f"{letter}) {text.strip()}" for letter, text in item.options.items())
        return dict(enumerate((*texts, f"The options are: {options}."), 1))

    async def _chain(
        self, ctx: ArmContext, number: int, premises: Mapping[int, str]
    ) -> tuple[Ballot, _Chain]:
        """A chain with its letter, and what was found of its steps."""
        prompt = ctx.prompt("deductive_chain", premises=_listed(premises))
        key = f"chain/{number}"
        reply = await ctx.call("solver", prompt, self._how.decoding, key=key)
        found = ctx.read(reply)
        if found.status != "answered":
            return Ballot((), found.status, kept=False), _Chain(0, None)
        steps, known = _steps(reply.text), dict(premises)
        failed = None
        for step in steps:
            stands = step.by and step.text and set(step.by) <= set(known)
            if not stands or step.number in known or not await self._holds(ctx, step, known, key):
                failed = step.number
                break
            known[step.number] = step.text
        chain = _Chain(len(steps), failed)
        return Ballot(found.letters, found.status, kept=chain.is_valid), chain

    async def _holds(
        self, ctx: ArmContext, step: _Step, known: Mapping[int, str], chain: str
    ) -> bool:
        """Whether a step follows from what it cites, shown that alone."""
        cited = {number: known[number] for number in sorted(set(step.by))}
        prompt = ctx.prompt("deductive_check", premises=_listed(cited), step=step.text)
        key, votes = f"{chain}/step/{step.number}", self._how.votes
        how = Decoding(max_tokens=8)
        choices: tuple[str, ...] = ("yes", "no")
        if votes > 1:  # the likeliest choice would be the same each time
            how, choices = replace(self._how.decoding, max_tokens=8), ()
        yes = 0
        for vote in range(1, votes + 1):
            name = key if vote == 1 else f"{key}/{vote}"
            try:
                reply = await ctx.call("solver", prompt, how, key=name, choices=choices)
            except Refusal:
                continue  # what can't be judged does not hold; the chain still has its letter
            word = re.match(r"\W*(yes|no)\b", reply.text.lower())
            ctx.note(reply, word[1] if word else "unparsed")
            yes += word is not None and word[1] == "yes"
        return 2 * yes > votes


def _lines(text: str) -> list[tuple[int, str]]:
    """Number and rest of the lines that begin with one; what stands between is left out."""
    found: list[tuple[int, str]] = []
    for line in text.splitlines():
        match = _LINE.fullmatch(line)
        if match:
            found.append((int(match[1]), match[2].strip()))
    return found


def _steps(text: str) -> list[_Step]:
    """The steps of a chain."""
    found = []
    for number, rest in _lines(text):
        match = _BY.match(rest)
        by = tuple(int(one) for one in _NUMBER.findall(match[1])) if match else ()
        found.append(_Step(number, by, match[2].strip() if match else rest))
    return found


def _listed(statements: Mapping[int, str]) -> str:
    return "\n".join(f"#{number} {text}" for number, text in statements.items())


def _voting(ballots: Sequence[Ballot]) -> Sequence[Ballot]:
    """The chains that have a vote: the valid ones, if there are any."""
    return [ballot for ballot in ballots if ballot.kept and ballot.letters] or ballots


def _told(ballot: Ballot, chain: _Chain | None) -> dict[str, object]:
    """A chain as its facts tell it."""
    found: dict[str, object] = {"letters": "".join(ballot.letters), "status": ballot.status}
    if chain is not None:
        found |= {"steps": chain.steps, "failed": chain.failed, "valid": chain.is_valid}
    return found
