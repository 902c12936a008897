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

from collections.abc import Mapping
from dataclasses import dataclass, field

from cgr_nb.arms.requests import Request, ask_request, derive_seed
from cgr_nb.errors import CgrError, ModelError, ReplayMiss, RequestError
from cgr_nb.models import shared_pool
from cgr_nb.records import Ask, Execution, ModelCard, Reply
from cgr_nb.sandbox import AskReply, AskRequest, Sandbox, question_of
from cgr_nb.study import StudyConfig
from cgr_nb.util.blocking import run_blocking
from cgr_nb.widgets.rows import RowRecords
from cgr_nb.widgets.thread_local_study import ThreadLocalStudy

__all__ = ["Again", "Unanswered", "run_again"]


class Unanswered(ReplayMiss):
    """The program asks what nothing on record answers, and its solver can't be opened."""

    def __init__(self, asked: AskRequest, solver: str, why: str) -> None:
        super().__init__(
            "after this change the program asks what is not on record",
            where=f"call {asked.index + 1}",
            got=repr(asked.prompt[:80]),
            fix=f"type what the solver would say, or make solver '{solver}' available ({why})",
        )
        self.asked = asked


@dataclass(frozen=True, slots=True)
class Again:
    """A second run."""

    execution: Execution
    source: str
    origins: Mapping[int, str]
    """Index of a call -> where its reply comes from: "changed", or one of the module's names."""

    @property
    def asked_anew(self) -> int:
        """Questions that went to the solver."""
        return sum(origin == "live" for origin in self.origins.values())


def run_again(
    found: RowRecords,
    config: StudyConfig,
    desk: ThreadLocalStudy,
    card: ModelCard | None,
    *,
    changed: Mapping[int, str] | None = None,
    source: str | None = None,
) -> Again:
    """Run the program of a row again.

    Args:
        found: The row and its first run.
        config: The study's config: limits, seeds, sampling.
        desk: The study: its calls on record answer before a model is loaded.
        card: The row's solver; None: only recorded replies.
        changed: Index of a call, from 0 -> what the solver is to have said there. A call that the
            first run did not make may be among them: after a change there may be more.
        source: Another program; None keeps the row's.

    Raises:
        Unanswered: The program asks what is not on record and the solver can't be opened.
        CgrError: A call is named that can't be.
    """
    calls = found.execution.calls
    changed = dict(changed or {})
    if changed and not 0 <= min(changed) < max(len(calls), 1):
        raise CgrError(
            f"there is no call {min(changed) + 1}",
            got=f"a run with {len(calls)} calls",
            fix="calls are numbered from 0 in `what_if`",
        )
    answers = _Answers(found, config, desk, card, changed)
    return run_blocking(lambda: _job(answers, source or found.source))


async def _job(answers: _Answers, source: str) -> Again:
    found, config = answers.found, answers.config
    async with Sandbox(workers=1, minimum=config.run.isolation) as sandbox:
        execution = await sandbox.run(
            source,
            found.item,
            answers.answer,
            limits=config.limits,
            seed=derive_seed(config.seed, "program", found.program_id),
        )
    return Again(execution, source, answers.origins)


@dataclass
class _Answers:
    """Where replies of a second run come from."""

    found: RowRecords
    config: StudyConfig
    desk: ThreadLocalStudy
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
        calls = self.found.execution.calls
        for call in calls:
            if call.index == asked.index and question_of(call) == question_of(asked):
                return "recorded", _said(call)
        request = ask_request(self.config, self.found.program_id, asked)
        known = self._on_record(request)
        if known is not None:
            return "recorded", AskReply.of(asked, known)
        try:
            return "live", AskReply.of(asked, await self._live(request))
        except ModelError as error:
            for call in calls:
                if question_of(call) == question_of(asked):
                    return "recorded elsewhere", _said(call)
            raise Unanswered(asked, self.found.solver, str(error)) from error

    def _on_record(self, request: Request) -> Reply | None:
        call = self.desk.study.store.call(request.call_id(self.card)) if self.card else None
        return call.reply if call is not None else None

    async def _live(self, request: Request) -> Reply:
        if self.card is None:
            raise ModelError("it is not on record in this study")
        solver = shared_pool().model(self.card)
        return await solver.reply(request.messages, request.sampling)


def _said(call: Ask) -> AskReply:
    reply = AskReply.recorded(call)
    if reply is None:
        raise RequestError("refused then, refused now", where=f"call {call.index}")
    return reply
