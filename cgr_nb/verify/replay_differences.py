"""What a replay of a run has otherwise than the record."""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from dataclasses import dataclass

from cgr_nb.bundle.rows import ExecutionLine
from cgr_nb.errors import StoreError
from cgr_nb.records import Execution
from cgr_nb.sandbox import Trace

__all__ = ["MACHINE_STATUSES", "Replay", "RunToRepeat", "depends_on_machine", "differences_of"]

MACHINE_STATUSES = frozenset({"timeout", "cpu_limit", "memory_limit", "killed"})
"""Ends of a run that another machine may not reach, or reach sooner."""
_ANSWERS = ("status", "solver_answer", "generator_answer", "difficulty")
_WORDS = ("detail", "line", "output")


@dataclass(frozen=True, slots=True)
class RunToRepeat:
    """One run to repeat."""

    recorded: ExecutionLine
    trace: str | None
    solver: str
    """Its solver, by the name that the study has for it now."""

    @property
    def where(self) -> str:
        """Where it stands in the package."""
        return f"executions.jsonl {self.recorded.id}"


@dataclass(frozen=True, slots=True)
class Replay:
    """What a replay of one run came to: an outcome, or a question that is not on record."""

    of: tuple[str, str, str] | None
    """Program, item and solver."""
    execution: Execution | None
    missing: str | None = None


def depends_on_machine(recorded: ExecutionLine, replay: Replay) -> bool:
    """Whether a replay may differ as this machine is faster, slower or smaller."""
    now = replay.execution.status if replay.execution else None
    # The program was gone before the solver had answered.
    cut_short = replay.missing is not None and any(ask.reply is None for ask in recorded.calls)
    return recorded.status in MACHINE_STATUSES or now in MACHINE_STATUSES or cut_short


def differences_of(run: RunToRepeat, replay: Replay) -> list[tuple[str, bool]]:
    """What a replay has otherwise than the record: in words, and whether it is more than words of
    errors and steps."""
    recorded, now = run.recorded, replay.execution
    if replay.missing is not None:
        return [(f"replayed, the program asks {replay.missing}, which is not on record", True)]
    if now is None:
        return [("is not run again where the study ran it", True)]
    found = [
        (f"{name} is {getattr(recorded, name)!r}; replayed it is {getattr(now, name)!r}", answers)
        for names, answers in ((_ANSWERS, True), (_WORDS, False))
        for name in names
        if getattr(recorded, name) != getattr(now, name)
    ]
    of = (recorded.program_id, recorded.item_id, run.solver)
    if of != replay.of:
        found.append((f"is of {of}; replayed it is of {replay.of}", True))
    if recorded.calls != now.calls:
        found.append((_asks_differ(recorded, now), True))
    if run.trace is not None:
        found += [(what, False) for what in _steps_differ(run.trace, now)]
    return found


def _asks_differ(recorded: ExecutionLine, now: Execution) -> str:
    if len(recorded.calls) != len(now.calls):
        return f"{len(recorded.calls)} asks; replayed there are {len(now.calls)}"
    for there, due in zip(recorded.calls, now.calls, strict=True):
        if there != due:
            return f"ask {due.index} is {there}; replayed it is {due}"
    return ""


def _steps_differ(recorded: str, now: Execution) -> list[str]:
    try:
        data = b64decode(recorded, validate=True)
        if b64encode(data).decode() != recorded:
            return ["its steps are not written as a package writes them"]
        trace = Trace.from_bytes(data)
    except (StoreError, binascii.Error) as error:
        return [f"its steps can't be read: {error}"]
    if now.trace is None or trace.record != now.trace.record:
        return ["its steps in traces.jsonl are not those of the replay"]
    return []
