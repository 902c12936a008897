"""A submission in the hand of whoever waits for it: how far it is, its end, its calling off."""

from __future__ import annotations

import time
from concurrent.futures import Executor
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol, get_args

from cgr_nb.errors import CgrError, ConfigError, did_you_mean
from cgr_nb.study.config import StudyConfig
from cgr_nb.study.executors.futures import FutureRun, dask_executor, local_executor
from cgr_nb.study.executors.process import call_off, is_called_off, take_up
from cgr_nb.study.executors.slurm import SlurmOptions, SlurmRun, cancel_jobs
from cgr_nb.study.executors.submission import SUBMIT, ShardsProgress, Submission, jobs_of
from cgr_nb.study.part import Phase
from cgr_nb.util.progress import Show, progress_bar

__all__ = [
    "EXECUTORS",
    "ExecutorName",
    "SubmitOptions",
    "SubmittedStudy",
    "cancel_submissions",
    "submit_study",
]

ExecutorName = Literal["local", "dask", "slurm"]
EXECUTORS: tuple[ExecutorName, ...] = get_args(ExecutorName)
_POLL_S = 1.0
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class SubmitOptions:
    """How tasks are run."""

    workers: int = 2
    """Tasks at once, where this machine runs them."""
    retries: int = 3
    """How often a task is tried again that was killed, or left something that may do later."""
    scheduler: str | None = None
    """Address of a Dask scheduler; None: a cluster of this machine."""
    scratch: Path | None = None
    """Folder of the machine that does a task, for the shard's store while it is filled."""
    overlap: float = 0.0
    """Share of the items of the shard before it that each shard answers too."""
    slurm: SlurmOptions = field(default_factory=SlurmOptions)

    def __post_init__(self) -> None:
        for name, value, least in (("workers", self.workers, 1), ("retries", self.retries, 0)):
            if value < least:
                raise ConfigError(f"{name} is at least {least}", got=str(value))


class _Run(Protocol):
    """What is at work."""

    def is_over(self) -> bool:
        """Whether nothing is at work any more."""
        ...

    def cancel(self) -> None:
        """Stop it."""
        ...


class SubmittedStudy:
    """A study in shards, at work."""

    def __init__(self, submission: Submission, run: _Run) -> None:
        self.submission = submission
        self._run = run

    def progress(self) -> ShardsProgress:
        """How far it is now."""
        return self.submission.progress()

    def is_over(self) -> bool:
        """Whether nothing is at work any more, whatever came of it."""
        return self._run.is_over()

    def cancel(self) -> None:
        """Stop what is at work and begin nothing more; every finished row is kept."""
        call_off(self.submission.place)
        self._run.cancel()

    def wait(self, *, progress: Show = True) -> ShardsProgress:
        """Wait for its end. Blocks; Ctrl-C calls it off.

        Args:
            progress: Show how far it is: a bar, nothing, or "lines" on stderr.

        Raises:
            CgrError: Something is not done, or the executor failed.
        """
        try:
            with progress_bar(progress, "rows of shards") as bar:
                while True:
                    over = self.is_over()
                    now = self.progress()
                    bar(now.done, now.total, now.words)
                    if over:
                        break
                    time.sleep(_POLL_S)
        except KeyboardInterrupt:
            self.cancel()
            raise
        if not now.is_done:
            raise _not_done(self.submission, now)
        return now


def submit_study(
    config: StudyConfig,
    folder: Path,
    count: int,
    executor: ExecutorName | Executor = "local",
    *,
    phase: Phase | None = None,
    options: SubmitOptions | None = None,
) -> SubmittedStudy:
    """Have a study done in shards: its programs first, then every shard, each in a folder of its
    own in `shards`, then their merge, which answers what they left to a generator. What is done
    already is not done again.

    Args:
        config: The study.
        folder: Its folder, which all machines must see.
        count: Shards of each solver.
        executor: "local": processes of this machine; "dask"; "slurm": job arrays; or any executor
            of `concurrent.futures` whose workers have this package and see the folder.
        phase: Do one phase only.
        options: How tasks are run.

    Returns:
        The submission at work; local and Dask ones end with this process.

    Raises:
        ConfigError: There is no such executor, or no such number of shards.
        ExtraError: Dask is not installed.
        CgrError: Slurm refuses.
    """
    how = options or SubmitOptions()
    if isinstance(executor, str) and executor not in EXECUTORS:
        raise ConfigError(
            f"there is no executor {executor!r}", fix=did_you_mean(executor, EXECUTORS)
        )
    submission = Submission.plan(
        config, folder, count, phase=phase, scratch=how.scratch, overlap=how.overlap
    )
    take_up(submission.place)
    run: _Run
    if executor == "slurm":
        run = SlurmRun.submit(submission, how.slurm)
    elif executor == "dask":
        opened = dask_executor(how.scheduler, how.workers, how.retries)
        run = FutureRun(submission, opened, how.retries)
    elif executor == "local":
        run = FutureRun(submission, local_executor(how.workers), how.retries)
    else:
        assert isinstance(executor, Executor)
        given = executor
        run = FutureRun(submission, lambda: nullcontext(given), how.retries)
    return SubmittedStudy(submission, run)


def cancel_submissions(folder: Path) -> int:
    """Stop all that is at work of a study's submissions, whoever waits for it and on whatever
    machine; returns how many submissions there are.

    Args:
        folder: The study's.

    Raises:
        CgrError: Slurm refuses.
    """
    places = [path for path in sorted((folder / SUBMIT).glob("*")) if path.is_dir()]
    for place in places:
        call_off(place)
        cancel_jobs(jobs_of(place))
    return len(places)


def _not_done(submission: Submission, now: ShardsProgress) -> CgrError:
    """What is said of a submission that ended before its end."""
    left = [task.name for task in submission.missing()]
    told = [f"{name}: {why}" for name, why in now.problems.items()]
    if is_called_off(submission.place):
        told.insert(0, "called off")
    more = f"; {len(told) - _SHOWN} more" if len(told) > _SHOWN else ""
    return CgrError(
        f"{len(left)} of {len(submission.tasks)} tasks are not done",
        where=str(submission.place),
        got="; ".join(told[:_SHOWN]) + more if told else ", ".join(left[:_SHOWN]),
        fix="their output is in logs/ there; repeat the command to continue",
    )
