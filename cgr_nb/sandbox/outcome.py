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
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from cgr_nb.records import DIFFICULTIES, Ask, Execution, ExecutionStatus
from cgr_nb.sandbox.frames import CellFrame, EndFrame, ModuleFrame
from cgr_nb.sandbox.limits import MOST_THREADS, Limits
from cgr_nb.sandbox.modes import RunMode
from cgr_nb.sandbox.protocol import line_number
from cgr_nb.sandbox.trace import Trace
from cgr_nb.sandbox.tracer import PROGRAM_FILE
from cgr_nb.sandbox.worker import Exit
from cgr_nb.util.surrogates import escape_surrogates

__all__ = ["CELL_ENDED", "End", "Evidence", "conclude", "lost", "refused"]

CELL_ENDED = "the cell came to its end"
"""Detail of a cell that ran to its end. Its status is "no_answer": a cell returns nothing."""

_BETWEEN = ",;&+/[]{}()'\""
"""What may stand between the letters of a set."""
_WORDS = re.compile(rf'File "{PROGRAM_FILE}", line (\d{{1,10}})(?!\d)'.encode())


class _EndWords(NamedTuple):
    """How a program that came to its end is spoken of, and one that did not."""

    without_answer: str
    answer: str
    early: str


_SOLVED = _EndWords("solve returned None", "solve returned", "before solve returned")
_WALKED = _EndWords("the program set no answer", "answer is", "before its end")
_ENDS: Mapping[RunMode | Literal["cells"], _EndWords] = {
    "solve": _SOLVED,
    "cells": _SOLVED._replace(early="before the cell ended"),
    "emulate": _WALKED,
    "emulate_names": _WALKED,
}


@dataclass(frozen=True, slots=True)
class End:
    """Why the conversation with a program ended."""

    kind: Literal["told", "closed", "wall", "calls", "protocol"]
    frame: EndFrame | CellFrame | None = None
    """What the program, or one of its cells, says; None unless kind is "told"."""
    text: str = ""
    """What it sent, in words, when kind is "protocol"."""
    line: int | None = None
    """Where it was, when kind is "calls"."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything the host knows of a run that has ended."""

    end: End
    exit: Exit
    killed: bool
    """Whether the host had to kill the process."""
    module: ModuleFrame
    calls: tuple[Ask, ...]
    output: bytes
    record: bytes
    traced: bool
    mode: RunMode | Literal["cells"]
    wall_s: float
    letters: tuple[str, ...]
    multi: bool
    """Whether the answer is a set of letters."""
    limits: Limits
    isolation: str
    printed_before: int = 0
    """Characters of output before this: of the cells before it."""
    most_calls: int | None = None
    """Calls that it could make, where that is not what the limits say."""


def conclude(seen: Evidence) -> Execution:
    """Judge a run, or a cell. Whatever a program did or wrote, there is an outcome."""
    limits = seen.limits
    left = max(0, limits.output_chars - seen.printed_before)
    output = escape_surrogates(seen.output.decode("utf-8", "surrogateescape"))
    status, detail = _judge(seen)
    if len(output) > left:
        status, detail = (
            "output_limit",
            f"stopped: printed more than {limits.output_chars} characters",
        )
        output = output[:left]
    trace = Trace.from_record(seen.record) if seen.traced else None
    end = seen.end
    line = end.frame.line if end.frame is not None else end.line or _last_line(seen, trace)
    value = end.frame.value if isinstance(end.frame, EndFrame) else None
    answer = _answer(value, seen) if status == "ok" else None
    difficulty = (seen.module.difficulty or "").strip().lower()
    detail = detail if line is None or not detail else f"{detail} at line {line}"
    if isinstance(end.frame, EndFrame) and end.frame.walked is not None:
        detail = end.frame.walked.behind(detail)
    return Execution(
        status=status,
        solver_answer=answer,
        generator_answer=_answer(seen.module.generator_answer, seen),
        difficulty=next((known for known in DIFFICULTIES if known == difficulty), None),
        detail=detail,
        calls=seen.calls,
        output=output,
        line=line if status != "ok" else None,
        cpu_s=seen.exit.cpu_s,
        wall_s=seen.wall_s,
        isolation=seen.isolation,
        trace=trace,
    )


def refused(chars: int, limits: Limits, isolation: str) -> Execution:
    """The outcome of a program that is too long to be run at all."""
    detail = f"not run: {chars} characters, the limit is {limits.source_chars}"
    return _without_evidence("interface_error", detail, (), isolation)


def lost(calls: tuple[Ask, ...], isolation: str) -> Execution:
    """The outcome of a program that has ended its worker, and so all evidence of itself."""
    return _without_evidence("killed", "ended the process that ran it", calls, isolation)


def _without_evidence(
    status: ExecutionStatus, detail: str, calls: tuple[Ask, ...], isolation: str
) -> Execution:
    return Execution(
        status=status,
        solver_answer=None,
        generator_answer=None,
        difficulty=None,
        detail=detail,
        calls=calls,
        output="",
        line=None,
        cpu_s=0.0,
        wall_s=0.0,
        isolation=isolation,
    )


def _judge(seen: Evidence) -> tuple[ExecutionStatus, str]:
    limits = seen.limits
    if seen.end.frame is not None:
        return _told(seen.end.frame, seen)
    match seen.end.kind:
        case "calls":
            most = limits.calls if seen.most_calls is None else seen.most_calls
            return "call_limit", f"stopped: asked the solver more than {most} times"
        case "wall":
            return "timeout", f"stopped: ran for more than {limits.wall_s:g} s"
        case "protocol":
            return "killed", f"stopped: sent {seen.end.text} on its call channel"
    return _died(seen)


def _died(seen: Evidence) -> tuple[ExecutionStatus, str]:
    """The process ended, or let go of its channel, without telling an end."""
    status = seen.exit.wait_status
    number = os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0
    cpu_limit = math.ceil(seen.limits.cpu_s)
    # The kernel counts a limit in ticks, which are coarser than the seconds it reports in the end.
    if number in (signal.SIGXCPU, signal.SIGKILL) and seen.exit.cpu_s >= 0.5 * cpu_limit:
        return "cpu_limit", f"stopped: used more than {cpu_limit} s of CPU"
    if seen.exit.crowded:
        return "killed", f"stopped: started more than {MOST_THREADS} threads, and tried on"
    if seen.killed:
        return "killed", "stopped: closed its call channel"
    if number:
        return "killed", f"ended by {_signal_name(number)}"
    code = os.WEXITSTATUS(status) if os.WIFEXITED(status) else status
    return "killed", f"left with exit code {code} {_ENDS[seen.mode].early}"


def _signal_name(number: int) -> str:
    """As `kill -l` has it; the numbers between the two named real-time signals have no name of
    their own."""
    if number in set(signal.Signals):
        return signal.Signals(number).name
    first = getattr(signal, "SIGRTMIN", number + 1)
    return f"SIGRTMIN+{number - first}" if number > first else f"signal {number}"


def _told(end: EndFrame | CellFrame, seen: Evidence) -> tuple[ExecutionStatus, str]:
    limits = seen.limits
    if isinstance(end, CellFrame):
        return _told_by_cell(end)
    match end.kind:
        case "returned" if end.shown is None and end.value is None:
            return "no_answer", _ENDS[seen.mode].without_answer
        case "returned" if _answer(end.value, seen):
            return "ok", ""
        case "returned":
            what = "no set of option letters" if seen.multi else "not an option letter"
            return "invalid_answer", f"{_ENDS[seen.mode].answer} {end.shown}, which is {what}"
        case "memory":
            return "memory_limit", f"stopped: used more than {limits.memory_mb} MB"
        case "output":
            return "output_limit", f"stopped: printed more than {limits.output_chars} characters"
        case "exit":
            return "killed", f"left by {end.text} {_ENDS[seen.mode].early}"
        case "syntax":
            return "syntax_error", end.text
        case "interface":
            return "interface_error", end.text
    return "exception", end.text


def _told_by_cell(end: CellFrame) -> tuple[ExecutionStatus, str]:
    match end.kind:
        case "finished":
            return "no_answer", CELL_ENDED
        case "syntax":
            return "syntax_error", end.text
    return "exception", end.text


def _answer(text: str | None, seen: Evidence) -> str | None:
    """The option letter that a text is; of an item that asks for a set, its letters together, in
    option order ("AC" for "C, A")."""
    said = text.strip().upper() if text is not None else ""
    if not seen.multi:
        return said if said in seen.letters else None
    named = [sign for sign in said if not (sign.isspace() or sign in _BETWEEN)]
    if not set(named) <= set(seen.letters) or len(set(named)) != len(named):
        return None
    return "".join(letter for letter in seen.letters if letter in named) or None


def _last_line(seen: Evidence, trace: Trace | None) -> int | None:
    """Where the program was when it was stopped: by its last words, else by its last step."""
    words = _WORDS.search(seen.record)
    if words:
        return line_number(int(words[1]))
    # A record of more steps than there can be is forged; reading it would only take time.
    whole = trace is not None and trace.record.count(b"\n") <= seen.limits.trace_steps + 1
    if trace is not None and whole and trace.steps and not trace.cut:
        return trace.steps[-1].line
    return None
