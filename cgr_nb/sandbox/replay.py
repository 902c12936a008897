"""Runs a program again against recorded replies, with no model: to check a record, or to ask "what
if"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cgr_nb.errors import ReplayMiss, RequestError
from cgr_nb.records import Ask, Execution, Item
from cgr_nb.sandbox.frames import AskRequest
from cgr_nb.sandbox.host import Sandbox
from cgr_nb.sandbox.limits import Limits
from cgr_nb.sandbox.replies import Asker, AskReply, question_of

__all__ = ["recorded", "replay"]


def recorded(calls: Sequence[Ask], changed: Mapping[int, str] | None = None) -> Asker:
    """An `ask` that answers from the record.

    Up to the first changed reply a program must ask exactly what is on record. After it, it may
    well ask something else; then the record is searched for the same question, wherever it was
    asked.

    Args:
        calls: Calls of an earlier run of the same program.
        changed: Index of a call -> reply to give instead.

    Returns:
        An async callable for `Sandbox.run`; it raises ReplayMiss for what is not on record.
    """
    changed = dict(changed or {})
    by_index = {call.index: call for call in calls}
    by_question = {question_of(call): call for call in reversed(calls)}

    async def ask(request: AskRequest) -> str | AskReply:
        if request.index in changed:
            return changed[request.index]
        known = by_index.get(request.index)
        if known is None or question_of(known) != question_of(request):
            off_record = any(index < request.index for index in changed)
            known = by_question.get(question_of(request)) if off_record else None
        if known is None:
            raise ReplayMiss(
                "the program asks what is not on record",
                where=f"call {request.index}",
                got=repr(request.prompt[:80]),
                fix="run it with a solver",
            )
        reply = AskReply.recorded(known)
        if reply is None:
            raise RequestError("refused then, refused now", where=f"call {request.index}")
        return reply

    return ask


async def replay(
    box: Sandbox,
    source: str,
    item: Item | Mapping[str, Any],
    calls: Sequence[Ask],
    changed: Mapping[int, str] | None = None,
    *,
    limits: Limits | None = None,
    seed: int = 0,
    trace: bool = True,
) -> Execution:
    """Run a program against its recorded calls.

    Args:
        box: An open sandbox.
        source: The program.
        item: The item it was run for.
        calls: `Execution.calls` of the earlier run.
        changed: Index of a call -> reply to give instead of the recorded one.
        limits: As in the earlier run.
        seed: As in the earlier run.
        trace: Whether to record the steps.

    Raises:
        ReplayMiss: The program asks something that is not on record.
    """
    ask = recorded(calls, changed)
    return await box.run(source, item, ask, limits=limits, seed=seed, trace=trace)
