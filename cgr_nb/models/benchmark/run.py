"""The whole benchmark: contestants take turns, each in a process of its own, on one model.

Ratios are taken within a round and the median of rounds is told, so that a machine that is busy is
busy for all of them.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cgr_nb.errors import ModelError
from cgr_nb.machine import physical_cores
from cgr_nb.models.benchmark.contestant import Order, Outcome
from cgr_nb.models.benchmark.floor import Rates, floor_seconds, measure_rates
from cgr_nb.models.benchmark.shape import QWEN2_HALF, SMALL, make_model
from cgr_nb.models.benchmark.workload import Replies, cgr_workload
from cgr_nb.models.gguf import read_head
from cgr_nb.models.machine import build_info

__all__ = ["run_engine_bench"]

CONCURRENCIES = (1, 4, 16, 64)
_FEW = 20
"""A workload of fewer calls is run once before it is timed: else the start would be measured."""
_CONTEXT = 512
"""Prompts of the workload are about 250 tokens, replies 64 at most."""


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
    on_step: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Measure. Takes about five minutes a round on two quiet cores, seconds when quick.

    Args:
        items: Items of the workload, seven calls each.
        rounds: Rounds; the median is told.
        quick: A small model and fewer contestants: the measurement itself is tried, not the engine.
        flips: When not 0, also how many of so many replies differ between modes.
        folder: Where the random model is kept; None uses a temporary folder.
        threads: For all contestants; None is each one's own default.
        replies: Their lengths.
        only: Names of the contestants that take part, with "exact"; none means all but those with
            a fixed number of threads ("batched_16_threads_1") and "inside_16", which is the engine
            without its worker process.
        model: A GGUF file to measure with; None makes a random one.
        busy: Processes that spin beside each contestant.
        on_step: Told what is measured next.

    Raises:
        ModelError: A contestant is not known, or fails.

    Returns:
        JSON-ready numbers; the unit is in each name. Peers that are not on PATH are missing.
    """
    shape = SMALL if quick else QWEN2_HALF
    with tempfile.TemporaryDirectory() as passing:
        if model is None:
            on_step(f"making {shape.name}")
        path = model or make_model(shape, folder or Path(passing))
        calls = cgr_workload(items, replies)
        server = shutil.which("llama-server")
        plan = _plan(server, (1, 4) if quick else CONCURRENCIES)
        known = [entry.name for entry in plan]
        if unknown := sorted(set(only) - set(known)):
            raise ModelError(
                "no such contestant", got=", ".join(unknown), fix=f"there are {', '.join(known)}"
            )
        wanted = {*only, "exact"} if only else {entry.name for entry in plan if entry.is_usual}
        plan = [entry for entry in plan if entry.name in wanted]
        outcomes: dict[str, list[Outcome]] = {entry.name: [] for entry in plan}
        for number in range(rounds):
            # Every other round backwards: what drifts drifts for all.
            for entry in plan if number % 2 == 0 else plan[::-1]:
                on_step(f"round {number + 1} of {rounds}: {entry.name}")
                order = Order(
                    entry.kind,
                    str(path),
                    _CONTEXT,
                    entry.concurrency,
                    entry.threads or threads,
                    calls,
                    server,
                    warm_up_calls=len(calls) if len(calls) < _FEW else 0,
                )
                with _spinning(busy):
                    outcomes[entry.name].append(_run(order))
        rates = {} if busy else _rates(path, threads or physical_cores(), on_step)
        told: dict[str, Any] = {
            "model": path.name if model else shape.name,
            "parameters": read_head(path).parameters,
            "threads": threads or "each one's default",
            "busy_processes_beside": busy,
            "gpus": ", ".join(build_info()["gpus"]) or "none",
            "load_average_1min": round(os.getloadavg()[0], 1),
            "calls": len(calls),
            "replies": replies,
            "contestants": [_tell(entry, outcomes, rates) for entry in plan],
        }
        if rates:
            told["rates"] = [
                {"sequences": count, "prompt_tokens_per_s": pp, "reply_tokens_per_s": tg}
                for count, (pp, tg) in rates.items()
            ]
        if flips:
            from cgr_nb.models.benchmark.flips import flip_rates

            on_step("comparing replies of exact and batched mode")
            told["flips"] = flip_rates(path, threads or physical_cores(), flips)
    return told


@dataclass(frozen=True, slots=True)
class _Entry:
    """One contestant."""

    name: str
    kind: str
    concurrency: int
    threads: int | None = None
    is_usual: bool = True
    """Takes part where none is named."""


def _plan(server: str | None, concurrencies: tuple[int, ...]) -> list[_Entry]:
    """The contestants, in the order in which they take turns."""
    cores = physical_cores()
    numbers = sorted({1, cores, *(1 << bit for bit in range(1, cores.bit_length()))})
    plan = [_Entry("loop", "loop", 1), _Entry("exact", "exact", 1)]
    for count in concurrencies:
        if server:
            plan.append(_Entry(f"server_{count}", "server", count))
        plan.append(_Entry(f"batched_{count}", "batched", count))
        plan.append(_Entry(f"inside_{count}", "inside", count, is_usual=False))
        for threads in numbers:
            if threads <= cores:
                name = f"batched_{count}_threads_{threads}"
                plan.append(_Entry(name, "batched", count, threads, is_usual=False))
    return plan


@contextmanager
def _spinning(count: int) -> Iterator[None]:
    """Have so many processes that want a core each."""
    spin = "from cgr_nb.models.benchmark.orphan import die_with_parent\ndie_with_parent()\n"
    spinners = [
        subprocess.Popen([sys.executable, "-c", f"{spin}while True: pass"]) for _ in range(count)
    ]
    try:
        yield
    finally:
        for spinner in spinners:
            spinner.kill()
            spinner.wait()


def _run(order: Order) -> Outcome:
    done = subprocess.run(
        [sys.executable, "-m", "cgr_nb.models.benchmark.contestant"],
        input=json.dumps(asdict(order)),
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode:
        raise ModelError("a contestant failed", where=order.kind, got=done.stderr[-400:].strip())
    return Outcome(**json.loads(done.stdout))


def _rates(path: Path, threads: int, on_step: Callable[[str], None]) -> Rates:
    binary = shutil.which("llama-batched-bench")
    if binary is None:
        return {}
    on_step("llama-batched-bench")
    return measure_rates(binary, str(path), threads, CONCURRENCIES)


def _tell(entry: _Entry, outcomes: dict[str, list[Outcome]], rates: Rates) -> dict[str, Any]:
    concurrency = entry.concurrency
    mine = outcomes[entry.name]
    one = mine[0]
    seconds = statistics.median(outcome.seconds for outcome in mine)

    def times_faster(peer: str | None) -> float | None:
        if peer is None or peer not in outcomes:
            return None
        pairs = zip(outcomes[peer], mine, strict=True)
        return round(statistics.median(p.seconds / m.seconds for p, m in pairs), 2)

    def quartiles(peer: str) -> list[float] | None:
        """The spread of a ratio over the rounds."""
        if peer not in outcomes or len(mine) < 2:
            return None
        ratios = [p.seconds / m.seconds for p, m in zip(outcomes[peer], mine, strict=True)]
        low, _, high = statistics.quantiles(ratios, n=4)
        return [round(low, 2), round(high, 2)]

    floor = bound = None
    if rates and one.computed_prompt_tokens is not None:
        least = floor_seconds(rates, concurrency, one.computed_prompt_tokens, one.reply_tokens)
        floor = round(100 * least / seconds, 1)
        if "loop" in outcomes:
            # No scheduler can beat it: it is the floor in the unit of the column before.
            bound = round(statistics.median(o.seconds for o in outcomes["loop"]) / least, 2)
    return {
        "contestant": entry.name,
        "seconds": round(seconds, 2),
        "seconds_least_most": [
            round(pick(outcome.seconds for outcome in mine), 2) for pick in (min, max)
        ],
        "first_token_ms": _milliseconds(outcome.first_token_s for outcome in mine),
        "reply_threads": one.reply_threads,
        "cpu_seconds": _median(outcome.cpu_seconds for outcome in mine),
        "reply_tokens_per_s": round(one.reply_tokens / seconds, 1),
        "prompts_per_s": round(len(one.texts) / seconds, 2),
        "times_loop": times_faster("loop"),
        "times_loop_quartiles": quartiles("loop"),
        "times_inside": times_faster(f"inside_{concurrency}"),
        "times_best_fixed": times_faster(_fastest_fixed(outcomes, concurrency)),
        "times_loop_at_most": bound,
        "times_server": times_faster(f"server_{concurrency}"),
        "times_best_server": times_faster(_fastest_server(outcomes)),
        "reused_percent": _percent(one.reused_share),
        "floor_percent": floor,
        "overhead_percent": _percent(_median(outcome.overhead_share for outcome in mine)),
        "overhead_us_per_step": _median(outcome.overhead_us_per_step for outcome in mine),
        "steps": one.steps,
        "peak_mb": one.peak_mb,
        "same_replies_as_exact": sum(
            mine == exact for mine, exact in zip(one.texts, outcomes["exact"][0].texts, strict=True)
        ),
    }


def _fastest_server(outcomes: dict[str, list[Outcome]]) -> str | None:
    servers = [name for name in outcomes if name.startswith("server_")]
    seconds = {name: statistics.median(one.seconds for one in outcomes[name]) for name in servers}
    return min(servers, key=seconds.__getitem__, default=None)


def _fastest_fixed(outcomes: dict[str, list[Outcome]], concurrency: int) -> str | None:
    """The best number of threads that could have been given beforehand."""
    fixed = [name for name in outcomes if name.startswith(f"batched_{concurrency}_threads_")]
    seconds = {name: statistics.median(one.seconds for one in outcomes[name]) for name in fixed}
    return min(fixed, key=seconds.__getitem__, default=None)


def _milliseconds(values: Iterable[float | None]) -> float | None:
    median = _median(values)
    return None if median is None else round(1000 * median, 1)


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(statistics.median(known), 4) if known else None


def _percent(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 2)
