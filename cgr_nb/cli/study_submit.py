"""`cgr-nb study submit`: a study in shards, on this machine or on a cluster."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cgr_nb.cli.output import print_json, quoted, show_long_work
from cgr_nb.cli.study_options import CONFIG, JSON, OUT, place

if TYPE_CHECKING:
    from cgr_nb.study import Phase
    from cgr_nb.study.executors import ExecutorName

__all__ = ["submit"]


@click.command("submit")
@CONFIG
@OUT
@click.option(
    "--executor",
    type=click.Choice(("local", "dask", "slurm")),
    default="local",
    show_default=True,
    help="local: processes on this machine. dask: a Dask cluster. slurm: job arrays.",
)
@click.option(
    "--shards",
    type=click.IntRange(min=1),
    metavar="N",
    default=4,
    show_default=True,
    help="Number of shards per solver.",
)
@click.option(
    "--phase",
    type=click.Choice(("generate", "answer")),
    help="Run only the programs (generate) or only the shards (answer).  [default: both, and the"
    " merge]",
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    default=2,
    show_default=True,
    help="Number of tasks run at once on this machine.",
)
@click.option(
    "--retries",
    type=click.IntRange(min=0),
    default=3,
    show_default=True,
    help="How often to retry a task that was killed or ended with exit code 75.",
)
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="Address of a Dask scheduler.  [default: a local cluster]",
)
@click.option(
    "--sbatch",
    "lines",
    multiple=True,
    metavar="OPTION",
    help="sbatch option for every job, such as --sbatch=--gres=gpu:1; may be repeated.",
)
@click.option(
    "--at-once",
    type=click.IntRange(min=1),
    help="Number of tasks of one job array that run at once.",
)
@click.option(
    "--scratch",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder on a local disk of the machine that runs a task: the task writes there and"
    " publishes to the study folder at its end. That machine's environment variables are expanded,"
    " such as '$TMPDIR'.",
)
@click.option(
    "--overlap",
    type=click.FloatRange(0, 1),
    default=0.0,
    metavar="SHARE",
    help="Each shard also answers this share of the items of the preceding shard (0.01 for one in a"
    " hundred), so that a merge can show how often two machines disagree.",
)
@click.option("--dry-run", is_flag=True, help="slurm: write the scripts, but submit nothing.")
@click.option("--no-wait", is_flag=True, help="slurm: return once the jobs are submitted.")
@click.option("--cancel", is_flag=True, help="Cancel everything that was submitted for the study.")
@JSON
def submit(
    config: Path,
    out: Path | None,
    executor: ExecutorName,
    shards: int,
    phase: Phase | None,
    workers: int,
    retries: int,
    scheduler: str | None,
    lines: tuple[str, ...],
    at_once: int | None,
    scratch: Path | None,
    overlap: float,
    dry_run: bool,
    no_wait: bool,
    cancel: bool,
    as_json: bool,
) -> None:
    """Run CONFIG (a study.toml or its folder) in shards: the programs first, then N shards per
    solver, each in its own folder in shards/, then their merge into the study folder. The last
    task also answers what the shards left because it needs a generator.

    The study folder must be visible to all machines. Ctrl-C stops all tasks. Repeat the command to
    resume, or after a `study redo` of the study or of a shard.
    """
    from cgr_nb.study import StudyConfig
    from cgr_nb.study.executors import (
        SlurmOptions,
        Submission,
        SubmitOptions,
        cancel_submissions,
        jobs_of,
        submit_study,
        write_scripts,
    )

    file, folder = place(config, out)
    if cancel:
        found = cancel_submissions(folder)
        what = "running tasks are being stopped" if found else "nothing was submitted"
        _tell(as_json, {"cancelled": found}, f"{quoted(folder)}: {what}")
        return
    study = StudyConfig.load(file)
    slurm = SlurmOptions(lines, at_once, retries)
    options = SubmitOptions(workers, retries, scheduler, scratch, overlap, slurm)
    if dry_run:
        planned = Submission.plan(
            study, folder, shards, phase=phase, scratch=scratch, overlap=overlap
        )
        scripts = write_scripts(planned, slurm)
        told = {name: str(path) for name, path in scripts.items()}
        text = "\n".join(f"sbatch {quoted(path)}" for path in scripts.values())
        _tell(as_json, {"scripts": told}, text or "every task is done")
        return
    at_work = submit_study(study, folder, shards, executor, phase=phase, options=options)
    if executor == "slurm" and no_wait:
        of = at_work.submission.place
        jobs = jobs_of(of)
        text = f"jobs: {', '.join(jobs)}" if jobs else "every task is done"
        _tell(as_json, {"jobs": jobs, "folder": str(of)}, text)
        return
    ended = at_work.wait(progress=show_long_work(as_json))
    merge = f"cgr-nb study merge {quoted(folder / 'shards')} --out {quoted(folder)}"
    done = "programs are written" if phase == "generate" else f"{ended.done:,} rows in shards"
    after = f"\nto merge them into one study: {merge}" if phase == "answer" else ""
    if phase is None:
        after = f", merged into one study: {quoted(folder)}"
    _tell(as_json, {"study": str(folder), **ended.to_dict()}, done + after)


def _tell(as_json: bool, told: dict[str, object], text: str) -> None:
    if as_json:
        print_json(told)
    else:
        click.echo(text)
