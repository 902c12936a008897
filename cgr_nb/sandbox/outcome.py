"""From what the host saw of a run to its `Execution`: one status, and one line that says why.

A status rests on what the host counted, on how the process ended, and on the program's own `end`
frame; what the program printed decides nothing. An `end` frame can be forged, but only to say what
the program could have done anyway.
"""

from __future__ import annotations

import math
import os
import re
import signal
from dataclasses import dataclass
from typing import Any, Literal

from cgr_nb.records import DIFFICULTIES, Ask, Execution, ExecutionStatus
from cgr_nb.sandbox.limits import Limits
from cgr_nb.sandbox.protocol import END_KINDS, ProtocolError, line_number
from cgr_nb.sandbox.trace import Trace
from cgr_nb.sandbox.tracer import PROGRAM_FILE

__all__ = ["End", "Evidence", "conclude", "refused"]

_WORDS = re.compile(rf'File "{PROGRAM_FILE}", line (\d+)'.encode())
_MOST_TEXT = 500


@dataclass(frozen=True, slots=True)
class End:
    """Why the conversation with a program ended."""

    kind: Literal["told", "closed", "wall", "calls", "protocol"]
    told: str = ""
    """What the program says, one of `protocol.END_KINDS`, when kind is "told"."""
    text: str = ""
    value: str | None = None
    """The text that `solve` returned; None when it returned something else."""
    shown: str | None = None
    """What `solve` returned, as a bounded text; None when it returned None."""
    line: int | None = None

    @classmethod
    def from_message(cls, message: dict[str, Any]) -> End:
        """Read an `end` frame.

        Raises:
            ProtocolError: It is none.
        """
        told = message.get("kind")
        if told not in END_KINDS:
            raise ProtocolError("an end of no known kind")
        return cls(
            "told",
            told,
            _text(message.get("text")) or "",
            _text(message.get("value")),
            _text(message.get("shown")),
            line_number(message.get("line")),
        )


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything the host knows of a run that has ended."""

    end: End
    wait_status: int
    cpu_s: float
    killed: bool
    """Whether the host had to kill the process."""
    module: dict[str, Any]
    calls: tuple[Ask, ...]
    output: bytes
    record: bytes
    traced: bool
    wall_s: float
    letters: tuple[str, ...]
    limits: Limits
    isolation: str


def conclude(seen: Evidence) -> Execution:
    """Judge a run."""
    limits = seen.limits
    output = seen.output.decode("utf-8", "replace")
    status, detail = _judge(seen)
    if len(output) > limits.output_chars:
        status, detail = (
            "output_limit",
            f"stopped: printed more than {limits.output_chars} characters",
        )
        output = output[: limits.output_chars]
    trace = Trace.from_record(seen.record) if seen.traced else None
    line = seen.end.line if seen.end.kind == "told" or seen.end.line else _last_line(seen, trace)
    answer = _letter(seen.end.value, seen.letters) if status == "ok" else None
    difficulty = (_text(seen.module.get("difficulty")) or "").strip().lower()
    return Execution(
        status=status,
        solver_answer=answer,
        generator_answer=_letter(_text(seen.module.get("generator_answer")), seen.letters),
        difficulty=next((known for known in DIFFICULTIES if known == difficulty), None),
        detail=detail if line is None or not detail else f"{detail} at line {line}",
        calls=seen.calls,
        output=output,
        line=line if status != "ok" else None,
        cpu_s=seen.cpu_s,
        wall_s=seen.wall_s,
        isolation=seen.isolation,
        trace=trace,
    )


def refused(source: str, limits: Limits, isolation: str) -> Execution:
    """The outcome of a program that is too long to be run at all."""
    return Execution(
        status="interface_error",
        solver_answer=None,
        generator_answer=None,
        difficulty=None,
        detail=f"not run: {len(source)} characters, the limit is {limits.source_chars}",
        calls=(),
        output="",
        line=None,
        cpu_s=0.0,
        wall_s=0.0,
        isolation=isolation,
    )


def _judge(seen: Evidence) -> tuple[ExecutionStatus, str]:
    limits = seen.limits
    match seen.end.kind:
        case "calls":
            return "call_limit", f"stopped: asked the solver more than {limits.calls} times"
        case "wall":
            return "timeout", f"stopped: ran for more than {limits.wall_s:g} s"
        case "protocol":
            return "killed", f"stopped: sent {seen.end.text} on its call channel"
        case "closed":
            return _died(seen)
    return _told(seen)


def _died(seen: Evidence) -> tuple[ExecutionStatus, str]:
    """The process ended, or let go of its channel, without telling an end."""
    number = os.WTERMSIG(seen.wait_status) if os.WIFSIGNALED(seen.wait_status) else 0
    cpu_limit = math.ceil(seen.limits.cpu_s)
    # The kernel counts a limit in ticks, which are coarser than the seconds it reports in the end.
    if number in (signal.SIGXCPU, signal.SIGKILL) and seen.cpu_s >= 0.5 * cpu_limit:
        return "cpu_limit", f"stopped: used more than {cpu_limit} s of CPU"
    if seen.killed:
        return "killed", "stopped: closed its call channel"
    if number:
        return "killed", f"ended by {signal.Signals(number).name}"
    code = os.waitstatus_to_exitcode(seen.wait_status)
    return "killed", f"left with exit code {code} before solve returned"


def _told(seen: Evidence) -> tuple[ExecutionStatus, str]:
    end, limits = seen.end, seen.limits
    match end.told:
        case "returned" if end.shown is None and end.value is None:
            return "no_answer", "solve returned None"
        case "returned" if _letter(end.value, seen.letters):
            return "ok", ""
        case "returned":
            return "invalid_answer", f"solve returned {end.shown}, which is not an option letter"
        case "memory":
            return "memory_limit", f"stopped: used more than {limits.memory_mb} MB"
        case "output":
            return "output_limit", f"stopped: printed more than {limits.output_chars} characters"
        case "exit":
            return "killed", f"left by {end.text} before solve returned"
        case "syntax":
            return "syntax_error", end.text
        case "interface":
            return "interface_error", end.text
    return "exception", end.text


def _letter(text: str | None, letters: tuple[str, ...]) -> str | None:
    letter = text.strip().upper() if text is not None else None
    return letter if letter in letters else None


def _text(value: object) -> str | None:
    return value[:_MOST_TEXT] if isinstance(value, str) else None


def _last_line(seen: Evidence, trace: Trace | None) -> int | None:
    """Where the program was when it was stopped: by its last words, else by its last step."""
    words = _WORDS.search(seen.record)
    if words:
        return int(words[1])
    if trace is not None and trace.steps and not trace.cut:
        return trace.steps[-1].line
    return None
