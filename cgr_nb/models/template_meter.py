"""What one rendering of a chat template may cost: work, memory and time on the processor.

A template comes from outside and can ask for anything: a loop of a thousand million rounds, a
string of as many letters, a list that holds itself many times over. Whatever it does is counted
here before it is done, and over a limit it ends in `OverLimit`. Limits of work and memory are
counts, so the same template ends at the same place on every machine; the processor time is only
a backstop for what the counts judge too mildly.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence, Set, ValuesView
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeAlias

import jinja2
from jinja2.runtime import LoopContext

__all__ = ["METER", "Meter", "OverLimit", "Value", "Weight", "allowance", "text_bytes"]

Value: TypeAlias = Any
"""Whatever a template computes with."""

_WORK, _WORK_A_TURN, _WORK_A_PAIR = 1_000_000, 1_000, 4
_MADE = 64 << 20
_TEXT = 4 << 20
_FRAME = 512
"""Bytes that a template puts around a turn, at most."""
_SECONDS = 5.0
_CLOCK_EVERY = 4096
_COUNTED_EVERY = 256
"""Steps of a walk through a value that are counted together."""
_MOST_BITS = 1 << 14
"""Of a whole number."""
_MOST_WIDTH = 1_000
"""Of a field, an indent, a precision."""


class OverLimit(jinja2.TemplateError):
    """A template asks for more than a rendering may cost."""


@dataclass(frozen=True, slots=True)
class Weight:
    """How large a value is where it is written out: what it holds twice counts twice."""

    bytes: int
    nodes: int
    """Values in it, itself included."""


class Meter:
    """Counts what one rendering does; any method raises `OverLimit`."""

    def __init__(self, work: int, made: int, text: int, seconds: float = _SECONDS) -> None:
        """Start to count.

        Args:
            work: Steps of the template, and kibibytes handled by them.
            made: Bytes of all values made on the way.
            text: Bytes of the text that comes out.
            seconds: Processor time of this thread.
        """
        self._work, self._made, self._text = work, made, text
        self._ends = time.thread_time() + seconds
        self._unclocked = 0

    def work(self, steps: int = 1) -> None:
        """Count steps, or kibibytes handled in one."""
        self._work -= steps
        if self._work < 0:
            raise OverLimit("it takes too many steps")
        self._unclocked += steps
        if self._unclocked >= _CLOCK_EVERY:
            self._unclocked = 0
            if time.thread_time() > self._ends:
                raise OverLimit("it takes too long")

    def make(self, size: int) -> None:
        """Count the bytes of a value before it is made."""
        self._made -= size
        if self._made < 0:
            raise OverLimit("it makes too much text on the way")
        self.work(1 + (size >> 10))

    def write(self, piece: str) -> None:
        """Count a piece of the text that comes out."""
        self._text -= text_bytes(piece)
        if self._text < 0:
            raise OverLimit("its text is too long")
        self.work()

    def weigh(self, value: Value) -> Weight:
        """Count a value that is about to be read, compared or written as a whole."""
        size = nodes = due = 0
        stack = [value]
        while stack:
            value = stack.pop()
            nodes += 1
            steps = 1
            kind = type(value)
            # Most values are texts and whole numbers: these are told apart at once.
            if kind is str or isinstance(value, str):
                size += text_bytes(value)
                steps += len(value) >> 10
            elif kind is int:
                size += value.bit_length()
            elif isinstance(value, (list, tuple)):
                size += 16 * len(value)
                steps += len(value)
                stack += value
            elif isinstance(value, int):
                size += value.bit_length()
            elif isinstance(value, Mapping):
                size += 16 * len(value)
                steps += len(value)
                stack += value.keys()
                stack += value.values()
            elif isinstance(value, (Set, ValuesView)):
                size += 16 * len(value)
                steps += len(value)
                stack += value
            elif isinstance(value, range):
                size += 64
                nodes += len(value)
                steps += len(value)
            else:
                size += 64
            due += steps
            if due >= _COUNTED_EVERY:
                self.work(due)
                due = 0
        self.work(due)
        return Weight(size, nodes)

    def fits(self, width: object) -> None:
        """Refuse a width, a precision or the like that no prompt needs."""
        if isinstance(width, (int, float)) and not -_MOST_WIDTH <= width <= _MOST_WIDTH:
            raise OverLimit(f"it asks for a width of more than {_MOST_WIDTH}")

    def bits(self, number: int) -> None:
        """Refuse whole numbers of thousands of digits."""
        if number > _MOST_BITS:
            raise OverLimit("it computes with numbers that are too long")

    def settled(self, value: Value) -> Value:
        """The value; a stream of values becomes a list, counted as it comes."""
        if not isinstance(value, Iterator) or isinstance(value, LoopContext):
            return value
        values = []
        for each in value:
            self.make(16)
            values.append(each)
        return values


def text_bytes(text: str) -> int:
    """Bytes of a string in memory, at most."""
    return len(text) if text.isascii() else 4 * len(text)


def allowance(contents: Sequence[str]) -> Meter:
    """A meter for a conversation of these turns.

    Templates of real models take some hundred steps a turn; some go through all turns for each
    turn, or copy what they have so far.
    """
    turns = len(contents)
    said = sum(map(text_bytes, contents))
    work = _WORK + _WORK_A_TURN * turns + _WORK_A_PAIR * turns**2 + (turns * said >> 8)
    shown = said + _FRAME * turns
    return Meter(work, _MADE + shown * (16 + 2 * turns), _TEXT + 8 * shown)


METER: ContextVar[Meter] = ContextVar("METER")
"""That of the rendering at work."""
