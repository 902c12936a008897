"""Records the steps of the program from inside its process, one JSON line a step (read by `trace`).

A step is written to the trace file at once, so that a crash loses nothing. State is *before* the
line: what a step shows as changed was changed by the previous step of the same frame.

Cost is bounded: a line is recorded on its first 64 hits, then on hits 128, 256, 512 ...; after
100,000 events (four calls inside libraries count as one), or at the limits on steps and bytes,
tracing stops with a visible "cut". Only the main thread is traced. Everything here can be tampered
with by the program: a trace is advisory, the host's call log is not.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from json.encoder import encode_basestring_ascii as quoted
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Any, Final

from cgr_nb.sandbox.saferepr import MOST_CHARS, error_text, fingerprint, safe_repr

if TYPE_CHECKING:
    from _typeshed import TraceFunction

__all__ = ["PROGRAM_FILE", "Tracer"]

PROGRAM_FILE: Final = "<scaffold>"
"""File name that the program is compiled under: its frames are known by it."""

_FULL_HITS = 64
_MOST_EVENTS = 100_000
_MOST_BEYOND = 32_768
"""Bytes by which the last step may pass the limit; the record's file holds more, for last words."""
_CALL = 0
"""Where entering a function is counted; its lines count from 1, leaving them from -1."""
_UNSHOWN = ("__", ".")
_GENERATORS = 0x20 | 0x80 | 0x200


class Tracer:
    """Traces one program on the calling thread, from `start` to `stop`."""

    def __init__(self, fd: int, steps: int, bytes_: int, hidden: frozenset[str]) -> None:
        """Prepare a trace.

        Args:
            fd: File that steps are written to.
            steps: Recorded at most.
            bytes_: Written at most.
            hidden: Names of the module that are the sandbox's own, and not shown.
        """
        self.printed = 0
        """Characters printed so far; kept up to date by the output stream."""
        self._asks_before = 0
        self._fd = fd
        self._on = False
        self._steps_left = steps
        self._bytes_left = bytes_
        self._events_left: float = _MOST_EVENTS
        self._hidden = hidden
        self._hits: dict[CodeType, dict[int, int]] = {}
        self._frames = 0
        self._open: dict[FrameType, tuple[int, TraceFunction]] = {}
        self._walked: FrameType | None = None

    def start(self) -> None:
        """Begin with the next frame that is entered."""
        self._on = True
        sys.settrace(self._on_call)

    def start_cell(self, asks: int) -> None:
        """Begin anew for another cell: it is counted by itself, but for what limits its session.

        Args:
            asks: Calls of the cells before it.
        """
        self.printed, self._asks_before = 0, asks
        self._events_left, self._frames = _MOST_EVENTS, 0
        self._hits.clear()
        self.start()

    def walk(self, frame: FrameType) -> TraceFunction | None:
        """Trace a module whose statements are run one at a time as one frame.

        Args:
            frame: What stands for it.

        Returns:
            What is told of its lines, of what it raises and of its end, as a frame's own trace
            function is; None where nothing is traced.
        """
        if not self._on:
            return None
        self._walked = frame
        return self._on_call(frame, "call", None)

    def stop(self) -> None:
        """End, until it is started again."""
        sys.settrace(None)
        self._on = False
        self._open.clear()

    def ask(self, index: int, frame: FrameType | None) -> None:
        """Record that call `index` to the solver begins in a frame."""
        if frame is not None:
            number, _ = self._open.get(frame, (None, None))
            self._write("ask", frame.f_lineno, number, "{}", str(index - self._asks_before))

    def _on_call(self, frame: FrameType, event: str, arg: object) -> TraceFunction | None:
        """Global trace function: a frame is entered, of the program or of a library."""
        code = frame.f_code
        if code.co_filename != PROGRAM_FILE:
            self._count_event(0.25)
            return None
        if frame in self._open:  # a generator goes on
            return self._open[frame][1]
        if self._is_of_walk(frame):
            self._count_event()
            return None
        hits = self._hits.setdefault(code, {})
        if not self._is_due(hits, _CALL):
            return None
        self._frames += 1
        number = self._frames
        back = self._walked if self._is_of_walk(frame.f_back) else frame.f_back
        parent, _ = self._open.get(back, (None, None)) if back else (None, None)
        seen: dict[str, tuple[Any, str]] = {}
        extra = f"[{'null' if parent is None else parent},{quoted(code.co_name)}]"
        self._write("call", frame.f_lineno, number, self._changes(frame, seen), extra)
        follow = self._follow(number, seen, hits)
        self._open[frame] = number, follow
        return follow

    def _is_of_walk(self, frame: FrameType | None) -> bool:
        """Whether this is a single statement of a module that is walked."""
        if frame is None or self._walked is None or frame is self._walked:
            return False
        code = frame.f_code
        return code.co_filename == PROGRAM_FILE and code.co_name == "<module>"

    def _follow(
        self, number: int, seen: dict[str, tuple[Any, str]], hits: dict[int, int]
    ) -> TraceFunction:
        """A local trace function for one frame."""
        unwinding = False

        def trace(
            frame: FrameType,
            event: str,
            arg: Any,  # noqa: ANN401 - as `event` has it
        ) -> TraceFunction:
            nonlocal unwinding
            line = frame.f_lineno
            if event == "line":
                unwinding = False
                # Most events of a long loop end here, so the count is not a call.
                self._events_left -= 1
                count = hits[line] = hits.get(line, 0) + 1
                if self._events_left <= 0:
                    self._cut("too many events")
                elif count <= _FULL_HITS or count & (count - 1) == 0:
                    self._write("line", line, number, self._changes(frame, seen))
            elif event == "return":
                kind = "unwind" if unwinding and arg is None else "return"
                if kind == "unwind" or not frame.f_code.co_flags & _GENERATORS:
                    self._open.pop(frame, None)
                if self._is_due(hits, -line):
                    value = quoted(safe_repr(arg))
                    self._write(kind, line, number, self._changes(frame, seen), value)
            elif event == "exception" and not issubclass(arg[0], StopIteration | GeneratorExit):
                if not unwinding and self._is_due(hits, -line):
                    told = quoted(error_text(arg[1], MOST_CHARS))
                    self._write("raise", line, number, self._changes(frame, seen), told)
                unwinding = True
            return trace

        return trace

    def _changes(self, frame: FrameType, seen: dict[str, tuple[Any, str]]) -> str:
        """Locals that differ from what was seen last, as JSON: name -> text, null for one gone."""
        changed = []
        shown = 0
        names: Mapping[str, object] = frame.f_locals
        for name, value in list(names.items()):
            if type(name) is not str:  # put there through `globals()`
                continue
            known = seen.get(name)
            if known is None and (name in self._hidden or name.startswith(_UNSHOWN)):
                continue
            shown += 1
            mark = fingerprint(value)
            if known is not None and mark is not None and known[0] == mark:
                continue
            text = safe_repr(value)
            if known is None or known[1] != text:
                changed.append(f"{quoted(name)}:{quoted(text)}")
            # Marks hold atoms only: holding more would keep the program's objects alive.
            seen[name] = mark, text
        if len(seen) > shown:
            for name in [name for name in seen if name not in names]:
                del seen[name]
                changed.append(f"{quoted(name)}:null")
        return "{" + ",".join(changed) + "}" if changed else "{}"

    def _count_event(self, weight: float = 1) -> None:
        self._events_left -= weight
        if self._events_left <= 0:
            self._cut("too many events")

    def _is_due(self, hits: dict[int, int], place: int) -> bool:
        """Count one hit of a place in the code and say whether it is recorded."""
        self._count_event()
        count = hits[place] = hits.get(place, 0) + 1
        return count <= _FULL_HITS or count & (count - 1) == 0

    def _write(
        self, event: str, line: int, frame: int | None, changed: str, extra: str | None = None
    ) -> None:
        """Record one step, or the cut where a limit is reached."""
        if self._steps_left <= 0:
            self._cut("too many steps")
        elif self._bytes_left <= 0:
            self._cut("too many bytes")
        elif self._on:
            number = "null" if frame is None else frame
            tail = "" if extra is None else "," + extra
            place = line if line and line > 0 else 0
            step = f'["{event}",{place},{number},{changed},{self.printed}{tail}]\n'
            if len(step) > self._bytes_left + _MOST_BEYOND:
                self._cut("too many bytes")
                return
            self._steps_left -= 1
            self._bytes_left -= len(step)
            self._put(step)

    def _cut(self, why: str) -> None:
        """Stop, and leave a visible mark."""
        if self._on:
            self.stop()
            self._put(f'["cut",0,null,{{}},{self.printed},"{why}"]\n')

    def _put(self, step: str) -> None:
        """Write one line of the record. Where that fails (the program has closed the file, or
        filled it), tracing ends and the run goes on: a trace changes no outcome."""
        try:
            os.write(self._fd, step.encode("ascii"))
        except OSError:
            self.stop()
