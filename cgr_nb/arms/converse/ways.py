"""The two methods between which a model chooses: reasoning in words, and a program that computes
the answer without the solver."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from cgr_nb.arms.context import ArmContext
from cgr_nb.arms.interface import ArmPrompt, Outcome
from cgr_nb.arms.refusal import Refusal
from cgr_nb.arms.solver_stand_in import NOBODY
from cgr_nb.models.decoding import Decoding

__all__ = ["AGAIN", "FIRST", "WAYS", "Attempt", "Way", "answer_in", "served", "stated"]

Way: TypeAlias = Literal["text", "code"]
WAYS: Final[tuple[Way, ...]] = ("text", "code")
FIRST: Final = {
    "cot": ArmPrompt("solver", multi="cot_multi"),
    "pal": ArmPrompt("generator", multi="pal_multi"),
}
"""Templates of the first answers: those of arms `cot` and `pal`, whose calls these are."""
AGAIN: Final = {
    "steer_text": ArmPrompt("solver", ("instruction", "before")),
    "steer_code": ArmPrompt("generator", ("instruction", "before")),
}
"""Templates of answers in view of an earlier one."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """An answer in one of the ways."""

    way: Way
    outcome: Outcome
    told: str
    """The chain of thought, or the program."""
    printed: str = ""
    """What the program printed."""


async def answer_in(
    way: Way,
    ctx: ArmContext,
    decoding: Decoding,
    *,
    key: str = "",
    instruction: str = "",
    before: str = "",
) -> Attempt:
    """Answer an item in one way.

    Args:
        way: Which.
        ctx: Of the arm.
        decoding: Of a chain of thought.
        key: Names call and run on record; empty: as arms `cot` and `pal` name theirs.
        instruction: What to do better than the answer before; empty: this is the first.
        before: The answer before.

    Raises:
        OutOfBudget, Refusal: As `ArmContext.call`.
    """
    if way == "text":
        prompt = ctx.prompt("cot")
        if instruction:
            prompt = ctx.prompt("steer_text", instruction=instruction, before=before)
        reply = await ctx.call("solver", prompt, decoding, key=key or "cot")
        return Attempt("text", Outcome.read(ctx.read(reply)), reply.text.strip())
    prompt = ctx.prompt("pal")
    if instruction:
        prompt = ctx.prompt("steer_code", instruction=instruction, before=before)
    written = await ctx.write(prompt, key=key or "pal")
    if written.source is None:
        return Attempt("code", Outcome.of_run(None), "(no program)")
    run = await ctx.run(written, key=key or "program", behind=NOBODY)
    outcome = Outcome.of_run(run, program_id=written.program_id)
    return Attempt("code", outcome, written.source.strip("\n"), run.output.strip())


async def served(way: Way, ctx: ArmContext, decoding: Decoding) -> Attempt:
    """A first answer in one way; one that can't be served is none."""
    try:
        return await answer_in(way, ctx, decoding)
    except Refusal as refusal:
        return Attempt(way, Outcome((), refusal.status, refusal.what), "(no answer)")


def stated(ctx: ArmContext, outcome: Outcome) -> str:
    """An answer as a prompt states it: its letters with their texts."""
    options = ctx.item.options
    found = [f"{letter}) {options[letter]}" for letter in options if letter in outcome.letters]
    return "\n".join(found) or "no answer"
