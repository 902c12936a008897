"""Think-and-Execute: one pseudocode per dataset, which the solver simulates for each item.

Source: Chae et al. 2024, arXiv 2404.02575, who report better results than chain of thought and
program of thought on seven algorithmic tasks of BIG-Bench Hard; another paper reports about twice
the average accuracy of Chain of Code there. Once per dataset, the generator is shown some of its
questions without their answers, describes the reasoning that they share, and turns the description
into pseudocode: one function that prints its state after each step. The pseudocode is never run, so
helper functions may be undefined and it need not be valid Python. For each item, the solver is
shown the pseudocode, the item and the call, and writes what would be printed; the last line that
states an answer counts.

Deviations from the paper: the questions are a seeded sample of the study's own items. If no printed
line states an answer, the letter is extracted from the whole output. If the last answer line has no
readable option, the answer is wrong, whatever precedes it.

Cost: two generator calls per dataset, and one solver call with a long reply per row (1,500 tokens
in the paper's code). Compare with `cot`, which has no plan, and with `code_plan`, which plans each
item. Use it for datasets whose questions can be answered by one procedure. For questions on mixed
topics, a shared pseudocode contributes little, and solvers of a few hundred million parameters
cannot simulate one. In a study that is run in two phases, the setup calls are made by a run without
a phase, because the second call depends on the reply to the first.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, ClassVar

from cgr_nb.answer_record import Control, Role
from cgr_nb.answers import CUT_THOUGHT, extract
from cgr_nb.arms.context import ArmContext
from cgr_nb.arms.interface import ArmPrompt, Expected, Outcome, Prepared
from cgr_nb.arms.requests import derive_seed
from cgr_nb.arms.simulate.pseudocode import function_of, name_of
from cgr_nb.models.decoding import Decoding
from cgr_nb.records import Extraction, Item, Reply
from cgr_nb.util.constraints import Between

__all__ = ["ThinkExecute"]

_ANSWER = re.compile(
    r"^[^\w\n]{0,8}(?:final[ \t]+)?answer\b[^\w\n]{0,8}[:=][ \t]*\S.*$",
    re.IGNORECASE | re.MULTILINE,
)
"""A printed line that states an answer."""


@dataclass(frozen=True, slots=True)
class _Parameters:
    """Of arm think_execute."""

    examples: Annotated[int, Between(1, 50)] = 3
    """Number of the dataset's questions shown to the generator, without their answers; all of them
    if there are fewer.
    """
    analysis: Decoding = field(default=Decoding(max_tokens=1024))
    """Sampling of the description of what the questions have in common."""
    pseudocode: Decoding = field(default=Decoding(max_tokens=1024))
    decoding: Decoding = field(default=Decoding(max_tokens=1500))
    """Sampling of the simulated output."""


class ThinkExecute:
    """Does pseudocode for the whole dataset help the solver to reason?"""

    Parameters = _Parameters
    summary: ClassVar[str] = (
        "pseudocode written once per dataset, which the solver simulates for each item"
    )
    version: ClassVar[int] = 1
    roles: tuple[Role, ...] = ("solver", "generator")
    needs: tuple[str, ...] = ()
    needs_support: ClassVar[bool] = False
    controls: tuple[Control, ...] = ()
    prompts: Mapping[str, ArmPrompt] = {
        "think_analysis": ArmPrompt("generator", ("examples",)),
        "think_pseudocode": ArmPrompt(
            "generator", ("examples", "analysis"), multi="think_pseudocode_multi"
        ),
        "think_simulate": ArmPrompt("solver", ("pseudocode", "call"), multi="think_simulate_multi"),
    }

    def __init__(self, parameters: _Parameters) -> None:
        self._how = parameters

    def expected(self, asks: float) -> Expected:
        """See `Arm.expected`."""
        del asks
        return Expected(solver_calls=1, generator_setup=2)

    def examples(self, dataset: Sequence[Item], seed: int) -> tuple[Item, ...]:
        """See `Examples.examples`: drawn by what a model sees, so that gold does not choose."""
        drawn = sorted(dataset, key=lambda item: (_draw(seed, item), item.question))
        return tuple(drawn[: self._how.examples])

    async def prepare(self, ctx: ArmContext, support: Sequence[Item]) -> Prepared:
        """See `Prepares.prepare`."""
        del support
        if not ctx.companions:
            return Prepared("", status="error", detail="the dataset has no question to look at")
        first = ctx.companions[0]
        shown = "\n\n".join(_told(item) for item in ctx.companions)
        prompt = ctx.prompt("think_analysis", item=first, examples=shown)
        analysis = await ctx.call("generator", prompt, self._how.analysis, key="analysis")
        prompt = ctx.prompt(
            "think_pseudocode", item=first, examples=shown, analysis=analysis.text.strip()
        )
        reply = await ctx.call("generator", prompt, self._how.pseudocode, key="pseudocode")
        written = function_of(reply.text)
        ctx.note(reply, "program" if written else "no_program")
        facts = {"examples": [item.id for item in ctx.companions]}
        if written is None:
            why = "the generator's reply holds no function"
            return Prepared("", status="no_program", detail=why, facts=facts)
        return Prepared(written, facts=facts)

    async def answer(self, ctx: ArmContext) -> Outcome:
        """See `Arm.answer`."""
        assert ctx.setup is not None  # an arm that prepares is given what it prepared
        pseudocode = ctx.setup.text
        call = f"{name_of(pseudocode)}(question, options, context)"
        prompt = ctx.prompt("think_simulate", pseudocode=pseudocode, call=call)
        reply = await ctx.call("solver", prompt, self._how.decoding, key="simulate")
        found, steps = _read(ctx, reply)
        outcome = Outcome.read(found)
        return Outcome(outcome.letters, outcome.status, outcome.detail, {"steps": steps})


def _draw(seed: int, item: Item) -> int:
    shown = [item.question, item.context, list(item.options.values())]
    return derive_seed(seed, "example", shown)


def _told(item: Item) -> str:
    """A question as the generator is shown it."""
    lines = [f"{letter}) {text.strip()}" for letter, text in item.options.items()]
    context = f"{item.context.strip()}\n" if item.context else ""
    return "\n".join((f"{context}{item.question.strip()}", *lines))


def _read(ctx: ArmContext, reply: Reply) -> tuple[Extraction, int]:
    """What an output answers, and lines that are printed before."""
    stated = None if reply.is_cut_thought else [*_ANSWER.finditer(reply.text)][-1:]
    if not stated:
        found = ctx.read(reply)
        cut = found.rule == CUT_THOUGHT
        return found, 0 if cut else sum(bool(line.strip()) for line in reply.text.splitlines())
    [last] = stated
    found = extract(last[0], ctx.item.options, multi=ctx.multi)
    span = found.span and (last.start() + found.span[0], last.start() + found.span[1])
    ctx.note(reply, found.status, found.letters, found.rule, span)
    before = reply.text[: last.start()].splitlines()
    return found, sum(bool(line.strip()) for line in before)
