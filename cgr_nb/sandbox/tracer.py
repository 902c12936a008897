"""Records the steps of the program from inside its process, one JSON line a step (read by `trace`).

A step is written to the trace file at once, so that a crash loses nothing. State is *before* the
line: what a step shows as changed was changed by the previous step of the same frame.

Cost is bounded: a line is recorded on its first 200 hits, then on hits 256, 512, 1024 ...; after
200,000 events, or at the limits on steps and bytes, tracing stops with a visible "cut". Only the
main thread is traced. Everything here can be tampered with by the program: a trace is advisory,
the host's call log is not.
"""

from __future__ import annotations

import json
import os
import sys
from types import FrameType
from typing import Any, Final

from cgr_nb.sandbox.saferepr import MOST_CHARS, error_text, safe_repr

__all__ = ["PROGRAM_FILE", "Tracer"]

PROGRAM_FILE: Final = "<scaffold>"
"""File name that the program is compiled under: its frames are known by it."""

_FULL_HITS = 200
_MOST_EVENTS = 200_000
_ATOMS = frozenset((int, float, str, bool, type(None), type(lambda: 0), type))

_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


class Tracer:
    """Traces one program on the calling thread, from `start` to `stop`."""

    def __init__(self, fd: int, steps: int, bytes_: int, hidden: frozenset[str]) -> None:
        self.printed = 0
        """Characters printed so far; kept up to date by the output stream."""
        self._fd = fd
        self._on = False
        self._steps_left = steps
        self._bytes_left = bytes_
        self._events_left = _MOST_EVENTS
        self._hidden = hidden
        self._hits: dict[tuple[Any, int], int] = {}
        self._frames = 0
        self._open: dict[FrameType, _Frame] = {}

    def start(self) -> None:
        """Begin with the next frame that is entered."""
        self._on = True
        sys.settrace(self._on_call)

    def stop(self) -> None:
        """End for good."""
        sys.settrace(None)
        self._on = False
        self._open.clear()

    def ask(self, index: int, frame: FrameType | None) -> None:
        """Record that call `index` to the solver begins in a frame."""
        if frame is not None:
            known = self._open.get(frame)
            number = known.number if known else None
            self.write(["ask", frame.f_lineno, number, {}, self.printed, index])

    def cut(self, why: str) -> None:
        """Stop, and leave a visible mark."""
        if self._on:
            self.stop()
            self._put(["cut", 0, None, {}, self.printed, why])

    def due(self, code: object, place: int) -> bool:
        """Count one hit of a place in the code and say whether it is recorded."""
        self._events_left -= 1
        if self._events_left <= 0:
            self.cut("too many events")
            return False
        key = (code, place)
        hits = self._hits.get(key, 0) + 1
        self._hits[key] = hits
        return hits <= _FULL_HITS or hits & (hits - 1) == 0

    def write(self, step: list[Any]) -> None:
        """Record one step, or the cut where a limit is reached."""
        if self._steps_left <= 0:
            self.cut("too many steps")
        elif self._bytes_left <= 0:
            self.cut("too many bytes")
        elif self._on:
            self._steps_left -= 1
            self._bytes_left -= self._put(step)

    def _put(self, step: list[Any]) -> int:
        return os.write(self._fd, (_encode(step) + "\n").encode("ascii"))

    def _on_call(self, frame: FrameType, event: str, arg: object) -> Any:
        code = frame.f_code
        if code.co_filename != PROGRAM_FILE:
            self._events_left -= 1
            if self._events_left <= 0:
                self.cut("too many events")
            return None
        known = self._open.get(frame)
        if known is not None:  # a generator goes on
            return known.on_event
        if not self.due(code, 0):
            return None
        self._frames += 1
        known = _Frame(self, self._frames, self._hidden)
        parent = self._open.get(frame.f_back) if frame.f_back else None
        self._open[frame] = known
        self.write(
            [
                "call",
                frame.f_lineno,
                known.number,
                known.changes(frame),
                self.printed,
                [parent.number if parent else None, code.co_name],
            ]
        )
        return known.on_event

    def close(self, frame: FrameType) -> None:
        """Forget a frame that was left."""
        self._open.pop(frame, None)


class _Frame:
    """What is known of one frame of the program."""

    __slots__ = ("_hidden", "_seen", "_tracer", "_unwinding", "number")

    def __init__(self, tracer: Tracer, number: int, hidden: frozenset[str]) -> None:
        self.number = number
        self._tracer = tracer
        self._hidden = hidden
        self._seen: dict[str, tuple[Any, str]] = {}
        self._unwinding = False

    def changes(self, frame: FrameType) -> dict[str, str | None]:
        """Locals that differ from what was seen last: name -> text, None for one that is gone."""
        seen = self._seen
        changed: dict[str, str | None] = {}
        names = frame.f_locals
        for name, value in list(names.items()):
            if type(name) is not str or name[:1] == "." or name[:2] == "__" or name in self._hidden:
                continue
            last = seen.get(name)
            atom = type(value) in _ATOMS
            if atom and last is not None and last[0] is value:
                continue
            text = safe_repr(value)
            if last is None or last[1] != text:
                changed[name] = text
            # Only atoms are held: holding more would keep the program's objects alive.
            seen[name] = (value if atom else None, text)
        if len(seen) > len(names):
            for name in [n for n in seen if n not in names]:
                del seen[name]
                changed[name] = None
        return changed

    def on_event(self, frame: FrameType, event: str, arg: Any) -> Any:
        """Local trace function."""
        tracer = self._tracer
        line = frame.f_lineno
        if event == "line":
            self._unwinding = False
            if tracer.due(frame.f_code, line):
                tracer.write(["line", line, self.number, self.changes(frame), tracer.printed])
        elif event == "return":
            kind = "unwind" if self._unwinding and arg is None else "return"
            generator = frame.f_code.co_flags & 0x2A0 and kind == "return"
            if not generator:
                tracer.close(frame)
            if tracer.due(frame.f_code, -line):
                changed = self.changes(frame)
                tracer.write([kind, line, self.number, changed, tracer.printed, safe_repr(arg)])
        elif event == "exception" and arg[0] not in (StopIteration, GeneratorExit):
            if not self._unwinding and tracer.due(frame.f_code, -line):
                changed = self.changes(frame)
                told = error_text(arg[1], MOST_CHARS)
                tracer.write(["raise", line, self.number, changed, tracer.printed, told])
            self._unwinding = True
        return self.on_event
