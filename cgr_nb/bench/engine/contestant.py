"""One contestant of the benchmark, alone in a process, so that its memory is its own.

`python -m cgr_nb.bench.engine.contestant` reads an order as JSON, a line of standard input (see
`Order`), loads the model, and says "ready". Each line after that is a list of calls; it makes them
and prints an `Outcome` as JSON. It ends with its input.

    loop    llama_cpp.Llama.create_chat_completion, one call after the other
    server  llama.cpp's llama-server on loopback, with as many slots as calls in flight
    exact   this package's engine, exact mode
    inside  the same in batched mode in this process, without a worker
    batched this package's engine, batched mode
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from typing import Protocol

from cgr_nb.bench.engine.orphan import die_with_parent
from cgr_nb.bench.engine.workload import Call

__all__ = ["WARM_UP", "Contestant", "Order", "Outcome", "enter"]

WARM_UP = Call("Be brief.", "Hello.", 2)
"""What each contestant is asked first."""


@dataclass(frozen=True, slots=True)
class Order:
    """Who a contestant is."""

    kind: str
    """"loop", "server", "exact", "batched" or "inside"."""
    path: str
    """A GGUF file."""
    context: int
    """Tokens of a prompt and its reply."""
    concurrency: int
    """Calls in flight at once."""
    threads: int | None
    """None: each contestant's own default."""
    warm_up: list[Call]
    """Made before anything is measured."""
    binary: str | None = None
    """llama-server, for that contestant."""
    rival: bool = False
    """A second model of this package is at work beside it, asked by the same process."""
    chat_template: str | None = None
    """A known one, for a file without any; None: the file's own."""


@dataclass(slots=True)
class Outcome:
    """What a contestant has done in one round."""

    seconds: float
    """Wall time of the workload, the model loaded and warm."""
    cpu_seconds: float | None
    """Processor time of all threads; with one thread the better measure on a busy machine, with
    more it counts waiting for each other as work. None where the system does not tell."""
    prompt_tokens: int
    reply_tokens: int
    peak_mb: float | None
    """Most memory its process ever had; None where the system does not tell."""
    texts: list[str] = field(default_factory=list)
    """Its replies, in the order of the calls."""
    calls: int = 0
    """Calls that it made."""
    same_as_exact: int | None = None
    """Replies that are those of exact mode in the same round; None where that took no part."""
    reused_share: float | None = None
    """Share of prompt tokens never computed; None where the contestant does not tell."""
    computed_prompt_tokens: int | None = None
    overhead_share: float | None = None
    """Share of the engine's working time outside llama.cpp's decoder."""
    overhead_us_per_step: float | None = None
    steps: int | None = None
    first_token_s: float | None = None
    """From a short prompt, asked alone, to the first piece of its reply."""
    reply_threads: int | None = None
    """Threads that computed replies in the end, where the engine tells."""


class Contestant(Protocol):
    """A loaded model and a way to ask it."""

    def run(self, calls: Sequence[Call]) -> Outcome:
        """Make the calls."""

    def close(self) -> None:
        """Free everything."""


def enter(order: Order) -> Contestant:
    """Load the model in this process, and warm it up.

    Raises:
        ModelError: The model or the server can't be used.
    """
    contestant = _open(order)
    contestant.run([WARM_UP, *order.warm_up])
    return contestant


def _open(order: Order) -> Contestant:
    if order.kind == "loop":
        from cgr_nb.bench.engine.loop import Loop

        return Loop(order)
    if order.kind == "server":
        from cgr_nb.bench.engine.server import Server

        return Server(order)
    from cgr_nb.bench.engine.engine_contestant import EngineContestant

    return EngineContestant(order)


def _main(lines: Iterable[str], write: Callable[[str], object]) -> None:
    from cgr_nb.bench.engine.rival import rivalling

    die_with_parent()
    lines = iter(lines)
    said = json.loads(next(lines))
    order = Order(**{**said, "warm_up": [Call(**call) for call in said["warm_up"]]})
    with closing(enter(order)) as contestant, rivalling(order) as rival:
        write("ready")
        for line in lines:
            calls = [Call(**call) for call in json.loads(line)]
            with rival.at_work():
                outcome = contestant.run(calls)
            outcome.calls = len(calls)
            write(json.dumps(asdict(outcome)))


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    _main(sys.stdin, _say)
