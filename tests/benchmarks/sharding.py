"""Divide a study into shards as its solvers would have answered it in shards, and measure the merge.

    python tests/benchmarks/full_size.py make STUDY
    python tests/benchmarks/sharding.py split STUDY FOLDER            # FOLDER/shards: 32 of them
    python tests/benchmarks/sharding.py merge STUDY FOLDER            # CPU seconds, peak memory
    python tests/benchmarks/sharding.py kill STUDY FOLDER             # kill -9, and again
    python tests/benchmarks/sharding.py package STUDY FOLDER          # what is made of it

Each shard is completed by a run of phase "answer", as on any machine; what its solver would have
answered is copied from the study beforehand, so nothing is asked. Each step is a process of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from shard_study import TIMES  # noqa: E402

if TYPE_CHECKING:
    from cgr_nb.study import Shard

SHARDS = 32
POINTS = (0.0, 0.1, 0.5, 0.9)
"""Shares of the merged study's size at which a merge is killed."""
_COPY = """
CREATE TEMP TABLE ours (id TEXT PRIMARY KEY) WITHOUT ROWID;
INSERT INTO ours SELECT DISTINCT value FROM json_each(?);
INSERT INTO answers SELECT * FROM source.answers WHERE id IN (SELECT id FROM ours);
INSERT INTO calls SELECT * FROM source.calls WHERE id IN (SELECT entry.value->>2 FROM answers,
    json_each(trail) AS entry WHERE entry.value->>1 = 'solver');
UPDATE calls SET run = 1;
INSERT INTO executions SELECT * FROM source.executions WHERE id IN
    (SELECT entry.value->>1 FROM answers, json_each(runs) AS entry);
INSERT INTO programs SELECT * FROM source.programs WHERE id IN
    (SELECT program_id FROM executions);
"""
"""What a solver has answered, with the calls and runs behind it; run 1 is the one that follows."""


def shards_of(solvers: Sequence[str], count: int) -> list[Shard]:
    """So many shards in all; where solvers can't have the same number of them, the first ones have
    one more."""
    from cgr_nb.study import Shard

    each, more = divmod(count, len(solvers))
    sizes = [each + (place < more) for place in range(len(solvers))]
    return [
        Shard(solver, number, size)
        for solver, size in zip(solvers, sizes, strict=True)
        for number in range(size)
    ]


def split(study: Path, folder: Path, count: int = SHARDS) -> list[Path]:
    """Make the shards of a study in `folder/shards`; returns their folders.

    Args:
        study: Its folder; only read.
        folder: Where they go.
        count: How many; at least one for each solver.
    """
    from cgr_nb.store import Store
    from cgr_nb.study import StudyConfig, run_study, shard_folder
    from cgr_nb.study.units import resolve_inputs

    config = StudyConfig.load(study / "study.toml")
    inputs = resolve_inputs(config)
    found = []
    for shard in shards_of(config.models.solvers, count):
        place = shard_folder(folder, shard)
        ids = [id for unit in inputs.units(shard) for id in inputs.roster.ids(unit).values()]
        Store.create(place).close()
        _copy_answers(study, place, ids)
        told: list[tuple[int, int]] = []
        asyncio.run(
            run_study(
                config,
                place,
                lambda now, told=told: told.append((now.done, now.total)),
                shard=shard,
                phase="answer",
                programs=study,
            )
        )
        if any(done != total for done, total in told):
            raise SystemExit(f"{shard} lacks answers: {told}")
        found.append(place)
        print(f"{shard.folder_name}: {told[0][0]:,} rows", flush=True)
    return found


def _copy_answers(study: Path, place: Path, ids: Sequence[str]) -> None:
    address = f"{(study / 'study.sqlite').resolve().as_uri()}?mode=ro&immutable=1"
    with closing(sqlite3.connect(place / "study.sqlite", isolation_level=None)) as own:
        own.execute("PRAGMA synchronous = OFF")
        own.execute("ATTACH ? AS source", (address,))
        own.execute("BEGIN")
        for statement in _COPY.split(";\n"):
            own.execute(statement, (json.dumps(list(ids)),) if "?" in statement else ())
        own.execute("COMMIT")


# ---- measured -----------------------------------------------------------------------------------


def command(*words: object) -> list[str]:
    """A command of this tree, word by word."""
    return [sys.executable, "-m", "cgr_nb.cli", *map(str, words)]


def measured(name: str, *words: object) -> dict[str, float]:
    """Run a command to its end: CPU seconds of it and its processes, and its peak memory."""
    process = subprocess.Popen(command(*words), stdout=subprocess.DEVNULL, cwd=ROOT)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{name} ended with {process.returncode}")
    found = {"cpu_s": used.ru_utime + used.ru_stime, "peak_mb": used.ru_maxrss / 1024}
    print(f"{name:24} {found['cpu_s']:7.1f} CPU s {found['peak_mb']:6.0f} MB", flush=True)
    return found


def differences(one: Path, other: Path) -> dict[str, int]:
    """Table -> lines that only one of two studies has, but for times and what is kept of runs.

    Args:
        one: Folder of a study.
        other: Of another one.
    """
    found = {}
    with closing(sqlite3.connect(one / "study.sqlite")) as connection:
        connection.text_factory = bytes
        connection.execute("ATTACH ? AS other", (str(other / "study.sqlite"),))
        for table, columns in _compared(connection):
            lines = [f"SELECT {columns} FROM {schema}.{table}" for schema in ("main", "other")]
            found[table] = sum(
                connection.execute(f"SELECT count(*) FROM ({a} EXCEPT {b})").fetchone()[0]
                for a, b in (lines, reversed(lines))
            )
            sizes = [
                connection.execute(f"SELECT count(*) FROM {schema}.{table}").fetchone()[0]
                for schema in ("main", "other")
            ]
            found[table] += abs(sizes[0] - sizes[1])
    return found


def _compared(connection: sqlite3.Connection) -> Iterator[tuple[str, str]]:
    """Table, and its columns that two runs of a study have alike."""
    tables = connection.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'")
    for (raw,) in tables.fetchall():
        table = raw.decode()
        left_out = TIMES.get(table, ())
        if table.startswith("sqlite_") or left_out is None:
            continue
        columns = [
            line[1].decode()
            for line in connection.execute(f"PRAGMA main.table_info({table})")
            if line[1].decode() not in left_out
        ]
        yield table, ", ".join(columns)


def check_alike(study: Path, merged: Path) -> None:
    """See that a merged study is the study, table by table.

    Raises:
        SystemExit: It is not.
    """
    found = differences(study, merged)
    print(f"tables compared: {len(found)}, lines that differ: {sum(found.values()):,}", flush=True)
    if any(found.values()):
        raise SystemExit(str({table: count for table, count in found.items() if count}))


def merge(study: Path, folder: Path) -> dict[str, dict[str, float]]:
    """Merge the shards, see how far they are and merge them again, each measured.

    Args:
        study: What they were split from.
        folder: Where they are; the merged study is `folder/merged`.
    """
    shards, merged = sorted((folder / "shards").iterdir()), folder / "merged"
    shutil.rmtree(merged, ignore_errors=True)
    found = {
        "status": measured(f"status of {len(shards)}", "study", "status", *shards),
        "dry run": measured(
            "merge --dry-run", "study", "merge", *shards, "--out", merged, "--dry-run"
        ),
        "merge": measured("merge", "study", "merge", *shards, "--out", merged),
    }
    check_alike(study, merged)
    found["again"] = measured("merge again", "study", "merge", *shards, "--out", merged)
    check_alike(study, merged)
    return found


def kill(study: Path, folder: Path, points: Sequence[float] = POINTS) -> None:
    """Kill a merge at several points of its way, each time going on from the last, and see that the
    merge that is let to its end gives the same.

    Args:
        study: What the shards were split from.
        folder: Where they are.
        points: Shares of the study's size; 0 is while shards are only read.
    """
    shards, merged = sorted((folder / "shards").iterdir()), folder / "killed"
    shutil.rmtree(merged, ignore_errors=True)
    words = command("study", "merge", *shards, "--out", merged)
    whole = (study / "study.sqlite").stat().st_size
    for point in points:
        process = subprocess.Popen(words, stdout=subprocess.DEVNULL, cwd=ROOT)
        while process.poll() is None and not _is_at(merged, point * whole):
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
        process.wait()
        print(f"killed at {_size(merged) / whole:.0%}: exit code {process.returncode}", flush=True)
        if process.returncode != -signal.SIGKILL:
            raise SystemExit("it had come to its end")
    measured("merge after that", "study", "merge", *shards, "--out", merged)
    check_alike(study, merged)


def _is_at(merged: Path, size: float) -> bool:
    """Whether a study has a size, or, for none, is there."""
    return _size(merged) > max(size, 0) and (merged / ".merging").exists()


def _size(merged: Path) -> int:
    """Bytes of a study that are at their place: all that was written before the log's last turn."""
    file = merged / "study.sqlite"
    return file.stat().st_size if file.exists() else 0


def package(study: Path, folder: Path) -> dict[str, dict[str, float]]:
    """Audit, report, export and verify the study in one piece and the merged one, and compare their
    packages file by file.

    Args:
        study: What the shards were split from; it is copied.
        folder: Where the merged study is.
    """
    found: dict[str, dict[str, float]] = {}
    made = {}
    for name, source in (("single", study), ("merged", folder / "merged")):
        copy = folder / f"{name}-copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(source, copy)
        made[name] = folder / f"{name}.zip"
        made[name].unlink(missing_ok=True)
        for what, words in {
            "audit": ("audit", copy),
            "report": ("report", copy, "-o", folder / f"{name}.html"),
            "export": ("export", copy, "-o", made[name]),
            "verify": ("verify", made[name], "--no-replay"),
        }.items():
            found[f"{name} {what}"] = measured(f"{name}: {what}", *words)
        shutil.rmtree(copy)
    differing = files_that_differ(*made.values())
    print("files of the packages that differ: " + (", ".join(differing) or "none"), flush=True)
    return found


def files_that_differ(one: Path, other: Path) -> list[str]:
    """Names of the files of two packages that are not the same bytes."""
    with zipfile.ZipFile(one) as first, zipfile.ZipFile(other) as second:
        names = sorted({*first.namelist(), *second.namelist()})
        both = {*first.namelist()} & {*second.namelist()}
        return [name for name in names if name not in both or first.read(name) != second.read(name)]


def main() -> int:
    """Split or measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("split", "merge", "kill", "package"))
    parser.add_argument("study", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--shards", type=int, default=SHARDS)
    given = parser.parse_args()
    if given.what == "split":
        split(given.study, given.folder, given.shards)
    else:
        {"merge": merge, "kill": kill, "package": package}[given.what](given.study, given.folder)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
