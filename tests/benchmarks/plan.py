"""How long `cgr-nb study plan` takes for models of real size: `python tests/benchmarks/plan.py`.

    python tests/benchmarks/plan.py --into folder          # keep the random files, 1.4 GB
    python tests/benchmarks/plan.py --model smollm2.gguf   # another file beside them

Random weights in the shapes of Qwen2-0.5B and Qwen2.5-1.5B, as Q4_K_M: what they would reply means
nothing, how fast they are computed is real. Each command is a process of its own, as a person
starts it. Reading weights in is not what a plan is asked to be quick at: it is timed by itself, in a
process that loads the model and ends, and taken off. Times are of this machine and of what else runs
on it; processor time counts the workers too.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from cgr_nb.bench.engine.shape import QWEN2_HALF, Shape, make_model  # noqa: E402

QWEN2_ONE_AND_A_HALF = Shape("qwen2.5-1.5b-random", 28, 1536, 12, 2, 8960, 151_936)
"""Qwen2.5-1.5B: 1,544 million weights."""
LIMIT_S = 15.0
"""Wall time that a plan may take for a model, beside reading its weights in."""
STUDY = """name = "planned"
[items]
files = ["bundled:mini-aime.jsonl", "bundled:mini-medqa.jsonl"]
[models]
registry = "models.toml"
solvers = ["planned"]
generators = []
"""
COMMAND = (sys.executable, "-m", "cgr_nb.cli")
LOAD = """
import asyncio
from pathlib import Path
from cgr_nb.models import Registry, open_model

async def main():
    model = open_model(Registry.load(Path("models.toml")).get("planned"))
    print(await model.load())
    await model.close()

asyncio.run(main())
"""


@dataclass(frozen=True)
class Took:
    """One process, with those that it started."""

    wall_s: float
    cpu_s: float
    out: str


def took(command: list[str], folder: Path) -> Took:
    """Run a command in a folder.

    Raises:
        SystemExit: It failed.
    """
    before, started = os.times(), time.perf_counter()
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, encoding="utf-8", check=False
    )
    wall_s, after = time.perf_counter() - started, os.times()
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    cpu_s = (
        after.children_user + after.children_system - before.children_user - before.children_system
    )
    return Took(wall_s, cpu_s, done.stdout)


def measure(path: Path) -> None:
    """Print a line for one weight file, and what each plan says of it."""
    with tempfile.TemporaryDirectory(prefix="cgr-nb-plan-") as place:
        folder = Path(place)
        (folder / "study.toml").write_text(STUDY, "utf-8")
        add = ["models", "add", str(path.resolve()), "--name", "planned", "--json"]
        took([*COMMAND, *add], folder)
        plan = [*COMMAND, "study", "plan", "study.toml", "--json"]
        took([sys.executable, "-c", LOAD], folder)  # from here on the file is in memory
        load = took([sys.executable, "-c", LOAD], folder)
        timed = took(plan, folder)
        quick = took([*plan, "--quick"], folder)
    beside = timed.wall_s - load.wall_s
    print(
        f"{path.stem:32} {path.stat().st_size / 1e6:6.0f} MB"
        f" | plan {timed.wall_s:5.1f} s wall, {timed.cpu_s:5.1f} s CPU"
        f" | load alone {load.wall_s:5.1f} s wall, {load.cpu_s:5.1f} s CPU"
        f" | beside loading {beside:5.1f} s ({'within' if beside <= LIMIT_S else 'OVER'}"
        f" {LIMIT_S:g} s) | --quick {quick.wall_s:4.1f} s wall, {quick.cpu_s:4.1f} s CPU",
        flush=True,
    )
    for name, told in (("plan", timed), ("--quick", quick)):
        found = json.loads(told.out)
        (direct,) = (load for load in found["loads"] if load["purpose"] == "direct")
        print(f"    {name}: {direct['calls']} calls, {direct['seconds']:.0f} s ({direct['basis']})")


def main() -> None:
    """Make the files, and measure each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--into", type=Path, help="folder where random files are kept")
    parser.add_argument("--model", type=Path, action="append", default=[], help="a GGUF file more")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cgr-nb-plan-weights-") as place:
        folder = given.into or Path(place)
        folder.mkdir(parents=True, exist_ok=True)
        for path in given.model:
            measure(path)
        for shape in (QWEN2_HALF, QWEN2_ONE_AND_A_HALF):
            measure(make_model(shape, folder))


if __name__ == "__main__":
    main()
