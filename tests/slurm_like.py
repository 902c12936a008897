"""Commands that behave as those of Slurm do for job arrays, on this machine and without a daemon.

`install(folder)` puts sbatch, squeue, scancel and scontrol into a folder, to be first in PATH. A job
is a process of this file: it waits for what it depends on, runs its tasks two at a time with the
variables that Slurm sets, and runs one again that was put back.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

COMMANDS = ("sbatch", "squeue", "scancel", "scontrol")


def install(folder: Path) -> None:
    """Put the commands into a folder; what they know of jobs is kept in `jobs` within."""
    (folder / "jobs").mkdir(parents=True)
    for name in COMMANDS:
        path = folder / name
        path.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{__file__}" {name} "$@"\n')
        path.chmod(0o755)
        path.with_name(f"{name}.said").touch()


def sbatch(jobs: Path, words: list[str]) -> None:
    script = Path(words[-1])
    number = len(list(jobs.glob("*.sh"))) + 1
    (jobs / f"{number}.sh").write_text(script.read_text())
    needs = re.search(r"--dependency=afterok:([\d:]+)", " ".join(words))
    command = [sys.executable, __file__, "work", str(number), needs[1] if needs else ""]
    with (jobs / f"{number}.log").open("ab") as log:
        subprocess.Popen(command, start_new_session=True, stdout=log, stderr=log)
    print(number)


def work(jobs: Path, words: list[str]) -> None:
    number, needed = words
    try:
        for needs in filter(None, needed.split(":")):
            while not (jobs / f"{needs}.done").exists():
                if (jobs / f"{number}.cancelled").exists():
                    return
                time.sleep(0.05)
            if (jobs / f"{needs}.done").read_text() != "0":
                return
        text = (jobs / f"{number}.sh").read_text()
        array = re.search(r"^#SBATCH --array=([\d,-]+)", text, re.MULTILINE)
        tasks = _numbers(array[1]) if array else [None]
        with ThreadPoolExecutor(2) as pool:
            codes = list(pool.map(lambda task: _task(jobs, number, text, task), tasks))
        code = max(map(abs, codes))
    except BaseException:
        code = 1
        raise
    finally:
        (jobs / f"{number}.done").write_text(str(locals().get("code", 1)))


def _task(jobs: Path, number: str, text: str, task: int | None) -> int:
    """Run one task, and again as often as it is put back."""
    log = re.search(r"^#SBATCH --output=(\S+)", text, re.MULTILINE)[1]
    log = log.replace("%A", number).replace("%a", str(task)).replace("%j", number)
    name = number if task is None else f"{number}_{task}"
    restarts = 0
    while not (jobs / f"{number}.cancelled").exists():
        told = {"SLURM_JOB_ID": f"{number}{task or 0:03}", "SLURM_RESTART_COUNT": str(restarts)}
        if task is not None:
            told |= {"SLURM_ARRAY_JOB_ID": number, "SLURM_ARRAY_TASK_ID": str(task)}
        back = jobs / f"{told['SLURM_JOB_ID'] if task is None else name}.back"
        with Path(log).open("ab") as out:
            process = subprocess.Popen(
                ["bash", str(jobs / f"{number}.sh")],
                env={**os.environ, **told},
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        (jobs / f"{name}.pid").write_text(str(process.pid))
        code = process.wait()
        if not back.exists():
            return code
        back.unlink()
        restarts += 1
    return 1


def _numbers(text: str) -> list[int]:
    found = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        found += range(int(first), int(last or first) + 1)
    return found


def scontrol(jobs: Path, words: list[str]) -> None:
    assert words[0] == "requeue"
    (jobs / f"{words[1]}.back").touch()


def squeue(jobs: Path, words: list[str]) -> None:
    for number in words[words.index("-j") + 1].split(","):
        if not (jobs / f"{number}.sh").exists():
            sys.exit("slurm_load_jobs error: Invalid job id specified")
        if not (jobs / f"{number}.done").exists():
            print(number)


def scancel(jobs: Path, words: list[str]) -> None:
    for number in words:
        (jobs / f"{number}.cancelled").touch()
        for file in [*jobs.glob(f"{number}_*.pid"), *jobs.glob(f"{number}.pid")]:
            try:
                os.killpg(int(file.read_text()), signal.SIGTERM)
            except ProcessLookupError:
                continue


if __name__ == "__main__":
    name, *rest = sys.argv[1:]
    place = next(
        Path(folder) / "jobs"
        for folder in os.environ["PATH"].split(os.pathsep)
        if (Path(folder) / "sbatch.said").exists()
    )
    globals()[name](place, rest)
