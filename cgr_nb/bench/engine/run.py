"""The whole benchmark: contestants take turns within a round, each loaded in a process of its own.

Every other round goes backwards: what drifts drifts for all. Each round has items of its own, so
nobody answers from what it remembers of the last one.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import IO, Any

from cgr_nb.bench.engine.contestant import Order, Outcome
from cgr_nb.bench.engine.floor import Rates, measure_rates
from cgr_nb.bench.engine.history import Round, add_rounds, read_rounds
from cgr_nb.bench.engine.plan import Entry, find_server, plan, taking_part
from cgr_nb.bench.engine.shape import QWEN2_HALF, SMALL, make_model
from cgr_nb.bench.engine.table import table
from cgr_nb.bench.engine.workload import ASKS, Call, Replies, cgr_workload
from cgr_nb.errors import ModelError
from cgr_nb.machine import physical_cores
from cgr_nb.models.gguf import read_head
from cgr_nb.models.machine import build_info

__all__ = ["run_engine_bench"]

CONCURRENCIES = (1, 4, 16, 64)
_CONTEXT = 512
"""Prompts of the workload are about 250 tokens, replies 64 at most."""
_WARM_UP_SEED = 999_999
_WARM_UP_CALLS = 3
_CALLS_OF_AN_ITEM = 1 + ASKS


def run_engine_bench(
    items: int = 6,
    rounds: int = 1,
    quick: bool = False,
    flips: int = 0,
    folder: Path | None = None,
    threads: int | None = None,
    replies: Replies = "mixed",
    only: Sequence[str] = (),
    model: Path | None = None,
    busy: int = 0,
    rival: bool = False,
    server: str | None = None,
    into: Path | None = None,
    on_step: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Measure. Takes about five minutes a round on two quiet cores, seconds when quick.

    Args:
        items: Items of the workload, seven calls each; more for a contestant that would not fill
            its places with them.
        rounds: Rounds; medians are told.
        quick: A small model and fewer contestants: the measurement itself is tried, not the engine.
        flips: When not 0, also how many of so many replies differ between modes.
        folder: Where the random model is kept; None uses a temporary folder.
        threads: For all contestants; None is each one's own default.
        replies: Their lengths.
        only: Names of the contestants that take part; none means all but those with a fixed number
            of threads ("batched_16_threads_1"), servers with other numbers of slots ("server_8")
            and "inside_16", which is the engine without its worker process.
        model: A GGUF file to measure with; None makes a random one.
        busy: Processes that spin beside each contestant.
        rival: A second model of this package is at work beside each contestant.
        server: Path of llama-server; None looks for it (see `find_server`).
        into: File that rounds are added to; what is told is of all that it holds.
        on_step: Told what is measured next.

    Raises:
        ModelError: A contestant is not known, or fails; or the file is of something else.

    Returns:
        JSON-ready numbers; the unit is in each name.
    """
    shape = SMALL if quick else QWEN2_HALF
    binary = find_server(server)
    entries = plan(binary, (1, 4) if quick else CONCURRENCIES)
    chosen = taking_part(entries, only)
    if binary is None:
        on_step("llama-server takes no part: give --server PATH, or put it on PATH")
    with tempfile.TemporaryDirectory() as passing:
        if model is None:
            on_step(f"making {shape.name}")
        path = model or make_model(shape, folder or Path(passing))
        head = read_head(path)
        about: dict[str, Any] = {
            "model": path.name if model else shape.name,
            "bytes": path.stat().st_size,
            "parameters": head.parameters,
            "threads": threads or "each one's default",
            "busy_processes_beside": busy,
            "rival": rival,
            "items": items,
            "replies": replies,
        }
        found = read_rounds(into, about) if into else []
        orders = [
            Order(
                entry.kind,
                str(path),
                _CONTEXT,
                entry.concurrency,
                entry.threads or threads,
                cgr_workload(1, seed=_WARM_UP_SEED)[:_WARM_UP_CALLS],
                binary,
                rival,
                # A base model is timed on the same text as others.
                None if head.chat_template else "chatml",
            )
            for entry in chosen
        ]
        with ExitStack() as stack:
            on_step(f"loading {len(orders)} contestants")
            processes = [stack.enter_context(_process(order)) for order in orders]
            pairs = list(zip(chosen, processes, strict=True))
            stack.enter_context(_spinning(busy))
            for number in range(rounds):
                done: Round = {}
                seed = len(found)
                for entry, process in pairs if seed % 2 == 0 else pairs[::-1]:
                    on_step(f"round {number + 1} of {rounds}: {entry.name}")
                    done[entry.name] = process.run(_calls(entry, items, replies, seed))
                found.append(_compared(done))
                if into:
                    add_rounds(into, about, found)
        rates = {} if busy or rival else _rates(path, threads or physical_cores(), on_step)
        told = about | {
            "gpus": ", ".join(build_info()["gpus"]) or "none",
            "load_average_1min": round(os.getloadavg()[0], 1),
            "contestants": table(entries, found, rates),
        }
        if rates:
            told["rates"] = [
                {"sequences": count, "prompt_tokens_per_s": pp, "reply_tokens_per_s": tg}
                for count, (pp, tg) in rates.items()
            ]
        if flips:
            from cgr_nb.bench.engine.flips import flip_rates

            on_step("comparing replies of exact and batched mode")
            told["flips"] = flip_rates(path, threads or physical_cores(), flips)
    return told


def _calls(entry: Entry, items: int, replies: Replies, seed: int) -> list[Call]:
    """Whole items, so that all have the same mix of prompts and replies."""
    enough = math.ceil(entry.concurrency / _CALLS_OF_AN_ITEM)
    return cgr_workload(max(items, enough), replies, seed)


def _compared(done: Round) -> Round:
    """How many replies are the exact ones; the texts are let go."""
    exact = done["exact"].texts if "exact" in done else None
    return {
        name: replace(
            outcome,
            texts=[],
            same_as_exact=None if exact is None else _same(outcome.texts, exact),
        )
        for name, outcome in done.items()
    }


def _same(texts: Sequence[str], others: Sequence[str]) -> int:
    # Who has more places made more calls, of which the first are the same.
    return sum(one == other for one, other in zip(texts, others, strict=False))


class _Process:
    """A contestant, from the asking side."""

    def __init__(
        self, kind: str, said: IO[str], heard: IO[str], errors: IO[str], order: Order
    ) -> None:
        self._kind, self._said, self._heard, self._errors = kind, said, heard, errors
        self._ask(asdict(order))

    def run(self, calls: Sequence[Call]) -> Outcome:
        return Outcome(**json.loads(self._ask([call.to_dict() for call in calls])))

    def _ask(self, what: object) -> str:
        with suppress(OSError):  # who is gone does not answer
            self._said.write(json.dumps(what) + "\n")
            self._said.flush()
        line = self._heard.readline()
        if not line:
            self._errors.seek(0)
            said = self._errors.read()[-400:].strip()
            raise ModelError("a contestant failed", where=self._kind, got=said or None)
        return line


@contextmanager
def _process(order: Order) -> Iterator[_Process]:
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as errors,
        subprocess.Popen(
            [sys.executable, "-m", "cgr_nb.bench.engine.contestant"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            encoding="utf-8",
        ) as process,
    ):
        if process.stdin is None or process.stdout is None:
            raise AssertionError("opened with pipes")
        yield _Process(order.kind, process.stdin, process.stdout, errors, order)


@contextmanager
def _spinning(count: int) -> Iterator[None]:
    """Have so many processes that want a core each."""
    spin = "from cgr_nb.bench.engine.orphan import die_with_parent\ndie_with_parent()\n"
    spinners = [
        subprocess.Popen([sys.executable, "-c", f"{spin}while True: pass"]) for _ in range(count)
    ]
    try:
        yield
    finally:
        for spinner in spinners:
            spinner.kill()
            spinner.wait()


def _rates(path: Path, threads: int, on_step: Callable[[str], None]) -> Rates:
    binary = shutil.which("llama-batched-bench")
    if binary is None:
        return {}
    on_step("llama-batched-bench")
    return measure_rates(binary, str(path), threads, CONCURRENCIES)
