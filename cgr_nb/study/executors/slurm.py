"""Tasks as job arrays of Slurm: one script for phase "generate", one for the shards of each solver,
one for their merge.

Scripts are plain files that can be read, changed and given to `sbatch` by hand. A task that ends
with exit code 75 is put back into the queue; one that Slurm itself puts back, after a preemption or
the loss of a node, goes on from where it was.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cgr_nb.errors import CgrError, ConfigError
from cgr_nb.study.executors.submission import Submission, jobs_of
from cgr_nb.study.executors.task import TRY_AGAIN, Task
from cgr_nb.util.atomic_write import write_text

__all__ = ["SlurmOptions", "SlurmRun", "cancel_jobs", "slurm_scripts", "write_scripts"]

_PATIENCE_S = 60
_NOTICE_S = 120

_SCRIPT = """#!/bin/bash
#SBATCH --job-name={name}
#SBATCH --output={log}
#SBATCH --open-mode=append
#SBATCH --requeue
#SBATCH --signal=B:TERM@{notice}
{array}
{given}
# Words with which this task is run{index}.
{command} &
task=$!
# Told a while before the time is over: what is at work is given back, and all else is kept.
trap 'kill -TERM "$task"' TERM
wait "$task"; code=$?
while kill -0 "$task" 2>/dev/null; do wait "$task"; code=$?; done
if [ "$code" -eq {again} ] && [ "${{SLURM_RESTART_COUNT:-0}}" -lt {retries} ]; then
    scontrol requeue "{job}" && exit 0
fi
exit "$code"
"""


@dataclass(frozen=True, slots=True)
class SlurmOptions:
    """How jobs are asked for."""

    lines: tuple[str, ...] = ()
    """Options of sbatch for every job, such as "--gres=gpu:1" or "--time=04:00:00"."""
    at_once: int | None = None
    """Tasks of one array that run at once; None: as many as Slurm lets."""
    retries: int = 3
    """How often a task is put back that ended with exit code 75."""


def slurm_scripts(submission: Submission, options: SlurmOptions) -> dict[str, str]:
    """Name -> text of each script: "generate", then one a solver, then "merge".

    Args:
        submission: What is to be done.
        options: How jobs are asked for.

    Raises:
        ConfigError: An option is none of sbatch.
    """
    for line in options.lines:
        if not line.startswith("-") or "\n" in line:
            raise ConfigError(
                "not an option of sbatch", got=repr(line), fix="give one such as --gres=gpu:1"
            )
    found: dict[str, list[Task]] = {}
    for task in submission.missing():
        name = task.name if task.shard is None else f"shards-{task.shard.solver_name}"
        found.setdefault(name, []).append(task)
    return {name: _script(ours, options) for name, ours in found.items()}


def _script(ours: Sequence[Task], options: SlurmOptions) -> str:
    """The script of one job, or of an array of tasks that differ in their number only."""
    task = ours[0]
    array, log, job, index = "#", str(task.log_file), "$SLURM_JOB_ID", ""
    words = [shlex.quote(word) for word in task.command()]
    if (shard := task.shard) is not None:
        most = "" if options.at_once is None else f"%{options.at_once}"
        array = f"#SBATCH --array={_ranges([one.shard.number for one in ours if one.shard])}{most}"
        name = f"{shard.solver_name}-{{}}-of-{shard.count}"
        log = str(task.log_file.with_name(name.format("%a") + ".log"))
        job = "${SLURM_ARRAY_JOB_ID}_${SLURM_ARRAY_TASK_ID}"
        index = "; its number in the array is that of the shard"
        number = '"$SLURM_ARRAY_TASK_ID"'
        before, after = str(task.state_file.with_name(name + ".json")).split("{}")
        given = {
            "--shard": f"{shlex.quote(shard.solver + ':')}{number}/{shard.count}",
            "--state-file": f"{shlex.quote(before)}{number}{shlex.quote(after)}",
        }
        for option, word in given.items():
            words[words.index(option) + 1] = word
    return _SCRIPT.format(
        name=shlex.quote(f"cgr-nb-{task.out.name}"),
        log=shlex.quote(log),
        notice=_NOTICE_S,
        array=array,
        given="\n".join(f"#SBATCH {line}" for line in options.lines) or "#",
        index=index,
        command=" ".join(words),
        again=TRY_AGAIN,
        retries=options.retries,
        job=job,
    )


def _ranges(numbers: Sequence[int]) -> str:
    """Numbers in order, as sbatch takes them: 0-3,7."""
    parts: list[list[int]] = []
    for number in sorted(numbers):
        if parts and parts[-1][-1] == number - 1:
            parts[-1][1:] = [number]
        else:
            parts.append([number])
    return ",".join("-".join(map(str, part)) for part in parts)


class SlurmRun:
    """A submission in the queue of a cluster."""

    def __init__(self, submission: Submission, jobs: Sequence[str]) -> None:
        self._submission = submission
        self.jobs = tuple(jobs)
        """Numbers of its jobs."""

    @classmethod
    def submit(cls, submission: Submission, options: SlurmOptions) -> SlurmRun:
        """Hand over all that is not done; what is in the queue from before is left to go on.

        Args:
            submission: What to do.
            options: How jobs are asked for.

        Raises:
            CgrError: `sbatch` is not here, or refuses.
        """
        before = cls(submission, jobs_of(submission.place))
        if before.jobs and not before.is_over():
            return before
        scripts = write_scripts(submission, options)
        jobs: list[str] = []
        for name, path in scripts.items():
            # Where programs can't be written, shards leave the queue too; so does the merge where
            # a shard fails.
            after = []
            needed = jobs if name == "merge" else jobs[: int("generate" in scripts)]
            if needed:
                after = [f"--dependency=afterok:{':'.join(needed)}", "--kill-on-invalid-dep=yes"]
            told = _slurm("sbatch", "--parsable", *after, str(path), where=name)
            jobs.append(told.strip().partition(";")[0])
            submission.write({"executor": "slurm", "jobs": jobs})
        return cls(submission, jobs)

    def is_over(self) -> bool:
        """Whether none of its jobs is waiting or running any more."""
        if not self.jobs:
            return True
        try:
            return not _slurm("squeue", "-h", "-o", "%i", "-j", ",".join(self.jobs)).strip()
        except CgrError as error:
            # Slurm forgets jobs a while after their end.
            if "Invalid job id" in str(error):
                return True
            raise

    def cancel(self) -> None:
        """Take it out of the queue, and stop what is running."""
        cancel_jobs(self.jobs)


def cancel_jobs(jobs: Sequence[str]) -> None:
    """Take jobs out of the queue, and stop those that are running.

    Raises:
        CgrError: Slurm refuses.
    """
    if jobs:
        _slurm("scancel", *jobs)


def write_scripts(submission: Submission, options: SlurmOptions) -> dict[str, Path]:
    """Write the scripts (see `slurm_scripts`) into the folder of the submission; name -> path."""
    found = {}
    for name, text in slurm_scripts(submission, options).items():
        found[name] = submission.place / f"{name}.sh"
        write_text(found[name], text)
    for folder in ("logs", "tasks"):
        # Slurm makes no folder for what it writes.
        (submission.place / folder).mkdir(parents=True, exist_ok=True)
    return found


def _slurm(command: str, *words: str, where: str | None = None) -> str:
    """What a command of Slurm prints.

    Raises:
        CgrError: It is not here, or fails.
    """
    if shutil.which(command) is None:
        raise ConfigError(
            f"there is no `{command}` on this machine",
            where=where,
            fix="run it where jobs are submitted, or take --executor local",
        )
    try:
        done = subprocess.run(
            [command, *words],
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_PATIENCE_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise CgrError(f"`{command}` does not answer", where=where, got="a minute") from error
    if done.returncode:
        raise CgrError(
            f"`{command}` refused",
            where=where,
            got=" ".join((done.stderr or done.stdout).split())[:300],
            fix="correct what it reports; the scripts can also be edited and submitted by hand",
        )
    return done.stdout
