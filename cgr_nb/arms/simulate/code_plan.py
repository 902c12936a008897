"""Code-form plan: the reasoning is first planned in the form of code, then carried out in words.

Source: Wen et al. 2024, arXiv 2409.12452 (CodePlan), who train models on two million such plans.
Here models are only prompted, which is the paper's starting point, so do not expect its results.
One model writes a plan for the item as pseudocode: what to look at, which steps to take, and where
cases branch. The solver is shown the item and the plan, follows the plan in words, and answers. The
plan is never run.

Deviations from the paper: the plan is generated in a separate call; if the reply contains no code
block, the whole reply is used as the plan.

Cost: one call for the plan, made to the generator or the solver (`writer`), and one solver call for
the answer. Compare with `cot`, which has no plan, and with `think_execute`, which uses one plan for
the whole dataset. With `writer = "generator"`, a plan may contain the answer: check `control =
["foreign"]`, which uses another item's plan, and the generator-side answer. The arm serves as a
baseline for arms that run code.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from cgr_nb.answer_record import Control, Role
from cgr_nb.arms.context import ArmContext
from cgr_nb.arms.interface import ArmPrompt, Expected, Outcome
from cgr_nb.arms.requests import Request, Settings, request_of
from cgr_nb.arms.simulate.pseudocode import block_of
from cgr_nb.models.decoding import Decoding
from cgr_nb.prompts import render
from cgr_nb.records import Item, ModelCard

__all__ = ["CodePlan"]

_KEY = "plan"


@dataclass(frozen=True, slots=True)
class _Parameters:
    """Of arm code_plan."""

    writer: Literal["generator", "solver"] = "generator"
    """Which model writes the plan."""
    plan: Decoding = field(default=Decoding(max_tokens=512))
    """Sampling of the plan."""
    decoding: Decoding = field(default=Decoding(max_tokens=512))
    """Sampling of the answer."""


class CodePlan:
    """Does a plan in the form of code help the solver to reason?"""

    Parameters = _Parameters
    summary: ClassVar[str] = "a plan for the item in the form of code, which the solver follows"
    version: ClassVar[int] = 1
    needs: tuple[str, ...] = ()

    def __init__(self, parameters: _Parameters) -> None:
        self._how = parameters
        by_generator = parameters.writer == "generator"
        self.roles: tuple[Role, ...] = ("solver", "generator") if by_generator else ("solver",)
        self.controls: tuple[Control, ...] = ("foreign",) if by_generator else ()
        self.prompts: Mapping[str, ArmPrompt] = {
            "code_plan": ArmPrompt(parameters.writer),
            "code_plan_answer": ArmPrompt("solver", ("plan",), multi="code_plan_answer_multi"),
        }

    def expected(self, asks: float) -> Expected:
        """See `Arm.expected`."""
        del asks
        if self._how.writer == "solver":
            return Expected(solver_calls=2)
        return Expected(solver_calls=1, generator_calls=1)

    def generator_requests(
        self, settings: Settings, card: ModelCard, item: Item
    ) -> Iterable[Request]:
        """See `AsksAhead.generator_requests`."""
        if self._how.writer == "solver":
            return []
        prompt = render("code_plan", item, card.prompts, folder=settings.prompts_folder)
        return [request_of(settings, _KEY, self._how.plan, prompt)]

    async def answer(self, ctx: ArmContext) -> Outcome:
        """See `Arm.answer`."""
        how = self._how
        reply = await ctx.call(how.writer, ctx.prompt("code_plan"), how.plan, key=_KEY)
        plan, is_code = block_of(reply.text)
        ctx.note(reply, "plan" if plan else "unparsed")
        if not plan:
            return Outcome((), "unparsed", "the reply holds no plan")
        prompt = ctx.prompt("code_plan_answer", plan=plan)
        found = ctx.read(await ctx.call("solver", prompt, how.decoding, key="answer"))
        read = Outcome.read(found)
        facts = {"plan_lines": sum(bool(line.strip()) for line in plan.splitlines())}
        return Outcome(read.letters, read.status, read.detail, {**facts, "is_code": is_code})
