"""A study on scripted models to be done in shards, and what its records are but for times."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any

from scripted_study import card

__all__ = ["SOLVERS", "TIMES", "records_of", "union_of", "write_shard_study"]

SOLVERS = ("first-solver", "second-solver")
PROGRAM = """GENERATOR_ANSWER = "A"
DIFFICULTY = "easy"

def solve(item, ask):
    total = ask("sum of " + item["question"])
    for letter, text in item["options"].items():
        if text == total:
            return letter
    return ask("which? " + item["question"], choices=list(item["options"]))
"""
TWIN = {"question": "2 + 1", "options": {"A": "4", "B": "3"}, "answer": "B"}
ARMS = ("foreign_scaffold", "pal", "stub_solver", "consensus", "code_t", "self_consistency")
STUDY = """
name = "parts"
seed = 3
arms = {arms}
[items]
files = ["items.jsonl"]
[models]
registry = "registry.toml"
solvers = ["first-solver", "second-solver"]
generators = ["script-generator"]
[arm.consensus]
k = 2
control = ["foreign"]
[arm.code_t]
k = 2
twins = 1
[run]
isolation = "limits"
concurrency = 4
"""
TIMES = {
    "calls": ("made", "run", "duration_s"),
    "executions": ("cpu_s", "wall_s"),
    "provenance": None,
    "meta": None,
}
"""Table -> columns that differ from run to run; None: all."""


def write_shard_study(
    folder: Path, *, items: int = 12, delay_s: float = 0, more: Iterable[str] = ()
) -> Path:
    """Write the files of the study; two datasets, two solvers, one generator.

    Args:
        folder: Where; made if it is not there.
        items: How many.
        delay_s: How long solvers take to reply.
        more: Arms beside the usual ones.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lines = [
        {
            "dataset": f"set-{number % 2}",
            "question": f"1 + {number}",
            "options": {"A": str(1 + number), "B": "x", "C": "y"},
            "gold": "A",
        }
        for number in range(items)
    ]
    (folder / "items.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    late = f", delay_s = {delay_s}" if delay_s else ""
    first = f'rules = [["sum of 1 .. [0-5]", "4"], ["which", "B"], ["", "Answer: A"]]{late}'
    second = f'rules = [["sum of", "none"], ["which", "B"], ["", "Answer: C"]]{late}'
    written = json.dumps(f"```python\n{PROGRAM}```")
    twin = json.dumps(json.dumps([TWIN]).replace("\\", "\\\\"))
    generator = f'rules = [["Write \\\\d+ twin", {twin}], ["", {written}]]'
    registry = (
        card("solver", first).replace("script-solver", SOLVERS[0])
        + card("solver", second).replace("script-solver", SOLVERS[1])
        + card("generator", generator)
    )
    (folder / "registry.toml").write_text(registry)
    path = folder / "study.toml"
    path.write_text(STUDY.replace("{arms}", json.dumps([*ARMS, *more])))
    return path


def records_of(folder: Path) -> dict[str, set[tuple[Any, ...]]]:
    """Table -> its lines, without what differs from run to run."""
    with closing(sqlite3.connect(folder / "study.sqlite")) as connection:
        connection.text_factory = bytes
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        found = {}
        for (raw,) in names.fetchall():
            name = raw.decode()
            left_out = TIMES.get(name, ())
            if name.startswith("sqlite_") or left_out is None:
                continue
            columns = [
                line[1].decode()
                for line in connection.execute(f"PRAGMA table_info({name})")
                if line[1].decode() not in left_out
            ]
            found[name] = set(connection.execute(f"SELECT {', '.join(columns)} FROM {name}"))
    return found


def union_of(folders: Iterable[Path]) -> dict[str, set[tuple[Any, ...]]]:
    """The lines of several stores together."""
    found: dict[str, set[tuple[Any, ...]]] = {}
    for folder in folders:
        for table, lines in records_of(folder).items():
            found.setdefault(table, set()).update(lines)
    return found
