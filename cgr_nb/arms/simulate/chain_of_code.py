"""Chain of Code: the interpreter executes what it can, and the solver simulates the rest.

Source: Li et al. 2023, arXiv 2312.04474, who report 84 % on BIG-Bench Hard with text-davinci-003,
12 points above chain of thought, but no gain on its natural-language half. The generator writes a
program that may call undefined functions. Its statements are executed in order. Where one raises an
exception, the solver is shown that line, the current variables and the name of the exception, and
replies with the variables that the line changes; these are merged into the state, and Python
continues with the next line. At the end, `answer` is matched to an option. With `names = true`, as
in SelfPiCo (Xue et al. 2024, arXiv 2407.16974), the solver is first asked for the value of an
undefined name, and the line is then executed with it. Undefined functions are excluded, since no
plain value can replace a function.

Deviations from the paper: for `if`, `while` and `for`, the solver is asked for the value of the
header (for the first two, as a choice between True and False); in the published demo, a header that
fails is a syntax error. The solver is shown the variables, but neither the question nor the rest of
the program. Identical questions are asked only once per run. A reply without a dictionary of
literals is requested once more; if that fails too, the answer is "unparsed". A program that imports
anything other than modules for computation, or that uses Python's internal names, is "unparsed" and
not run. `sandbox/modes/walker.py` describes how functions, `try` and other statements are handled.
The paper uses one model for both roles; a study reproduces this if the same model is its solver and
its generator.

Cost: one generator call, and one solver call each time a line is emulated (two if the reply has to
be requested again), up to `limits.calls` calls in total. In the data frame of answers, `emulated`
is the share of lines that the solver simulated. At 0 the arm is equivalent to `pal`, so compare it
with that arm and with `cot`. Use it for questions that combine computation with knowledge. Models
below a billion parameters reply in the requested format but often with the wrong values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar

from cgr_nb.answer_record import Control, Role
from cgr_nb.arms.context import ArmContext
from cgr_nb.arms.interface import ArmPrompt, Expected, Outcome
from cgr_nb.arms.requests import Request, Settings, template_request
from cgr_nb.arms.simulate.accepted import why_refused
from cgr_nb.arms.simulate.simulator import AGAIN, STEP, UNPARSED, Simulator
from cgr_nb.models.decoding import Decoding
from cgr_nb.records import Execution, Item, ModelCard
from cgr_nb.sandbox import RunMode
from cgr_nb.sandbox.modes.questions import due_of
from cgr_nb.sandbox.modes.walked_lines import WalkedLines
from cgr_nb.util.constraints import Between

__all__ = ["ChainOfCode"]

_TEMPLATE = "chain_of_code"
_SHOWN = 200
"""Characters of a reply in the facts; all of it is in the run."""


@dataclass(frozen=True, slots=True)
class _Parameters:
    """Of arm chain_of_code."""

    names: bool = False
    """Whether the solver is asked for the value of an undefined name, and the line is then executed
    with it.
    """
    reasks: Annotated[int, Between(0, 5)] = 1
    """How often to request a reply again that cannot be parsed."""
    decoding: Decoding = field(default=Decoding(max_tokens=96))
    """Sampling of the solver's replies about a line."""


class ChainOfCode:
    """Does a solver that simulates the interpreter line by line do better than one that a program
    queries?
    """

    Parameters = _Parameters
    summary: ClassVar[str] = (
        "a generated program: Python executes what it can, and the solver simulates the other lines"
    )
    version: ClassVar[int] = 1
    roles: tuple[Role, ...] = ("solver", "generator")
    needs: tuple[str, ...] = ()
    controls: tuple[Control, ...] = ("foreign",)
    prompts: Mapping[str, ArmPrompt] = {
        _TEMPLATE: ArmPrompt("generator", multi=f"{_TEMPLATE}_multi"),
        STEP: ArmPrompt("solver", ("situation",)),
        AGAIN: ArmPrompt("solver", ("due",)),
    }

    def __init__(self, parameters: _Parameters) -> None:
        self._how = parameters

    def expected(self, asks: float) -> Expected:
        """See `Arm.expected`; a program is taken to have as many emulated lines as a scaffold has
        asks."""
        return Expected(solver_calls=asks, generator_calls=1)

    def program_requests(
        self, settings: Settings, card: ModelCard, item: Item
    ) -> Iterable[tuple[str, Request]]:
        """See `Writes.program_requests`."""
        return [(_TEMPLATE, template_request(settings, _TEMPLATE, settings.generator, card, item))]

    async def answer(self, ctx: ArmContext) -> Outcome:
        """See `Arm.answer`."""
        written = await ctx.write(ctx.prompt(_TEMPLATE), key=_TEMPLATE)
        if written.program_id is None or written.source is None:
            return Outcome.of_run(None)
        if why := why_refused(written.source):
            return Outcome((), "unparsed", why, {"program_id": written.program_id})
        simulator = Simulator(ctx, self._how.decoding, self._how.reasks)
        mode: RunMode = "emulate_names" if self._how.names else "emulate"
        run = await ctx.run(written, behind=simulator.stand_in(), mode=mode)
        facts = {"program_id": written.program_id, **_told(run)}
        if run.status == "exception" and run.calls and _is_unparsed(run):
            return Outcome((), "unparsed", run.detail, facts, isolation=run.isolation)
        return Outcome.of_run(run, **facts)


def _is_unparsed(run: Execution) -> bool:
    """Whether the last reply was one that can't be read: then it ended the run."""
    return (run.calls[-1].reply or "").startswith(UNPARSED)


def _told(run: Execution) -> dict[str, Any]:
    """A walk as its facts tell it."""
    asked = [
        {"line": ask.line, "asked": due_of(ask.prompt), "reply": (ask.reply or "")[:_SHOWN]}
        for ask in run.calls
    ]
    walked = WalkedLines.of(run.detail)
    counts = {} if walked is None else {"emulated": walked.emulated, "lines": walked.lines}
    return {**counts, "emulations": asked}
