"""The program's side of a run, once it is confined: helpers, output, reserve, and telling the
end."""

from __future__ import annotations

import io
import mmap
import os
import random
import sys
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from cgr_nb.sandbox import program, protocol
from cgr_nb.sandbox.helpers import Wire, make_ask, make_helpers
from cgr_nb.sandbox.limits import Limits
from cgr_nb.sandbox.modes import emulate
from cgr_nb.sandbox.tracer import Tracer

__all__ = ["RECORD", "Stage", "numbered", "perform", "rehearse"]

RECORD: Final = 4
"""Descriptor of the file for trace steps and last words, in every program."""

_END_OF_MEMORY: Final = protocol.encode({"type": "end", "kind": "memory", "line": None})
_RESERVE: Final = 1 << 20
"""Address space that is let go when memory runs out, so that the end can be told."""


class _Output(io.TextIOBase):
    """stdout and stderr: straight into the output file, up to the limit, which ends the program."""

    encoding = "utf-8"

    def __init__(self, most: int, tracer: Tracer, end: Callable[[program.Ended], object]) -> None:
        self._left = most
        self._tracer = tracer
        self._end = end

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError("only text can be printed")
        # Counted as the host will count it: a lone surrogate is written as an escape.
        shown = text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()
        kept = shown[: self._left]
        self._left -= len(kept)
        self._tracer.printed += len(kept)
        os.write(1, kept.encode())
        if len(kept) < len(shown):
            frame = program.line_of(sys._getframe(1))
            self._end({"kind": "output", "line": frame.f_lineno if frame else None})
        return len(text)


class Stage:
    """What a program finds when it begins, and how its end is told."""

    def __init__(self, wire: Wire, order: dict[str, Any], leave: Callable[[], object]) -> None:
        """Arrange output, seeds, helpers and trace.

        Args:
            wire: The program's end of the call channel.
            order: The host's `run` message.
            leave: Ends the process; called once the end is told.
        """
        limits, self.item = order["limits"], order["item"]
        self.helpers = make_helpers(self.item)
        hidden = frozenset(self.helpers)
        self.tracer = Tracer(RECORD, int(limits["trace_steps"]), int(limits["trace_bytes"]), hidden)
        self.asking = partial(make_ask, wire, self.tracer, int(limits["prompt_chars"]))
        """Makes the program's `ask`."""
        self.output = _Output(int(limits["output_chars"]), self.tracer, self.end)
        self._wire, self._leave = wire, leave
        self._reserve = mmap.mmap(-1, _RESERVE)
        sys.stdout = sys.stderr = self.output
        random.seed(order["seed"])
        if "numpy" in sys.modules:
            sys.modules["numpy"].random.seed(order["seed"] % (1 << 32))

    def end(self, ended: program.Ended) -> None:
        """Tell the end, and leave."""
        try:
            self._wire.send(protocol.encode({"type": "end", **numbered(ended)}))
        except MemoryError:
            self._wire.send(_END_OF_MEMORY)
        self._leave()

    def release_reserve(self) -> None:
        """Let go of the memory that is kept for telling the end."""
        self._reserve.close()


def numbered(ended: program.Ended) -> program.Ended:
    """An end whose line, where it tells one, is a number or None."""
    return {**ended, "line": protocol.line_number(ended["line"])} if "line" in ended else ended


def perform(wire: Wire, order: dict[str, Any], leave: Callable[[], object]) -> None:
    """Run the program that was ordered and tell how it ended.

    Args:
        wire: The program's end of the call channel.
        order: The host's `run` message.
        leave: Ends the process; called once the end is told.
    """
    stage = Stage(wire, order, leave)

    def loaded(generator_answer: object, difficulty: object) -> None:
        told = {"generator_answer": generator_answer, "difficulty": difficulty}
        wire.send(protocol.encode({"type": "module", **told}))

    if order["trace"]:
        stage.tracer.start()
    mode, source = order.get("mode", "solve"), order["source"]
    if mode == "solve":
        ended = program.run(source, stage.item, stage.asking(), stage.helpers, loaded)
    else:
        fill = mode == "emulate_names"
        given = (stage.item, stage.asking, stage.helpers, loaded, stage.tracer, fill)
        ended = emulate.run(source, *given)
    stage.release_reserve()
    sys.setrecursionlimit(1_000)
    stage.tracer.stop()
    stage.end(ended)


_REHEARSAL: Final = """
GENERATOR_ANSWER = "A"
DIFFICULTY = "easy"

def solve(item, ask):
    votes = []
    for number in range(3):
        reply = ask(f"{number}: {item['question']}")
        votes.append("A" if "A" in reply else "B")
        print(number, reply)
    return votes[0]
"""
_READING_REHEARSAL: Final = """
def solve(item, ask):
    votes = []
    for number in range(3):
        reply = ask(f"{number}: {item['question']}")
        votes.append(read_letter(reply))
        print(number, read_number(reply))
    return votes[0]
"""


class _Rehearsal:
    """A wire to nowhere, on which every reply is the same."""

    def send(self, frame: bytes) -> None:
        protocol.decode(frame[protocol.HEADER_BYTES :])

    def receive(self) -> dict[str, Any]:
        return {"text": "The answer is A, 1.", "finish": "stop", "scores": None}


def rehearse(reads: bool = False, times: int = 20) -> None:
    """Run a program of our own in this process, so that those forked later find everything warm.

    What it warms (interpreter caches, specialised bytecode, allocator) is then shared, not made
    anew by every program: a third of a program's memory faults. Output and record must lead
    nowhere.

    Args:
        reads: Whether it reads the replies.
        times: How often it runs.
    """
    source = _READING_REHEARSAL if reads else _REHEARSAL
    item = {"question": "1 or 2?", "options": {"A": "1", "B": "2"}, "context": None}
    limits = Limits().to_order()
    kept = sys.stdout, sys.stderr
    for number in range(times):
        order = {"source": source, "item": item, "seed": 0, "limits": limits}
        perform(_Rehearsal(), {**order, "trace": number % 2 == 0}, lambda: None)
    sys.stdout, sys.stderr = kept
    del sys.modules[program.MODULE_NAME]
