"""The engine beside its rivals on an idle and a busy machine: threads that it chooses, fixed ones,
llama-cpp-python's own loop, and the same engine without its worker process.

    python tests/benchmarks/contention.py MODEL.gguf [--rounds 20] [--json]

All contestants are loaded at once and take turns within a round, every other round backwards, so
that what drifts drifts for all; medians of the ratios within rounds are told, with their quartiles.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from plain_llama import PlainLlama

from cgr_nb.machine import physical_cores
from cgr_nb.models.benchmark.procfs import cpu_seconds
from cgr_nb.models.engine.in_process import InProcessModel
from cgr_nb.models.llama import LlamaModel
from cgr_nb.records import Message, ModelCard, Sampling

PROMPTS = [f"Tell me in a few words what a {word} is good for." for word in
           ("rope", "bridge", "spoon", "river", "lamp", "needle")]  # fmt: skip
TOKENS = 24
SPIN = "from cgr_nb.models.benchmark.orphan import die_with_parent\ndie_with_parent()\nwhile True: pass"


class Engine:
    """This package's engine, six prompts at once."""

    def __init__(self, path, threads=None, inside=False):
        options = {"mode": "batched", "parallel": len(PROMPTS)}
        if threads:
            options["n_threads"] = threads
        card = ModelCard(
            "engine", ("solver",), "llama_cpp", "", None, "", 512, "", "", None, str(path),
            options=options,
        )  # fmt: skip
        self.model = (InProcessModel if inside else LlamaModel)(card, Path())

    def run(self, seed):
        """Reply tokens, seconds, and processor seconds of all that took part."""

        async def ask_all():
            asked = (
                self.model.reply([Message("user", f"{seed}. {text}")],
                                 Sampling(max_tokens=TOKENS, temperature=1.0, seed=seed))
                for text in PROMPTS
            )  # fmt: skip
            return await asyncio.gather(*asked)

        before, started = self._cpu(), time.perf_counter()
        replies = asyncio.run(ask_all())
        seconds = time.perf_counter() - started
        return sum(reply.reply_tokens for reply in replies), seconds, self._cpu() - before

    def _cpu(self):
        pid = getattr(self.model, "pid", None)
        return cpu_seconds(os.getpid()) + (cpu_seconds(pid) if pid else 0.0)

    def close(self):
        asyncio.run(self.model.close())


class Loop:
    """`llama_cpp.Llama`, one prompt after the other, with its own default number of threads."""

    def __init__(self, path):
        self._child, self._path = PlainLlama(), str(path)

    def run(self, seed):
        started = time.perf_counter()
        found = self._child.ask(
            what="chat", path=self._path, options={}, seed=seed, max_tokens=TOKENS,
            prompts=[f"{seed}. {text}" for text in PROMPTS],
        )  # fmt: skip
        return found["tokens"], time.perf_counter() - started, found["cpu_seconds"]

    def close(self):
        self._child.close()


@contextmanager
def spinning():
    """A process that wants a core for itself."""
    spinner = subprocess.Popen([sys.executable, "-c", SPIN])
    try:
        yield
    finally:
        spinner.kill()
        spinner.wait()


@contextmanager
def rivalling(path):
    """A second model of ours that is always at work."""
    rival, stop = Engine(path), threading.Event()

    def work():
        seed = 0
        while not stop.is_set():
            seed += 1
            rival.run(seed)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        rival.close()


@contextmanager
def idle():
    yield


def rounds(contestants, count):
    """Name -> (tokens a second, processor seconds a token) of each round."""
    found = {name: [] for name in contestants}
    for contestant in contestants.values():
        contestant.run(1)
    for number in range(count):
        order = list(contestants.items())
        for name, contestant in order if number % 2 == 0 else order[::-1]:
            tokens, seconds, cpu = contestant.run(100 + number)
            found[name].append((tokens / seconds, cpu / tokens))
    return found


def ratio(found, name, peer, which=0):
    """Median of the ratios within rounds, and their quartiles."""
    ratios = [
        mine[which] / theirs[which] for mine, theirs in zip(found[name], found[peer], strict=True)
    ]
    low, middle, high = statistics.quantiles(ratios, n=4) if len(ratios) > 1 else ratios * 3
    return {"median": round(middle, 3), "quartiles": [round(low, 3), round(high, 3)]}


def measure(path, count, conditions):
    cores = physical_cores()
    fixed = sorted({1, cores})
    told = {"model": Path(path).name, "cores": cores, "rounds": count}
    for condition, beside in (("idle", idle()), ("busy", spinning()), ("rival", rivalling(path))):
        if condition not in conditions:
            continue
        contestants = {"chosen": Engine(path)}
        contestants |= {f"fixed_{threads}": Engine(path, threads) for threads in fixed}
        if condition != "rival":
            contestants["loop"] = Loop(path)
        with beside:
            found = rounds(contestants, count)
        best = max((f"fixed_{threads}" for threads in fixed),
                   key=lambda name: statistics.median(rate for rate, _ in found[name]))  # fmt: skip
        told[condition] = {
            "tokens_per_s": {
                name: round(statistics.median(rate for rate, _ in each), 1)
                for name, each in found.items()
            },
            "best_fixed": best,
            "chosen_to_best_fixed": ratio(found, "chosen", best),
        }
        if "loop" in found:
            told[condition]["chosen_to_loop"] = ratio(found, "chosen", "loop")
        for contestant in contestants.values():
            contestant.close()
        print(condition, json.dumps(told[condition]), file=sys.stderr, flush=True)
    if "inside" not in conditions:
        return told
    pair = {"worker": Engine(path, cores), "inside": Engine(path, cores, inside=True)}
    found = rounds(pair, count)
    told["worker_to_inside"] = {
        "tokens_per_s": ratio(found, "worker", "inside"),
        "cpu_seconds_a_token": ratio(found, "worker", "inside", which=1),
    }
    for contestant in pair.values():
        contestant.close()
    return told


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--condition", action="append", choices=["idle", "busy", "rival", "inside"])
    given = parser.parse_args()
    conditions = given.condition or ["idle", "busy", "rival", "inside"]
    print(json.dumps(measure(given.model, given.rounds, conditions), indent=2))


if __name__ == "__main__":
    main()
