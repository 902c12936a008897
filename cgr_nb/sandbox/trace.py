"""The steps of one run, as a person walks through them. Written by `tracer`, read here.

The record comes from the program's own process: it may be anything, so every line is checked,
reading stops at the first that is no step, and nothing rests on it but what is shown.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Literal, NoReturn, cast, get_args

from cgr_nb.errors import StoreError
from cgr_nb.util.surrogates import escape_surrogates_in

__all__ = ["Frame", "State", "Step", "StepEvent", "Trace"]

StepEvent = Literal["call", "line", "return", "unwind", "raise", "ask", "cut"]
_EVENTS: Final = frozenset(get_args(StepEvent))
_WITH_VALUE: Final = ("return", "unwind", "raise", "cut")
_MAGIC: Final = b"cgr-trace 1\n"
_MOST_BYTES: Final = 64 << 20
_MOST_COUNT: Final = 1 << 31


@dataclass(frozen=True, slots=True)
class Step:
    """One step. What it shows is the state *before* its line runs."""

    index: int
    event: StepEvent
    """"call": a function is entered; "line": a line is about to run; "return", "unwind": a frame
    is left, with a value or by an exception; "raise": an exception passes; "ask": a call to the
    solver begins; "cut": recording stopped here, for the reason in `value`."""
    line: int
    """Line of the program, from 1; 0 for a cut."""
    frame: int | None
    """Number of the frame, 1, 2, 3 ... in the order in which frames were entered; None when not
    known."""
    name: str
    """Function that the frame runs; "" when not known."""
    changed: Mapping[str, str | None]
    """Locals that changed since the previous step of the same frame: name -> text, None when
    deleted."""
    printed: int
    """Characters printed before this step."""
    ask: int | None
    """Index into `Execution.calls` of the call that begins here; None for every event but "ask"."""
    value: str | None
    """Value returned, exception raised, or why recording was cut; None for the other events."""
    parent: int | None
    """For a "call": number of the calling frame, where it is known."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One function of the program that is being run."""

    number: int
    function: str
    line: int
    """Line it is at."""
    variables: Mapping[str, str]
    """Locals by name, as bounded texts."""


@dataclass(frozen=True, slots=True)
class State:
    """The whole state before one step."""

    step: Step
    frames: tuple[Frame, ...]
    """Frames that are open, outermost first."""
    ask: int | None
    """Index into `Execution.calls` of the latest call up to here; None when there was none yet."""

    @property
    def variables(self) -> Mapping[str, str]:
        """Locals of the frame that the step is in."""
        for frame in self.frames:
            if frame.number == self.step.frame:
                return frame.variables
        return {}


@dataclass(frozen=True)
class Trace:
    """The recorded steps of one run. Equal traces have equal bytes."""

    record: bytes = field(repr=False)
    """One JSON line a step, as the program's process wrote them."""

    @classmethod
    def from_record(cls, record: bytes) -> Trace:
        """Take what a process left, without the last words that a crash adds."""
        lines = record.split(b"\n")
        # A line that was being written when the process ended has no newline: it is the last piece.
        return cls(b"".join(line + b"\n" for line in lines[:-1] if line.startswith(b"[")))

    @classmethod
    def from_bytes(cls, data: bytes) -> Trace:
        """Read what `to_bytes` wrote.

        Raises:
            StoreError: It is something else, or damaged.
        """
        unpacker = zlib.decompressobj()
        try:
            text = unpacker.decompress(data, _MOST_BYTES)
        except zlib.error as error:
            raise StoreError("a trace is damaged", got=str(error)) from None
        if not text.startswith(_MAGIC) or not unpacker.eof:
            raise StoreError("a trace is damaged, or from another version", got=repr(text[:20]))
        return cls(text[len(_MAGIC) :])

    def to_bytes(self) -> bytes:
        """Compressed bytes for the store; equal for equal traces."""
        return zlib.compress(_MAGIC + self.record, 6)

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """All steps, in order."""
        steps: list[Step] = []
        names: dict[int | None, str] = {}
        for line in self.record.splitlines():
            step = _read(len(steps), line, names)
            if step is None:
                why = "the record is damaged from here on"
                steps.append(Step(len(steps), "cut", 0, None, "", {}, 0, None, why, None))
                break
            steps.append(step)
        return tuple(steps)

    @property
    def cut(self) -> str:
        """Why recording stopped before the run did; empty when it did not."""
        last = self.steps[-1] if self.steps else None
        return (last.value or "") if last and last.event == "cut" else ""

    def call_at(self, index: int) -> int | None:
        """Index into `Execution.calls` of the latest call up to and including a step; None before
        the first.

        Raises:
            IndexError: There is no such step.
        """
        return self.at(index).ask

    def at(self, index: int) -> State:
        """The whole state before a step.

        Args:
            index: Number of the step, from 0; negative ones count from the end.

        Raises:
            IndexError: There is no such step.
        """
        target = self.steps[index]
        numbers: dict[int, None] = {}  # open frames in order; as a list, many would take for ever
        names: dict[int, str] = {}
        lines: dict[int, int] = {}
        variables: dict[int, dict[str, str]] = {}
        ask = None
        for step in self.steps[: target.index + 1]:
            ask = step.ask if step.ask is not None else ask
            if step.frame is None:
                continue
            numbers.setdefault(step.frame)
            names[step.frame] = step.name
            known = variables.setdefault(step.frame, {})
            lines[step.frame] = step.line
            for name, text in step.changed.items():
                if text is None:
                    known.pop(name, None)
                else:
                    known[name] = text
            if step.event in ("return", "unwind") and step is not target:
                while numbers.popitem()[0] != step.frame:
                    pass
        frames = tuple(Frame(n, names[n], lines[n], dict(variables[n])) for n in numbers)
        return State(target, frames, ask)


def _read(index: int, line: bytes, names: dict[int | None, str]) -> Step | None:
    """One step from its JSON; None when it is none. Learns the names of frames on the way."""
    try:
        # As for frames: constants that are not JSON, and numbers without end, are no step's.
        fields: Any = json.loads(line.decode("ascii"), parse_int=_whole, parse_constant=_no_number)
    except (ValueError, RecursionError):
        return None
    fields = escape_surrogates_in(fields)
    if type(fields) is not list or not 5 <= len(fields) <= 6:
        return None
    event, number, frame, changed, printed, extra = (*fields, None)[:6]
    if type(event) is not str or event not in _EVENTS:
        return None
    ask = extra if event == "ask" else None
    value = extra if event in _WITH_VALUE else None
    parent, name = None, names.get(frame, "") if type(frame) is int else ""
    if event == "call":
        if type(extra) is not list or len(extra) != 2:
            return None
        parent, name = extra
    sound = (
        _is_count(number)
        and _is_count(printed)
        and all(known is None or _is_count(known) for known in (frame, parent, ask))
        and type(name) is str
        and (value is None or type(value) is str)
        and type(changed) is dict
        and all(text is None or type(text) is str for text in changed.values())
    )
    if not sound:
        return None
    names[frame] = name
    return Step(
        index, cast(StepEvent, event), number, frame, name, changed, printed, ask, value, parent
    )


def _is_count(value: object) -> bool:
    """Whether this can be a line, a number of a frame, or a count of anything here."""
    return type(value) is int and 0 <= value < _MOST_COUNT


def _whole(digits: str) -> int:
    return int(digits) if len(digits) < 20 else -1


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
