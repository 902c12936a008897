"""What if: run a program again with a reply or the program itself changed.

Up to the change every reply is the recorded one. After it a program may ask what nobody asked
before; a reply comes from the first of these that has one:

1. "recorded": the same question at the same place of the first run, or a call on record that is
   exactly the one the study would make now;
2. "live": the row's own solver, sampled as the study samples;
3. "recorded elsewhere": where that model is not at hand, the same question at another place;
4. a person: the run stops there, and `Unanswered` says what was asked.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from cgr_nb.arms.requests import ask_request, derive_seed, repeat_seed
from cgr_nb.errors import CgrError, ModelError, ReplayMiss, RequestError
from cgr_nb.explore.run_records import RunRecords
from cgr_nb.models import shared_pool
from cgr_nb.records import Ask, Execution, ModelCard
from cgr_nb.sandbox import AskReply, AskRequest, Sandbox, is_transcript, question_of
from cgr_nb.store.thread_local import ThreadLocalStore
from cgr_nb.study import StudyConfig
from cgr_nb.util.blocking import run_blocking

__all__ = ["Again", "Change", "Unanswered", "WhatIf"]


class Unanswered(ReplayMiss):
    """The program asks what nothing on record answers, and its solver can't be opened."""

    def __init__(self, asked: AskRequest, solver: str, why: str) -> None:
        super().__init__(
            "after this change the program makes a call that is not recorded",
            where=f"call {asked.index + 1}",
            got=repr(asked.prompt[:80]),
            fix=f"type a reply, or make solver '{solver}' available ({why})",
        )
        self.asked = asked


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be otherwise than in the first run."""

    replies: Mapping[int, str] = field(default_factory=dict)
    """Index of a call, from 0 -> what the solver is to have said there. A call that the first run
    did not make may be among them: after a change there may be more."""
    source: str | None = None
    """Another program; None keeps the row's."""

    def with_reply(self, call: int, reply: str) -> Change:
        """This, and another reply to a call."""
        return Change({**self.replies, call: reply}, self.source)

    def with_source(self, source: str) -> Change:
        """This, with another program."""
        return Change(self.replies, source)

    def with_line(self, was: str, line: int, text: str) -> Change:
        """This, with another text in one line, which keeps its indentation when the text brings
        none.

        Args:
            was: The row's program.
            line: Its number, from 1.
            text: What stands there instead; several lines are fine.

        Raises:
            CgrError: There is no such line.
        """
        lines = (was if self.source is None else self.source).split("\n")
        if not 1 <= line <= len(lines):
            raise CgrError(
                f"there is no line {line}",
                got=f"a program of {len(lines)} lines",
                fix="lines start at 1",
            )
        before = lines[line - 1]
        indent = before[: len(before) - len(before.lstrip())]
        lines[line - 1] = text if text[:1].isspace() else indent + text
        return self.with_source("\n".join(lines))

    def in_words(self, was: str) -> str:
        """What is changed, to stand behind "if".

        Args:
            was: The row's program.
        """
        said = [
            f'call {call + 1} had said "{reply}"' for call, reply in sorted(self.replies.items())
        ]
        if self.source is not None:
            said.append(_edit_in_words(was, self.source))
        return " and ".join(said)


def _edit_in_words(was: str, now: str) -> str:
    old, new = was.splitlines(), now.splitlines()
    lines = [n for n, (one, other) in enumerate(zip(old, new, strict=False), 1) if one != other]
    if len(lines) == 1 and len(old) == len(new):
        return f'line {lines[0]} were "{new[lines[0] - 1].strip()}"'
    return "the program were as edited"


@dataclass(frozen=True, slots=True)
class Again:
    """A second run."""

    execution: Execution
    source: str
    origins: Mapping[int, str]
    """Index of a call -> where its reply comes from: "changed", or one of the module's names."""
    changed: str
    """What was changed, in words."""

    @property
    def asked_anew(self) -> int:
        """Questions that went to the solver."""
        return sum(origin == "live" for origin in self.origins.values())


class WhatIf:
    """A recorded run that can be had again with something changed. Nothing of it is recorded.

    Args:
        stores: The study: its calls on record answer before a model is loaded.
        config: Its limits, seeds and sampling, asked for when something is run again.
        records: The run.
        card: The row's solver; None: only recorded replies.
    """

    def __init__(
        self,
        stores: ThreadLocalStore,
        config: Callable[[], StudyConfig],
        records: RunRecords,
        card: ModelCard | None,
    ) -> None:
        self._stores, self._records, self._card = stores, records, card
        self._config = config

    def again(self, change: Change) -> Again:
        """Run the program again. Blocks; an event loop may be running.

        Args:
            change: What is otherwise.

        Raises:
            Unanswered: The program asks what is not on record and the solver can't be opened.
            CgrError: A call is named that can't be.
        """
        if is_transcript(self._records.source):
            raise CgrError(
                "what-if runs of a single cell of a session are not possible",
                where=f"program {self._records.program_id}",
                fix="run its cells in a notebook: `Stepper.source` is their text",
            )
        calls = self._records.execution.calls
        if change.replies and not 0 <= min(change.replies) < max(len(calls), 1):
            raise CgrError(
                f"there is no call {min(change.replies) + 1}",
                got=f"a run with {len(calls)} calls",
                fix="calls are numbered from 0 in `what_if`",
            )
        return run_blocking(lambda: self._run(change))

    async def _run(self, change: Change) -> Again:
        records, config = self._records, self._config()
        config = replace(config, seed=repeat_seed(config.seed, records.repeat))
        source = records.source if change.source is None else change.source
        answers = _Answers(records, config, self._stores, self._card, change.replies)
        async with Sandbox(workers=1, minimum=config.run.isolation) as sandbox:
            execution = await sandbox.run(
                source,
                records.item,
                answers.answer,
                limits=config.limits,
                seed=derive_seed(config.seed, "program", records.program_id),
                mode=records.mode,
            )
        return Again(execution, source, answers.origins, change.in_words(records.source))


@dataclass
class _Answers:
    """Where replies of a second run come from."""

    records: RunRecords
    config: StudyConfig
    stores: ThreadLocalStore
    card: ModelCard | None
    changed: Mapping[int, str]
    origins: dict[int, str] = field(default_factory=dict)

    async def answer(self, asked: AskRequest) -> str | AskReply:
        """The reply to one question; notes where it comes from."""
        origin, reply = await self._find(asked)
        self.origins[asked.index] = origin
        return reply

    async def _find(self, asked: AskRequest) -> tuple[str, str | AskReply]:
        if asked.index in self.changed:
            return "changed", self.changed[asked.index]
        calls = self.records.execution.calls
        for call in calls:
            if call.index == asked.index and question_of(call) == question_of(asked):
                return "recorded", _said(call)
        try:
            return await self._of_the_solver(asked)
        except ModelError as error:
            for call in calls:
                if question_of(call) == question_of(asked):
                    return "recorded elsewhere", _said(call)
            raise Unanswered(asked, self.records.solver, str(error)) from error

    async def _of_the_solver(self, asked: AskRequest) -> tuple[str, AskReply]:
        """What the solver replied before, or replies now."""
        if self.card is None:
            raise ModelError("it is not recorded in this study")
        if self.records.mode != "solve":
            raise ModelError("such calls use the arm's own prompts")
        request = ask_request(self.config, self.card, self.records.program_id, asked)
        call = self.stores.here.call(request.call_id(self.card))
        if call is not None and call.reply is not None:
            return "recorded", AskReply.of(asked, call.reply)
        solver = shared_pool().model(self.card)
        reply = await solver.reply(request.messages, request.sampling)
        return "live", AskReply.of(asked, reply)


def _said(call: Ask) -> AskReply:
    reply = AskReply.recorded(call)
    if reply is None:
        raise RequestError("this call was refused when it was recorded", where=f"call {call.index}")
    return reply
