"""Options scored as often as the scaffold made calls, each time behind another prompt, without a
program: the control for scaffolds that ask with choices or for scores, at their own cost in calls.

A scaffold that has texts scored behind eight questions may be right more often than one score
because eight are better than one, whoever asks. So the question is put k times, each time with the
worked examples and the listed options in another order. An option's values are averaged over all
prompts, and the highest mean is the answer: of sums of log-probabilities, which is the product of
the k probabilities, or per character or byte. Options are listed without letters since that was the
better of the two wordings there are (`templates`) on items that no result is reported of; figures
are in `docs/benchmarks/prompts.md`. "scored" is the prompt of `scored_direct`.

k is the number of calls that the row's scaffold made, scored or not, and 1 where it made none,
unless the study gives it. Orders are drawn from the study's seed and the number of the prompt, and
those of listed options from the question too. A call scores all options, as a scaffold's call with
choices does. Calls are matched, tokens are not: prompts with worked examples are longer than most
scaffolds' own questions are, and both are on record. A profile whose templates have no worked
examples ("tiny") has fewer different prompts than calls.
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
    """Prompts; None: as many as the scaffold made calls. A study without a generator must give
    it."""
    by: By = "acc"
    """Sum of log-probabilities, as a scaffold's choices are compared; "acc_norm": by character;
    "acc_bytes": by byte."""
    templates: tuple[str, ...] = ("scored_listed",)
    """Wordings, in turn: "scored_listed" names the options' texts behind the question, "scored" is
    the question alone."""


class ScoredEnsemble:
    """Is it the program, or only that options are scored so often?"""

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
