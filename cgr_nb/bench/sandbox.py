"""What the sandbox costs, beside the same programs in a fresh interpreter each.

The programs are this module's own and harmless: the peers run them without any isolation. Peers and
sandbox take turns within each round, so that a machine that is busy is busy for all of them.

    traced, plain  the sandbox, with and without the step trace
    fresh          `python -I` a program, with the same helpers and trace, but no confinement
    bare           `python -I` a program with nothing but `ask`: the least that a process can be
    smolagents     its interpreter, inside this process, where it is installed
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import importlib.util
import os
import statistics
import sys
import time
from collections.abc import Awaitable
from typing import Any, Final, TypeVar

from cgr_nb.records import Execution
from cgr_nb.sandbox import protocol
from cgr_nb.sandbox.frames import AskRequest
from cgr_nb.sandbox.host import Sandbox
from cgr_nb.sandbox.limits import Limits
from cgr_nb.sandbox.worker import PACKAGE

__all__ = ["run_bench"]

T = TypeVar("T")

_ITEM: Final = {
    "question": "A train covers 120 km in 1.5 hours and waits 12 minutes. What is its speed?",
    "options": {"A": "60 km/h", "B": "70.6 km/h", "C": "80 km/h", "D": "90 km/h"},
    "context": None,
}

_VOTE: Final = """
from collections import Counter

GENERATOR_ANSWER = "C"
DIFFICULTY = "easy"

def solve(item, ask):
    listed = "\\n".join(f"{letter}) {text}" for letter, text in item["options"].items())
    votes = Counter()
    for hint in ("Think about units.", "Work backwards.", "Answer at once."):
        reply = ask(f"{item['question']}\\n{listed}\\n{hint}", choices=list(item["options"]))
        votes[reply.strip()[:1]] += 1
    return votes.most_common(1)[0][0]
"""

_COMPUTE: Final = """
import math
import re

GENERATOR_ANSWER = "C"
DIFFICULTY = "medium"

def number(text):
    found = re.findall(r"-?\\d+(?:\\.\\d+)?", text)
    return float(found[-1]) if found else None

def closest(value, options):
    best, gap = None, math.inf
    for letter, text in options.items():
        given = number(text)
        if given is not None and abs(given - value) < gap:
            best, gap = letter, abs(given - value)
    return best

def solve(item, ask):
    facts = {}
    for name in ("distance in km", "time in hours", "waiting time in minutes"):
        reply = ask(f"{item['question']} What is the {name}? Give a number.")
        facts[name] = number(reply) or 1.0
    speed = facts["distance in km"] / facts["time in hours"]
    print("speed", speed)
    return closest(speed, item["options"])
"""

_ELIMINATE: Final = """
GENERATOR_ANSWER = None
DIFFICULTY = "hard"

class Board:
    def __init__(self, options):
        self.left = dict(options)
        self.scores = {letter: 0 for letter in options}

    def strike(self, letter):
        if letter in self.left and len(self.left) > 1:
            del self.left[letter]

def solve(item, ask):
    board = Board(item["options"])
    for round_number in range(3):
        listed = ", ".join(f"{k}: {v}" for k, v in board.left.items())
        board.strike(ask(f"Which is surely wrong? {listed}").strip()[-1:])
        for letter in board.left:
            board.scores[letter] += 1
    return max(sorted(board.left), key=board.scores.get)
"""

PROGRAMS: Final = (_VOTE, _COMPUTE, _ELIMINATE)
"""Three calls each, of the shapes that generators write."""

_BARE: Final = """
import json, os, sys
read, write = sys.stdin.buffer, os.fdopen(os.dup(1), "wb", 0)
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
def receive():
    return json.loads(read.read(int.from_bytes(read.read(4), "big")))
def send(message):
    body = json.dumps(message).encode()
    write.write(len(body).to_bytes(4, "big") + body)
order = receive()
def ask(prompt, choices=None, max_tokens=None, temperature=None):
    send({"type": "ask", "prompt": prompt})
    return receive()["text"]
names = {"__name__": "scaffold"}
exec(compile(order["source"], "<scaffold>", "exec"), names)
send({"type": "end", "value": names["solve"](order["item"], ask)})
"""

_FRESH: Final = f"""
import os, sys, types
root = {str(PACKAGE)!r}
for name, path in (("cgr_nb", root), ("cgr_nb.sandbox", root + "/sandbox")):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__path__ = [path]
from cgr_nb.sandbox import protocol, session
read, write = sys.stdin.buffer, os.fdopen(os.dup(1), "wb", 0)
null = os.open(os.devnull, os.O_WRONLY)
os.dup2(null, 1)
os.dup2(null, session.RECORD)
class Wire:
    def send(self, frame):
        write.write(frame)
    def receive(self):
        return protocol.decode(read.read(int.from_bytes(read.read(4), "big")))
session.perform(Wire(), Wire().receive(), lambda: os._exit(0))
"""

_REPLY: Final = "A"


def run_bench(programs: int = 200, rounds: int = 3, waiting: int = 64) -> dict[str, Any]:
    """Measure. Takes about a minute on two cores.

    Args:
        programs: Programs per round through the sandbox; peers run a fifth of it.
        rounds: Rounds; the median is told.
        waiting: Programs that wait at once where memory is measured.

    Returns:
        JSON-ready numbers; the unit is in each name. Peers that are not installed are None.
    """
    return asyncio.run(_measure(programs, rounds, waiting))


async def _answer(request: AskRequest) -> str:
    return _REPLY


async def _measure(programs: int, rounds: int, waiting: int) -> dict[str, Any]:
    started = time.perf_counter()
    # Its own programs are harmless and small, so as many may wait as are to be measured.
    room_mb = waiting * (Limits().memory_mb + 256)
    async with Sandbox(minimum="limits", memory_mb=room_mb) as box:
        start_s = time.perf_counter() - started
        await _many(box, 30, True)
        names = ("traced", "plain", "fresh", "bare", "smolagents")
        speeds: dict[str, list[float]] = {name: [] for name in names}
        cpu: dict[str, list[float]] = {"traced": [], "plain": []}
        runs: list[Execution] = []
        for _ in range(rounds):
            for name, trace in (("traced", True), ("plain", False)):
                speed, runs_now = await _timed(_many(box, programs, trace))
                speeds[name].append(speed)
                cpu[name].append(statistics.fmean(run.cpu_s or 0.0 for run in runs_now))
                runs = runs_now if trace else runs
            for name, code in (("fresh", _FRESH), ("bare", _BARE)):
                speeds[name].append((await _timed(_interpreters(code, programs // 5)))[0])
            if importlib.util.find_spec("smolagents"):
                speeds["smolagents"].append(_smolagents(programs // 5))
        latency = [await _latency(box) for _ in range(20)]
        memory = await _memory(box, waiting)
        isolation = box.isolation.level
    steps = [len(run.trace.steps) for run in runs if run.trace is not None]
    sizes = [len(run.trace.to_bytes()) for run in runs if run.trace is not None]
    told: dict[str, Any] = {
        f"{name}_programs_per_s": round(statistics.median(values), 1) if values else None
        for name, values in speeds.items()
    }
    ratios = {
        peer: [t / f for t, f in zip(speeds["traced"], speeds[peer], strict=True)]
        for peer in ("fresh", "bare")
    }
    slower = [t / p - 1 for t, p in zip(cpu["traced"], cpu["plain"], strict=True)]
    return {
        "isolation": isolation,
        "load_average_1min": round(os.getloadavg()[0], 1),
        **told,
        "traced_vs_fresh_ratio": round(statistics.median(ratios["fresh"]), 2),
        "traced_vs_bare_ratio": round(statistics.median(ratios["bare"]), 2),
        "cpu_ms_per_program_traced": round(1e3 * statistics.median(cpu["traced"]), 2),
        "cpu_ms_per_program_plain": round(1e3 * statistics.median(cpu["plain"]), 2),
        "tracing_slowdown_percent": round(100 * statistics.median(slower), 1),
        "latency_ms": round(1e3 * statistics.median(latency), 2),
        "sandbox_start_ms": round(1e3 * start_s),
        "memory_mb_per_waiting_program": memory,
        "steps_per_program": round(statistics.median(steps)),
        "trace_bytes_per_step": round(sum(sizes) / sum(steps), 1),
    }


async def _timed(work: Awaitable[list[T]]) -> tuple[float, list[T]]:
    """Things done per second, and the things."""
    started = time.perf_counter()
    done = await work
    return len(done) / (time.perf_counter() - started), done


async def _many(box: Sandbox, count: int, trace: bool) -> list[Execution]:
    sources = (PROGRAMS[n % len(PROGRAMS)] for n in range(count))
    runs = await asyncio.gather(
        *(box.run(source, _ITEM, _answer, trace=trace) for source in sources)
    )
    assert all(run.status == "ok" for run in runs), {run.detail for run in runs}
    return runs


async def _latency(box: Sandbox) -> float:
    started = time.perf_counter()
    await box.run(_VOTE, _ITEM, _answer)
    return time.perf_counter() - started


async def _interpreters(code: str, count: int) -> list[str]:
    """The same programs, each in an interpreter of its own, as many at once as there are cores."""
    slots = asyncio.Semaphore(os.cpu_count() or 1)
    more = {"type": "run", "trace": True, "seed": 0, "limits": Limits().to_order()}

    async def one(source: str) -> str:
        async with slots:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-c", code),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
            )
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(protocol.encode({**more, "source": source, "item": _ITEM}))
            while True:
                size = int.from_bytes(await process.stdout.readexactly(4), "big")
                said = protocol.decode(await process.stdout.readexactly(size))
                if said["type"] == "ask":
                    told = {"text": _REPLY, "finish": "stop", "scores": None}
                    process.stdin.write(protocol.encode({"type": "reply", **told}))
                if said["type"] == "end":
                    break
            process.stdin.close()
            await process.wait()
            return str(said["value"])

    sources = (PROGRAMS[n % len(PROGRAMS)] for n in range(count))
    return await asyncio.gather(*(one(source) for source in sources))


def _smolagents(count: int) -> float:
    """The same programs in the interpreter of smolagents, in this process; programs per second."""
    executors = importlib.import_module("smolagents.local_python_executor")
    started = time.perf_counter()
    for number in range(count):
        executor = executors.LocalPythonExecutor(["collections", "math", "re"])
        executor.send_tools({"ask": lambda prompt, choices=None: _REPLY})
        executor.send_variables({"item": _ITEM})
        executor(PROGRAMS[number % len(PROGRAMS)] + "\nsolve(item, ask)")
    return count / (time.perf_counter() - started)


async def _memory(box: Sandbox, waiting: int) -> float | None:
    """MiB that one program has to itself while it waits; None where the system does not tell."""
    if not os.path.exists("/proc/self/smaps_rollup"):
        return None
    before, all_wait = _processes(), asyncio.Event()
    count = 0
    private: list[float] = []

    async def ask(request: AskRequest) -> str:
        nonlocal count
        count += 1
        if count == waiting:
            private.extend(map(_private_mb, _processes() - before))
            all_wait.set()
        await all_wait.wait()
        return _REPLY

    await asyncio.gather(*(box.run(_VOTE, _ITEM, ask) for _ in range(waiting)))
    return round(statistics.median(private), 2)


def _processes() -> set[int]:
    """Ids of the processes that this one has started, and of those that they have."""
    parents = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        # It may end while it is looked at.
        with (
            contextlib.suppress(OSError),
            open(f"/proc/{name}/stat", encoding="utf-8", errors="replace") as file,
        ):
            # Behind the name, which may hold anything.
            parents[int(name)] = int(file.read().rpartition(")")[2].split()[1])
    found, more = set[int](), {os.getpid()}
    while more:
        more = {process for process, parent in parents.items() if parent in more}
        found |= more
    return found


def _private_mb(pid: int) -> float:
    with open(f"/proc/{pid}/smaps_rollup", encoding="utf-8") as file:
        return sum(int(line.split()[1]) for line in file if line.startswith("Private_")) / 1024
