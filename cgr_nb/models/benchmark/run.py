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
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cgr_nb.errors import ModelError
from cgr_nb.machine import physical_cores
from cgr_nb.models.benchmark.contestant import Order, Outcome
from cgr_nb.models.benchmark.floor import Rates, floor_seconds, measure_rates
from cgr_nb.models.benchmark.shape import QWEN2_HALF, SMALL, make_model
from cgr_nb.models.benchmark.workload import Replies, cgr_workload
from cgr_nb.models.machine import build_info

__all__ = ["run_engine_bench"]

CONCURRENCIES = (1, 4, 16, 64)
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
    on_step: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Measure. Takes about five minutes a round on two quiet cores, seconds when quick.

    Args:
        items: Items of the workload, seven calls each.
        rounds: Rounds; the median is told.
        quick: A small model and fewer contestants: the measurement itself is tried, not the engine.
        flips: When not 0, also how many of so many replies differ between modes.
        folder: Where the random model is kept; None uses a temporary folder.
        threads: For all contestants; None is the physical cores.
        replies: Their lengths.
        only: Names of the contestants that take part, with "exact"; none means all.
        on_step: Told what is measured next.

    Raises:
        ModelError: A contestant is not known, or fails.

    Returns:
        JSON-ready numbers; the unit is in each name. Peers that are not on PATH are missing.
    """
    threads = threads or physical_cores()
    shape = SMALL if quick else QWEN2_HALF
    with tempfile.TemporaryDirectory() as passing:
        on_step(f"making {shape.name}")
        path = make_model(shape, folder or Path(passing))
        calls = cgr_workload(items, replies)
        server = shutil.which("llama-server")
        plan = _plan(server, (1, 4) if quick else CONCURRENCIES)
        known = [name for name, _, _ in plan]
        if unknown := sorted(set(only) - set(known)):
            raise ModelError(
                "no such contestant", got=", ".join(unknown), fix=f"there are {', '.join(known)}"
            )
        plan = [entry for entry in plan if not only or entry[0] in (*only, "exact")]
        outcomes: dict[str, list[Outcome]] = {name: [] for name, _, _ in plan}
        for number in range(rounds):
            for name, kind, concurrency in plan:
                on_step(f"round {number + 1} of {rounds}: {name}")
                order = Order(kind, str(path), _CONTEXT, concurrency, threads, calls, server)
                outcomes[name].append(_run(order))
        rates = _rates(path, threads, on_step)
        told: dict[str, Any] = {
            "model": shape.name,
            "parameters": shape.parameters,
            "threads": threads,
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
            told["flips"] = flip_rates(path, threads, flips)
    return told


def _plan(server: str | None, concurrencies: tuple[int, ...]) -> list[tuple[str, str, int]]:
    """Name, kind and concurrency of each contestant, in the order in which they take turns."""
    plan = [("loop", "loop", 1), ("exact", "exact", 1)]
    for count in concurrencies:
        if server:
            plan.append((f"server_{count}", "server", count))
        plan.append((f"batched_{count}", "batched", count))
    return plan


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


def _tell(
    entry: tuple[str, str, int], outcomes: dict[str, list[Outcome]], rates: Rates
) -> dict[str, Any]:
    name, _, concurrency = entry
    mine = outcomes[name]
    one = mine[0]
    seconds = statistics.median(outcome.seconds for outcome in mine)

    def times_faster(peer: str | None) -> float | None:
        if peer is None or peer not in outcomes:
            return None
        pairs = zip(outcomes[peer], mine, strict=True)
        return round(statistics.median(p.seconds / m.seconds for p, m in pairs), 2)

    floor = bound = None
    if rates and one.computed_prompt_tokens is not None:
        least = floor_seconds(rates, concurrency, one.computed_prompt_tokens, one.reply_tokens)
        floor = round(100 * least / seconds, 1)
        if "loop" in outcomes:
            # No scheduler can beat it: it is the floor in the unit of the column before.
            bound = round(statistics.median(o.seconds for o in outcomes["loop"]) / least, 2)
    return {
        "contestant": name,
        "seconds": round(seconds, 2),
        "cpu_seconds": _median(outcome.cpu_seconds for outcome in mine),
        "reply_tokens_per_s": round(one.reply_tokens / seconds, 1),
        "prompts_per_s": round(len(one.texts) / seconds, 2),
        "times_loop": times_faster("loop"),
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


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(statistics.median(known), 4) if known else None


def _percent(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 2)
