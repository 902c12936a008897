"""Options scored as often as the scaffold made calls, each time after a different prompt, without a
program: the control for scaffolds that ask with choices or for scores, at a matched call budget.

A scaffold that scores texts after eight questions may beat a single score simply because eight are
better than one, whoever asks. So the question is asked k times, each time with the worked examples
and the listed options in another order. An option's values are averaged over all prompts, and the
option with the highest mean is the answer: the mean of sums of log-probabilities (equivalent to the
product of the k probabilities), or per character or per byte. Options are listed without letters,
because this was the better of the two wordings (`templates`) on items on which no result is
reported; see `docs/benchmarks/prompts.md`. "scored" is the prompt of `scored_direct`.

k is the number of calls that the row's scaffold made, scored or not (1 if it made none), unless the
study sets it. Orders depend on the study's seed and the number of the prompt, and those of listed
options on the question too. One call scores all options, like a scaffold's call with choices. Calls
are matched but tokens are not: prompts with worked examples are longer than most questions of
scaffolds, and both counts are recorded. A profile whose templates have no worked examples ("tiny")
has fewer distinct prompts than calls.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Annotated, ClassVar

from cgr_nb.answer_record import Role
from cgr_nb.arms.context import ArmContext
from cgr_nb.arms.interface import ArmPrompt, Expected, Outcome
from cgr_nb.arms.ranking import NO_SETS, By, rankings, score_options, scored_texts
from cgr_nb.arms.refusal import Refusal
from cgr_nb.arms.requests import derive_seed
from cgr_nb.errors import ConfigError
from cgr_nb.models.choices import why_no_scores
from cgr_nb.prompts import RenderedPrompt
from cgr_nb.records import Score
from cgr_nb.util.constraints import Between

__all__ = ["ScoredEnsemble"]

_FIELDS: Mapping[str, tuple[str, ...]] = {"scored": (), "scored_listed": ("listed",)}
"""Templates that may be taken -> their own fields."""


@dataclass(frozen=True, slots=True)
class _Parameters:
    """Of arm scored_ensemble."""

    k: Annotated[int, Between(1, 10_000)] | None = None
    """Number of prompts; None: the number of calls that the scaffold made. Required in a study
    without a generator.
    """
    by: By = "acc"
    """"acc": sum of log-probabilities, as in a scaffold's choices; "acc_norm": per character;
    "acc_bytes": per byte.
    """
    templates: tuple[str, ...] = ("scored_listed",)
    """Wordings, used in turn: "scored_listed" lists the option texts after the question, "scored"
    is the question alone.
    """


class ScoredEnsemble:
    """Is it the program, or only that options are scored several times?"""

    Parameters = _Parameters
    summary: ClassVar[str] = (
        "the option with the highest mean score over as many prompts as the scaffold made calls"
    )
    version: ClassVar[int] = 1
    roles: tuple[Role, ...] = ("solver",)

    def __init__(self, parameters: _Parameters) -> None:
        """Make the arm.

        Raises:
            ConfigError: A wording is not known, or there is none.
        """
        unknown = [name for name in parameters.templates if name not in _FIELDS]
        if unknown or not parameters.templates:
            raise ConfigError(
                "unknown template for scored_ensemble",
                got=", ".join(unknown) or "none",
                fix=", ".join(_FIELDS),
            )
        self._how = parameters
        self.needs: tuple[str, ...] = ("cgr",) if parameters.k is None else ()
        self.prompts: Mapping[str, ArmPrompt] = {
            name: ArmPrompt("solver", fields=_FIELDS[name]) for name in parameters.templates
        }

    def expected(self, asks: float) -> Expected:
        """See `Arm.expected`."""
        return Expected(solver_calls=self._how.k or max(1.0, asks))

    async def answer(self, ctx: ArmContext) -> Outcome:
        """See `Arm.answer`."""
        if ctx.multi:
            return Outcome.impossible(NO_SETS)
        how = self._how
        count = how.k or max(1, ctx.answers["cgr"].totals.solver_calls)
        texts = scored_texts(ctx.item.options, "texts")
        found = await ctx.branches(*(partial(self._score, number=n) for n in range(count)))
        scores: list[Mapping[str, Score]] = []
        for number, one in enumerate(found, 1):
            if one is not None and not isinstance(one, Refusal):
                scores.append(one)
            ctx.step((rankings(texts, scores)[how.by],) if scores else (), number, 0)
        refusals = [one for one in found if isinstance(one, Refusal)]
        if len(refusals) == count:
            return Outcome((), refusals[0].status, refusals[0].what, error=refusals[0].what)
        if not scores:
            return Outcome.impossible(why_no_scores(ctx.card("solver")))
        first = rankings(texts, scores)
        facts = {"by": how.by, "prompts": len(scores), **first}
        detail = f"the highest mean of {len(scores)} scores by {how.by}"
        return Outcome((first[how.by],), "answered", detail, facts)

    async def _score(self, ctx: ArmContext, *, number: int) -> dict[str, Score] | Refusal | None:
        texts = scored_texts(ctx.item.options, "texts")
        prompt = self._prompt(ctx, number, list(dict.fromkeys(texts.values())))
        try:
            return await score_options(ctx, prompt, texts, self._how.by, key=f"framing/{number}")
        except Refusal as refusal:
            return refusal

    def _prompt(self, ctx: ArmContext, number: int, texts: list[str]) -> RenderedPrompt:
        names = self._how.templates
        name = names[number % len(names)]
        order = derive_seed(ctx.seed, "framing", number) if number else None
        if "listed" not in _FIELDS[name]:
            return ctx.prompt(name, order=order)
        draw = random.Random(derive_seed(ctx.seed, "listed", number, ctx.item.question))
        draw.shuffle(texts)
        return ctx.prompt(name, order=order, listed="; ".join(texts))
