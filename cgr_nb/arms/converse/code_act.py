"""CodeAct: a conversation with an interpreter, in which the model writes code, sees its output, and
continues.

Sources: CodeAct (Wang et al. 2024, arXiv 2402.01030), in which code is the action space of a model;
CodeAdapt (arXiv 2510.20909), which adds the model's own earlier conversations about a few labelled
problems (`shots`) and, according to its abstract, outperforms matched reasoning models by up to
22.9 % with 10-81 % fewer tokens; and InterCode (Yang et al. 2023, arXiv 2306.14898), which is the
loop without text around the code (`text = false`). The writer is shown the item. Each of its
replies contains text and one block of code, or `FINAL: letter`. Blocks run in one persistent
namespace. The next turn is what a block prints, or the exception with type, message and line,
truncated to 2,000 characters. The last of the `turns` asks only for the letter. A block can query
the solver with `ask`.

Deviations from the papers: only the first block of a reply is run, and the text after it is removed
from the conversation. A reply with neither code nor answer gets one reminder, which counts as a
turn; a second such reply ends the conversation. If a block ends the interpreter (a limit, a crash),
the last turn follows. The value of an expression at the end of a block is printed, as in a
notebook. During setup, support items are taken in order, each is attempted `tries` times, and its
shortest correct conversation (fewest turns, then fewest characters) is kept, until there are
`shots` conversations; if fewer are found, these are used. CodeAdapt's abstract states only that it
bootstraps from five problems.

Cost: at most `turns` writer calls and the solver calls made by the code; in the setup, as much for
each of the `tries` attempts at each support item.
Most of the work is done by the writer, so compare with `generator_only`, with `pal`, and with
`cgr` at matched generator tokens. Use it for questions that require inspecting intermediate
results. The process of a session lives as long as its conversation, and the number of concurrent
sessions is limited: with a slow writer, this limits throughput but not the answers. Generators
whose programs are written outside the study (backend "programs") cannot hold conversations.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Annotated, Any, ClassVar

from cgr_nb.answer_record import Control, Role
from cgr_nb.answers import extract_reply
from cgr_nb.arms.context import ArmContext
from cgr_nb.arms.conversation import OBSERVATION_CHARS, shortened
from cgr_nb.arms.converse.shots import Shot, read_shots, shots_text, with_shots
from cgr_nb.arms.converse.turns import Turn, observed, read_turn
from cgr_nb.arms.interface import ArmPrompt, Expected, Outcome, Prepared
from cgr_nb.arms.refusal import Refusal
from cgr_nb.arms.requests import Request, Settings, template_request
from cgr_nb.arms.vote import WARM, check_sampled
from cgr_nb.models.decoding import Decoding
from cgr_nb.records import Execution, Item, Message, ModelCard, Reply
from cgr_nb.util.constraints import Between

__all__ = ["CodeAct"]


@dataclass(frozen=True, slots=True)
class _Parameters:
    """Of arm code_act."""

    turns: Annotated[int, Between(2, 100)] = 5
    """Maximum number of replies of the writer; the last prompt asks only for the letter."""
    writer: Role = "generator"
    """Which model writes: "generator" or "solver" (one model for both roles)."""
    text: bool = True
    """Whether replies contain text beside the code. false: InterCode's loop, in which only the code
    stays in the conversation.
    """
    shots: Annotated[int, Between(0, 100)] = 0
    """Number of conversations about support items to show before the item; above 0 this is
    CodeAdapt, and the study must set items aside (`[support]`).
    """
    tries: Annotated[int, Between(1, 100)] = 3
    """Number of conversations about each support item; the shortest correct one is kept."""
    decoding: Decoding = field(default=Decoding(max_tokens=1024))
    """Sampling of each reply."""
    support_decoding: Decoding = field(default=Decoding(max_tokens=1024, temperature=WARM))
    """Sampling of each reply about a support item; the temperature must be above 0 if there are
    several tries.
    """


@dataclass
class _Talk:
    """A conversation so far."""

    turns: tuple[Message, ...] = ()
    """Its own, without a system turn and earlier conversations."""
    letters: tuple[str, ...] = ()
    status: str = "none"
    replies: int = 0
    reminders: int = 0
    runs: list[Execution] = field(default_factory=list)

    @property
    def length(self) -> tuple[int, int]:
        """By which the shortest is found: turns, then characters."""
        return self.replies, sum(len(turn.content) for turn in self.turns)


class CodeAct:
    """How well does a model answer when it can use an interpreter?"""

    Parameters = _Parameters
    summary: ClassVar[str] = (
        "a conversation with a Python interpreter: code is run, and its output is the next turn"
    )
    version: ClassVar[int] = 1
    needs: tuple[str, ...] = ()
    controls: tuple[Control, ...] = ()

    def __init__(self, parameters: _Parameters) -> None:
        """Make the arm.

        Raises:
            ConfigError: Several tries would not differ.
        """
        self._how = how = parameters
        if how.shots:
            if how.tries > 1:
                check_sampled(how.support_decoding, "several tries need replies that differ")
            # An arm without shots prepares nothing.
            self.prepare = self._prepare
            self.expected_setup = self._expected_setup
        self.needs_support = how.shots > 0
        self.roles: tuple[Role, ...] = (
            ("solver",) if how.writer == "solver" else ("solver", "generator")
        )
        self._opening = "code_act" if how.text else "code_act_code"
        self.prompts: Mapping[str, ArmPrompt] = {
            self._opening: ArmPrompt(how.writer, ("turns",), multi=f"{self._opening}_multi"),
            "code_act_last": ArmPrompt(how.writer, ("observation",), multi="code_act_last_multi"),
            "code_act_remind": ArmPrompt(how.writer),
        }

    def expected(self, asks: float) -> Expected:
        """See `Arm.expected`; the most that it may come to, where blocks ask as scaffolds do."""
        if self._how.writer == "solver":
            return Expected(solver_calls=self._how.turns + asks)
        return Expected(solver_calls=asks, generator_calls=self._how.turns)

    def _expected_setup(self, asks: float, support: int) -> Expected:
        """See `ExpectsSetup.expected_setup`: the most that it may come to."""
        talks = self._how.tries * support
        if self._how.writer == "solver":
            return Expected(solver_setup=talks * (self._how.turns + asks))
        return Expected(solver_setup=talks * asks, generator_setup=talks * self._how.turns)

    def generator_requests(
        self, settings: Settings, card: ModelCard, item: Item
    ) -> Iterable[Request]:
        """See `AsksAhead.generator_requests`: the first turn, where nothing stands before it."""
        how = self._how
        if how.writer == "solver" or how.shots:
            return []
        fields = {"turns": str(how.turns)}
        opening, first = self._opening, "turn/1"
        return [template_request(settings, opening, how.decoding, card, item, first, fields)]

    async def answer(self, ctx: ArmContext) -> Outcome:
        """See `Arm.answer`."""
        shots = read_shots(ctx.setup.text) if ctx.setup is not None else ()
        talk = await self._talk(ctx, shots, "", self._how.decoding)
        facts: dict[str, Any] = {
            "turns": talk.replies,
            "reminders": talk.reminders,
            "cells": [_told(run) for run in talk.runs],
            "shots": len(shots),
        }
        ran = f"turn {talk.replies} of {self._how.turns}, {len(talk.runs)} blocks run"
        detail = f"answered in {ran}" if talk.letters else f"no answer by {ran}"
        isolation = talk.runs[-1].isolation if talk.runs else None
        return Outcome(talk.letters, talk.status, detail, facts, isolation=isolation)

    async def _talk(
        self, ctx: ArmContext, shots: Sequence[Shot], key: str, decoding: Decoding
    ) -> _Talk:
        """Hold one conversation about the item of a context.

        Args:
            ctx: Of the item.
            shots: Earlier conversations.
            key: Before the keys of its calls and runs.
            decoding: Of each reply.
        """
        how, done = self._how, _Talk()
        opening = ctx.prompt(self._opening, turns=str(how.turns))
        before = with_shots(opening, shots)
        talk = ctx.conversation(how.writer, before)
        own = len(before) - 1
        async with ctx.interpreter(f"{key}cell") as python:
            is_last = False
            while True:
                done.replies += 1
                reply = await talk.ask(decoding, key=f"{key}turn/{done.replies}")
                turn = read_turn(reply.text, ctx.item.options, multi=ctx.multi, text=how.text)
                talk.keep(turn.kept)
                if turn.letters or is_last:
                    self._read(ctx, reply, done, turn)
                    break
                if turn.code is not None:
                    ctx.note(reply, "program")
                    run = await python.run(turn.code)
                    done.runs.append(run)
                    seen = observed(run, python.place_of(run.line), len(done.runs))
                else:
                    ctx.note(reply, "none")
                    if done.reminders:
                        break
                    done.reminders += 1
                    seen = ctx.prompt("code_act_remind").messages[-1].content
                is_last = python.ended or done.replies + 1 == how.turns
                if is_last:
                    seen = shortened(seen, OBSERVATION_CHARS)
                    talk.add(ctx.prompt("code_act_last", observation=seen))
                else:
                    talk.observe(seen)
        done.turns = talk.turns[own:]
        ctx.step(done.letters)
        return done

    @staticmethod
    def _read(ctx: ArmContext, reply: Reply, done: _Talk, turn: Turn) -> None:
        """The answer that ends a conversation, where the reply names one."""
        if turn.letters:
            ctx.note(reply, "answered", turn.letters, "final", turn.span)
            done.letters, done.status = turn.letters, "answered"
            return
        # It was asked for the letter alone, and may say it in whatever words.
        said = replace(reply, text=turn.words)
        found = extract_reply(said, ctx.item.options, multi=ctx.multi)
        ctx.note(reply, found.status, found.letters, found.rule, found.span)
        done.letters = found.letters if found.status == "answered" else ()
        done.status = found.status

    # ---- the setup -------------------------------------------------------------------------------

    async def _prepare(self, ctx: ArmContext, support: Sequence[Item]) -> Prepared:
        """See `Prepares.prepare`: the shortest right conversation of each of the first items that
        have one."""
        shots: list[Shot] = []
        solved: list[str] = []
        tried = 0
        for number, item in enumerate(support, 1):
            if len(shots) == self._how.shots:
                break
            tried += 1
            keys = [f"support/{number}/try/{n}/" for n in range(1, self._how.tries + 1)]
            talks = await ctx.branches(*(partial(self._tried, item=item, key=key) for key in keys))
            right = [talk for talk in talks if talk and set(talk.letters) == set(item.gold or ())]
            if right:
                solved.append(item.id)
                shots.append(min(right, key=lambda talk: talk.length).turns)
        return Prepared(
            shots_text(shots),
            detail=f"{len(solved)} of {tried} support items solved",
            facts={"tried": tried, "solved": solved},
        )

    async def _tried(self, ctx: ArmContext, item: Item, key: str) -> _Talk | None:
        """One conversation about a support item; None where a call can't be served."""
        try:
            return await self._talk(ctx.about(item), (), key, self._how.support_decoding)
        except Refusal:
            return None


def _told(run: Execution) -> str:
    """How a cell ended, as facts tell it."""
    return "finished" if run.status == "no_answer" else run.status
