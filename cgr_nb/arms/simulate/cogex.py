"""CoGEX: a program with undefined helper functions, and a call whose result the solver states.

Source: Weir et al. 2024, arXiv 2405.16337. Their models are fine-tuned to write and to emulate such
programs; prompting alone, as here, is a weaker variant, and their figures do not carry over. For
each item the generator writes a program whose leaf functions have telling names and no bodies, and
a call with what the item gives as arguments. The solver is shown program and call, and states in
one reply the dictionary that the call returns: intermediate values and the answer. Nothing is run.

Ours: two models in place of one; the keys of the dictionary are taken from the program's last
`return` and told to the solver; the reply is parsed as a dictionary of Python literals, and is a
wrong answer ("unparsed") where it holds none; the value of its answer counts if it is a letter, the
text or number of one option, or a phrase that names one.

Cost: 1 call of the generator and 1 of the solver. Compare with `code_plan`, whose plan is followed
in words, with `chain_of_code`, which executes what Python can, and with `pal`, which executes all.
Use it for questions that need judgement at each step; arithmetic is better executed. The writer of
the call decides what of the item the solver sees, so a strong generator may put the answer into the
arguments: look at the generator-side answer.
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
    """Of the program. None: as the study samples programs."""
    decoding: Decoding = field(default=Decoding(max_tokens=512))
    """Of what the solver says that the call returns."""


class CogEx:
    """Can the solver stand in for an interpreter as a whole?"""

    Parameters = _Parameters
    summary: ClassVar[str] = (
        "a program with undefined parts and a call of it, which the solver emulates in one reply"
        " (prompted, not trained for it)"
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
