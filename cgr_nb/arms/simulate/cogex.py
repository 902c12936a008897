"""CoGEX: the solver states the result of calling a program with undefined helper functions.

Source: Weir et al. 2024, arXiv 2405.16337. Their models are fine-tuned to write and emulate such
programs; here models are only prompted, which is weaker, so the paper's results do not transfer.
For each item, the generator writes a program whose leaf functions have descriptive names but no
bodies, and a call whose arguments come from the item. The solver is shown the program and the call,
and states in one reply the dictionary that the call returns: intermediate values and the answer.
Nothing is run.

Deviations from the paper: two models are used instead of one. The keys of the dictionary are taken
from the program's last `return` statement and given to the solver. The reply is parsed as a
dictionary of Python literals; a reply without one is a wrong answer ("unparsed"). Its answer value
counts if it is a letter, the text or number of exactly one option, or a phrase that names one.

Cost: one generator call and one solver call. Compare with `code_plan`, whose plan is followed in
words, with `chain_of_code`, which executes whatever Python can, and with `pal`, which executes
everything. Use it for questions that require judgement at each step; arithmetic is better executed.
The generator decides which parts of the item the solver sees, and a strong one may pass the answer
as an argument: check the generator-side answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from cgr_nb.answer_record import Control, Role
from cgr_nb.arms.context import ArmContext
from cgr_nb.arms.interface import ArmPrompt, Expected, Outcome
from cgr_nb.arms.requests import Request, Settings, template_request
from cgr_nb.arms.simulate.emulation import emulate, with_call
from cgr_nb.models.decoding import Decoding
from cgr_nb.records import Item, ModelCard

__all__ = ["CogEx"]

_KEY = "program"


@dataclass(frozen=True, slots=True)
class _Parameters:
    """Of arm cogex."""

    program: Decoding | None = None
    """Sampling of the program. None: the study's settings for programs."""
    decoding: Decoding = field(default=Decoding(max_tokens=512))
    """Sampling of the solver's reply."""


class CogEx:
    """Can the solver replace the interpreter entirely?"""

    Parameters = _Parameters
    summary: ClassVar[str] = (
        "a generated program with undefined helper functions, whose result the solver states in one"
        " reply (prompted, not fine-tuned)"
    )
    version: ClassVar[int] = 1
    roles: tuple[Role, ...] = ("solver", "generator")
    needs: tuple[str, ...] = ()
    controls: tuple[Control, ...] = ()
    prompts: Mapping[str, ArmPrompt] = {
        "cogex": ArmPrompt("generator", multi="cogex_multi"),
        "cogex_emulate": ArmPrompt("solver", ("program", "call", "names")),
    }

    def __init__(self, parameters: _Parameters) -> None:
        self._how = parameters

    def expected(self, asks: float) -> Expected:
        """See `Arm.expected`."""
        del asks
        return Expected(solver_calls=1, generator_calls=1)

    def generator_requests(
        self, settings: Settings, card: ModelCard, item: Item
    ) -> Iterable[Request]:
        """See `AsksAhead.generator_requests`."""
        how = self._how.program or settings.generator
        return [template_request(settings, "cogex", how, card, item, _KEY)]

    async def answer(self, ctx: ArmContext) -> Outcome:
        """See `Arm.answer`."""
        how = self._how.program or ctx.program_decoding
        reply = await ctx.call("generator", ctx.prompt("cogex"), how, key=_KEY)
        written = with_call(reply.text)
        ctx.note(reply, "program" if written else "no_program")
        if written is None:
            return Outcome((), "no_program", "the generator's reply holds no function and its call")
        said = await emulate(ctx, "cogex_emulate", written, self._how.decoding, key="emulate")
        facts = {"values": said.values, "names": len(written.names) - 1}
        return Outcome(said.letters, said.status, said.detail, facts)
