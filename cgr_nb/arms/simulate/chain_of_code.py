"""Chain of Code: the interpreter executes what it can, and the solver says what the rest does.

Source: Li et al. 2023, arXiv 2312.04474: 84 % on BIG-Bench Hard with text-davinci-003, 12 points
over chain of thought; on the half of it that is natural language no better than that. The generator
writes a program that may call functions which nobody has written. Its statements are executed in
order; where one raises, the solver is shown that line, the variables as they are and the name of
the exception, and replies with the variables that the line changes; these are merged, and Python
goes on with the next line. `answer` is read as an option at the end. With `names = true`, as in
SelfPiCo (Xue et al. 2024, arXiv 2407.16974), a name that is missing is asked for its value first,
and the line is executed with it; a name that is called is not, since no plain value stands for a
function.

Ours: of `if`, `while` and `for` the value of the header is asked for, the first two by choice
between True and False (in the published demo a header that fails is a syntax error); the solver is
shown the variables, and neither the question nor the rest of the program; one question is asked
once in a run; a reply that holds no dictionary of literals is asked for once more, and else the
answer is "unparsed"; a program that imports more than what computes, or uses names of Python's own,
is "unparsed" and not run. What becomes of functions, `try` and other statements:
`sandbox/modes/walker.py`. In the paper one model does both; where one model is both solver and
generator of a study, that is its setting.

Cost: one call of the generator, and one of the solver for each line that is emulated each time it
is come to (two with a re-ask), at most `limits.calls` questions. `emulated` in the frame of answers
is the share of lines that the solver gave: at 0 the arm is `pal`, so compare it with that arm, and
with `cot`. Take it where answers mix counting with knowledge; models below a billion parameters
reply in the form that is asked for, and know little of what it says.
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
    """Whether a missing name is asked for its value, and the line is executed with it."""
    reasks: Annotated[int, Between(0, 5)] = 1
    """How often a reply that can't be read is asked for again."""
    decoding: Decoding = field(default=Decoding(max_tokens=96))
    """Of what the solver says of a line."""


class ChainOfCode:
    """Does a solver that stands in for the interpreter, line by line, do better than one that is
    asked by a program?"""

    Parameters = _Parameters
    summary: ClassVar[str] = (
        "a generated program of which Python executes what it can, and the solver says what the"
        " other lines do"
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
