"""Code-based self-verification: programs check the answers, and the results of the checks weight
the votes.

Source: Zhou et al. 2023, arXiv 2308.07921 (CSV), who report, with GPT-4 and a code interpreter,
MATH 69.69 rising to 73.54 with the check and to 84.32 with weighted votes over 16 paths. On each
path, the generator writes a program that computes the answer, and another that checks this answer
and prints True, False or Uncertain; after False it revises the first program, and the revision is
checked in turn. Each path's vote is weighted by the result of its last check.

Deviations from the paper: the weights. A check that crashes, is stopped, or prints none of these
words counts as Uncertain. A program that gives no letter is revised with its error message instead
of a check. If a revision gives no letter, the previous answer is kept, still rated False. Each
check sees the program that it checks but no earlier one. The paper's model works in a single
conversation in which it runs code as often as it likes. The paper uses one model for both roles; a
study reproduces this if the same model is its solver and its generator.

Cost: at most paths * (2 + 2 * amends) generator calls, and no solver calls. The first programs are
those of `consensus` with `of = "pal"` and the same number of programs, so that the two arms differ
only in the checks; for a matched call budget, compare with that arm at k = paths * (2 + 2 *
amends). Use it where answers can be substituted back into the question and the generator is strong:
a model that cannot check answers True to everything, and a plain vote remains. Programs written
outside the study (backend "programs") cannot be checked, because the check depends on what they
return.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Annotated, ClassVar, TypeAlias

from cgr_nb.answer_record import Control, Role
from cgr_nb.arms.checks import CheckState, state_of
from cgr_nb.arms.context import ArmContext
from cgr_nb.arms.conversation import OBSERVATION_CHARS, Conversation, shortened
from cgr_nb.arms.interface import ArmPrompt, Expected, Outcome
from cgr_nb.arms.refusal import Refusal
from cgr_nb.arms.requests import Request, Settings
from cgr_nb.arms.solver_stand_in import NOBODY
from cgr_nb.arms.vote import WARM, Ballot, SampledPrograms, hold_vote, outcome_of_vote, scores
from cgr_nb.errors import ConfigError
from cgr_nb.models.decoding import Decoding
from cgr_nb.prompts import RenderedPrompt
from cgr_nb.records import Execution, Item, ModelCard, Scaffold
from cgr_nb.util.constraints import Between

__all__ = ["SelfVerification"]

_Weight: TypeAlias = Annotated[float, Between(0, 1_000)]


@dataclass(frozen=True, slots=True)
class _Parameters:
    """Of arm csv."""

    paths: Annotated[int, Between(1, 1_000)] = 5
    """Number of answers to check and vote over."""
    amends: Annotated[int, Between(0, 20)] = 1
    """How often an answer may be revised on one path."""
    w_true: _Weight = 1.0
    """Weight of an answer whose last check said True."""
    w_uncertain: _Weight = 0.5
    """Weight if it said Uncertain. At most w_true."""
    w_false: _Weight = 0.2
    """Weight if it said False. At most w_uncertain; 0: no vote."""
    decoding: Decoding | None = None
    """Sampling of all but the first program; the temperature must be above 0. None: the study's
    settings for programs.
    """


@dataclass(frozen=True, slots=True)
class _Path:
    """A path so far."""

    ballot: Ballot
    checks: tuple[CheckState, ...] = ()
    """What each check said, in order."""
    amends: int = 0

    @property
    def state(self) -> CheckState:
        """Of the answer that stands."""
        return self.checks[-1] if self.checks else "Uncertain"


class SelfVerification:
    """Can the generator's code identify which of its answers are correct?"""

    Parameters = _Parameters
    summary: ClassVar[str] = (
        "programs that compute the answer, each checked by another program; the checks weight the"
        " votes"
    )
    version: ClassVar[int] = 1
    needs: tuple[str, ...] = ()
    sampled: ClassVar[bool] = True
    roles: tuple[Role, ...] = ("generator",)
    controls: tuple[Control, ...] = ()
    prompts: Mapping[str, ArmPrompt] = {
        "pal": ArmPrompt("generator", multi="pal_multi"),
        "csv_check": ArmPrompt("generator", ("answer",)),
        "csv_amend": ArmPrompt("generator", ("printed", "ended")),
    }

    def __init__(self, parameters: _Parameters) -> None:
        """Make the arm.

        Raises:
            ConfigError: Programs would not differ, or the weights reward what was found wrong.
        """
        self._how = parameters
        self._programs = SampledPrograms("pal", parameters.decoding)
        weights = (parameters.w_true, parameters.w_uncertain, parameters.w_false)
        if list(weights) != sorted(weights, reverse=True) or not weights[0]:
            raise ConfigError(
                "the weights of checked answers are out of order",
                got=f"w_true = {weights[0]:g}, w_uncertain = {weights[1]:g}, w_false ="
                f" {weights[2]:g}",
                fix="w_true is above 0 and no less than w_uncertain, that no less than w_false",
            )
        # By their decimals, so that 0.2 five times is 1.
        names: tuple[CheckState, ...] = ("True", "Uncertain", "False")
        self._weights = {
            name: Fraction(str(weight)) for name, weight in zip(names, weights, strict=True)
        }

    def expected(self, asks: float) -> Expected:
        """See `Arm.expected`; the most that it may come to."""
        del asks
        return Expected(generator_calls=self._how.paths * (2 + 2 * self._how.amends))

    def program_requests(
        self, settings: Settings, card: ModelCard, item: Item
    ) -> Iterable[tuple[str, Request]]:
        """See `Writes.program_requests`: the first program of each path."""
        return self._programs.requests(settings, card, item, self._how.paths)

    async def answer(self, ctx: ArmContext) -> Outcome:
        """See `Arm.answer`."""
        paths: dict[int, _Path] = {}

        async def cast(branch: ArmContext, number: int) -> Ballot:
            path = await self._path(branch, number)
            paths[number] = path
            return replace(path.ballot, weight=self._weights[path.state])

        ballots = await hold_vote(ctx, cast, self._how.paths)
        vote = outcome_of_vote(ballots, self._programs.noun)
        weighed = {"".join(letters): float(score) for letters, score in scores(ballots).items()}
        facts = {
            **vote.facts,
            "scores": weighed,
            "paths": [_told(ballot, paths.get(n)) for n, ballot in enumerate(ballots, 1)],
        }
        if vote.letters:
            weight = weighed["".join(vote.letters)]
            detail = f"weight {weight:g} of {sum(weighed.values()):g}, {vote.detail}"
            vote = replace(vote, detail=detail)
        return replace(vote, facts=facts)

    async def _path(self, ctx: ArmContext, number: int) -> _Path:
        """An answer, its check, and amendments as long as a check says that it is wrong."""
        path = _Path(await self._programs.cast(ctx, number))
        while path.ballot.scaffold is not None and path.ballot.run is not None:
            # About this program alone: earlier ones are not told.
            talk = ctx.conversation("generator", ctx.prompt("pal"))
            talk.add_program(path.ballot.scaffold)
            failed = path.ballot.run
            if path.ballot.letters:
                check = await self._check(ctx, talk, number, path)
                path = replace(path, checks=(*path.checks, state_of(check)))
                if check is None or path.state != "False":
                    break
                failed = check
            if path.amends == self._how.amends:
                break
            path = replace(path, amends=path.amends + 1)
            amended = await self._amended(ctx, talk, number, path.amends, failed)
            if amended is None or (path.ballot.letters and not amended.letters):
                break
            path = replace(path, ballot=amended)
        return path

    async def _check(
        self, ctx: ArmContext, talk: Conversation, number: int, path: _Path
    ) -> Execution | None:
        """The run of a program that checks a path's answer; None where there is no program."""
        letters = path.ballot.letters
        answer = "\n".join(f"{letter}) {ctx.item.options[letter]}" for letter in letters)
        prompt = ctx.prompt("csv_check", answer=answer)
        key = f"program/{number}/check/{len(path.checks) + 1}"
        written = await self._written(ctx, talk, prompt, key)
        return None if written is None else await ctx.run(written, key=key, behind=NOBODY)

    async def _amended(
        self, ctx: ArmContext, talk: Conversation, number: int, amend: int, failed: Execution
    ) -> Ballot | None:
        """The answer of a program that is written in view of a run that failed; None where there
        is no program."""
        printed = shortened(failed.output.strip(), OBSERVATION_CHARS) or "(nothing)"
        ended = failed.detail or "solve returned"
        prompt = ctx.prompt("csv_amend", printed=printed, ended=ended)
        key = f"program/{number}/amend/{amend}"
        written = await self._written(ctx, talk, prompt, key)
        if written is None:
            return None
        run = await ctx.run(written, key=key, behind=NOBODY)
        return Ballot(tuple(run.solver_answer or ()), run.status, run.detail, written, run)

    async def _written(
        self, ctx: ArmContext, talk: Conversation, prompt: RenderedPrompt, key: str
    ) -> Scaffold | None:
        """The next program; None where the reply holds none, or there is no reply."""
        how = self._how.decoding or ctx.program_decoding
        how = replace(how, temperature=how.temperature or WARM)
        try:
            written = await talk.write(prompt, key=key, decoding=how)
        except Refusal:
            return None
        return written if written.program_id is not None else None


def _told(ballot: Ballot, path: _Path | None) -> dict[str, object]:
    """A path as its facts tell it."""
    found: dict[str, object] = {"letters": "".join(ballot.letters), "status": ballot.status}
    if path is not None:
        state = path.state if ballot.letters else None
        found |= {"state": state, "checks": list(path.checks), "amends": path.amends}
    return found
