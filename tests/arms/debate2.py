"""Arm `debate2`, written from the documentation alone: two programs, then a talk about both."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

from cgr_nb.arms import ArmPrompt, Decoding, Expected, Outcome


def told(run) -> str:
    """What came of a program, in words a model reads: no clock, no path in it."""
    if run is None:
        return "no program"
    if run.status == "ok":
        return f"it says {run.solver_answer}"
    return f"it ended with {run.status}"


def letters_of(run) -> tuple[str, ...]:
    if run is None or run.solver_answer is None:
        return ()
    return tuple(run.solver_answer)


class Debate2:
    summary = "two programs, the second knowing how the first ended, then the solver weighs both"
    version = 1
    roles = ("solver", "generator")
    prompts: ClassVar[dict[str, ArmPrompt]] = {
        "debate2_first": ArmPrompt("generator"),
        "debate2_second": ArmPrompt("generator", fields=("first",)),
        "debate2_talk": ArmPrompt("solver", fields=("first", "second")),
    }

    @dataclass(frozen=True)
    class Parameters:
        decider: str = "talk"  # "talk": the conversation; "second": the second program
        thinking: Decoding = field(default_factory=lambda: Decoding(max_tokens=64))
        naming: Decoding = field(default_factory=lambda: Decoding(max_tokens=32))
        writing: Decoding = field(default_factory=lambda: Decoding(max_tokens=320, temperature=0.7))

    def __init__(self, parameters):
        if parameters.decider not in ("talk", "second"):
            raise ValueError(f"decider = {parameters.decider!r}: it is 'talk' or 'second'")
        self._p = parameters

    def expected(self, asks):
        talk = 2 if self._p.decider == "talk" else 0
        return Expected(solver_calls=2 * asks + talk, generator_calls=2)

    async def answer(self, ctx):
        first = await self._program(ctx, "first", ctx.prompt("debate2_first"))
        ctx.step(letters_of(first))
        second = await self._program(ctx, "second", ctx.prompt("debate2_second", first=told(first)))
        ctx.step(letters_of(second))
        facts = {"agreed": bool(letters_of(first)) and letters_of(first) == letters_of(second)}
        if self._p.decider == "second":
            return Outcome.of_run(second, **facts)
        if not letters_of(first) and not letters_of(second):
            return Outcome((), "nothing_to_weigh", "neither program gave a letter", facts)

        talk = ctx.conversation("solver")
        talk.add(ctx.prompt("debate2_talk", first=told(first), second=told(second)))
        opinion = await talk.ask(self._p.thinking, key="talk/0")
        found = ctx.read(opinion)
        ctx.step(found.letters if found.status == "answered" else ())
        if first is not None and first.output:
            talk.observe(first.output)
        talk.add("Which letters?" if ctx.multi else "Which letter?")
        named = await talk.ask(self._p.naming, key="talk/1")
        found = ctx.read(named)
        outcome = Outcome.read(found)
        ctx.step(outcome.letters)
        if not outcome.letters:
            return Outcome((), "talked_out", "the talk named no letter", facts)
        return Outcome(
            outcome.letters,
            outcome.status,
            outcome.detail,
            facts,
            isolation=(second or first).isolation,
        )

    async def _program(self, ctx, which, prompt):
        scaffold = await ctx.write(prompt, key=f"write/{which}", decoding=self._p.writing)
        if scaffold.source is None:
            return None
        return await ctx.run(scaffold, key=which)
