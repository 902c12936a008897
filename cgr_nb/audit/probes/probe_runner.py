"""Runs one program by plans of made-up replies, a `Probe` each."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from typing import Literal

from cgr_nb.audit.probes.formats import Formats
from cgr_nb.audit.probes.listening import listening, written_down
from cgr_nb.audit.probes.own_formats import marked_replies
from cgr_nb.audit.probes.plans import Plan
from cgr_nb.records import Item
from cgr_nb.sandbox import AskRequest, Limits, ProgramRunner
from cgr_nb.sandbox.replies import AskReply, made_up_scores

__all__ = ["Order", "Probe", "ProbeRunner"]

ROUNDS = 6
"""Runs in which a program is listened to, at most."""

Order = Literal["as given", "reversed", "replaced", "without question"]


@dataclass(frozen=True, slots=True)
class Probe:
    """One run with made-up replies."""

    name: str
    """What the solver said, in words."""
    blank: bool
    """Whether some reply said nothing: it was empty, or without sense."""
    order: Order
    """What was done to the item. "reversed": the letters stayed and the option texts were turned
    round; "replaced": the texts became words that nothing leads to; "without question": the
    question was blank."""
    letter: str | None
    """The letter returned; None when the run ended without one."""
    text: str | None
    """The option text behind the letter, in this run's order."""
    status: str
    """Execution status of the run."""
    belief: str | None = None
    """The letter that GENERATOR_ANSWER was changed to for this run; None: its own."""
    asked: bool = True
    """Whether the program asked anything in this run: what it did not ask can't have moved it."""
    heard: str = ""
    """Of a run that was listened to: its prompts and replies, and last the report on what the
    program looked for in them, as JSON. Such a run reaches nothing; its letter is not put down."""


@dataclass(slots=True)
class ProbeRunner:
    """Runs a program with its item in one option order and one belief."""

    runner: ProgramRunner
    source: str
    item: Item
    limits: Limits
    order: Order = "as given"
    belief: str | None = None
    asked: bool = False
    """Whether some run so far has asked the solver; one that asks nothing hears no reply."""

    def reversed(self) -> ProbeRunner:
        """The same program, its item's option texts turned round."""
        return self._with("reversed", reversed(list(self.item.options.values())))

    def replaced(self) -> ProbeRunner:
        """The same program, its item's option texts words that nothing leads to."""
        return self._with("replaced", (f"vrmq{place}" for place in range(len(self.item.options))))

    def without_question(self) -> ProbeRunner:
        """The same program, its item's question and context blank."""
        item = replace(self.item, question="", context=None)
        return replace(self, item=item, order="without question", asked=False)

    def _with(self, order: Order, texts: Iterable[str]) -> ProbeRunner:
        options = dict(zip(self.item.options, texts, strict=True))
        return replace(self, item=replace(self.item, options=options), order=order, asked=False)

    async def run(self, plans: Iterable[Plan]) -> list[Probe]:
        """One probe a plan, side by side."""
        return list(await asyncio.gather(*(self._probe(plan) for plan in plans)))

    async def listen(self, formats: Formats) -> list[Probe]:
        """Find out what the program looks for in its replies, round by round.

        Args:
            formats: Filled with what is found.
        """
        made = []
        for turn in range(ROUNDS):
            plan = marked_replies(formats, turn)
            execution = await self.runner.run(
                listening(self.source),
                self.item,
                _awaited(plan),
                limits=self.limits,
                trace=False,
            )
            calls = execution.calls
            ended = (None, None, execution.status)
            said = (plan.name, True, self.order, *ended, self.belief, bool(calls))
            made.append(Probe(*said, heard=written_down(calls)))
            if not formats.hear(calls):
                break
        return made

    async def _probe(self, plan: Plan) -> Probe:
        execution = await self.runner.run(
            self.source, self.item, _awaited(plan), limits=self.limits, trace=False
        )
        asked = bool(execution.calls)
        self.asked = self.asked or asked
        letter = execution.solver_answer
        text = None if letter is None else self.item.options[letter]
        ended = (letter, text, execution.status)
        return Probe(plan.name, plan.blank, self.order, *ended, self.belief, asked)


def _awaited(plan: Plan) -> Callable[[AskRequest], Awaitable[AskReply]]:
    async def ask(request: AskRequest) -> AskReply:
        said = plan.reply(request)
        # Scores differ from plan to plan: what a program does with those of a single choice shows
        # in no reply.
        scores = made_up_scores(request, said, plan.name) if request.scores else None
        return AskReply(said, scores=scores)

    return ask
