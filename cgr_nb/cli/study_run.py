"""`cgr-nb study run`: a study, a phase or a shard of one."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cgr_nb.cli.output import (
    at_work,
    print_failures,
    print_json,
    print_next,
    print_remarks,
    print_summary,
    printable,
    quoted,
    show_long_work,
)
from cgr_nb.cli.study_options import CONFIG, JSON, OUT, place
from cgr_nb.errors import CgrError, ModelDown, StoreBusy

if TYPE_CHECKING:
    from cgr_nb.api import Study
    from cgr_nb.study import RunPhase, Shard
    from cgr_nb.study.executors import StateFile

__all__ = ["run"]

_WAITS = (
    "units wait for replies of a generator that are not on record; all others are finished. Phase"
    " merge completes them"
)


@click.command("run")
@CONFIG
@OUT
@click.option(
    "--shard",
    metavar="NAME:K/N",
    help="Answer only part K (0 to N-1) of the items, divided by a hash of their ids, with solver"
    " NAME, in the folder shards/NAME-K-of-N of the study.",
)
@click.option(
    "--overlap",
    type=click.FloatRange(0, 1),
    default=0.0,
    metavar="SHARE",
    help="With --shard: also answer this share of the items of the preceding shard (0.01 for one in"
    " a hundred), so that a merge can show how often two machines disagree.",
)
@click.option(
    "--phase",
    type=click.Choice(("generate", "answer", "merge")),
    help="generate: only ask the generators, for all programs of all arms. answer: ask no"
    " generator; use the replies on record. merge: merge the shards in shards/, then complete what"
    " they left.  [default: all, without shards]",
)
@click.option(
    "--programs",
    type=click.Path(file_okay=False, path_type=Path),
    help="With --phase answer: folder of the study that holds the generators' replies."
    "  [default: the study folder]",
)
@click.option(
    "--scratch",
    type=click.Path(file_okay=False, path_type=Path),
    help="With --shard or --phase generate: write to this folder, on a local disk, and publish to"
    " the study folder at the end. Environment variables are expanded, such as '$TMPDIR'.",
)
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    metavar="N",
    help="Stop after N units (a row or one arm's answer to it).",
)
@click.option("--for", "time", metavar="TIME", help="Stop after TIME: 90s, 15m, 2h, 1h30m.")
@click.option(
    "--max-cost",
    type=click.FloatRange(min=0, min_open=True),
    metavar="SUM",
    help="Stop once the calls of this run have cost SUM, at the price_input and price_output of"
    " the model cards. Recorded calls are free.",
)
@click.option(
    "--state-file",
    type=click.Path(dir_okay=False, path_type=Path),
    help="With --shard or --phase: keep the progress of the run in this file, as JSON, for"
    " monitoring by other processes.",
)
@JSON
@click.pass_context
def run(
    ctx: click.Context,
    config: Path,
    out: Path | None,
    shard: str | None,
    overlap: float,
    phase: RunPhase | None,
    programs: Path | None,
    scratch: Path | None,
    limit: int | None,
    time: str | None,
    max_cost: float | None,
    state_file: Path | None,
    as_json: bool,
) -> None:
    """Run every missing row of CONFIG (a study.toml or its folder).

    A limit stops the run cleanly: units in progress that need no further call are finished, the
    others are left for the next run. Repeat the command to resume. Calls in flight are awaited, so
    the cost may exceed its limit by the cost of these calls.

    Exits with 1 if no row is usable. With --shard or --phase, exits with 75 if work is left
    that repeating the command may complete: after a limit, a failed call, a server outage or
    SIGTERM. With --state-file, units that wait for replies of a generator are left to phase merge.
    """
    from cgr_nb.api import Study
    from cgr_nb.study.executors import TRY_AGAIN, StateFile

    file, folder = place(config, out)
    ours = _shard(shard, overlap)
    again = f"cgr-nb study run {quoted(config)}{'' if out is None else f' --out {quoted(out)}'}"
    is_part = shard is not None or phase is not None
    state = None if state_file is None else StateFile(state_file)
    ending: AbstractContextManager[list[str]] = _ends(state) if is_part else nullcontext([])
    code = 0
    with (
        ending as left,
        Study.run(
            file,
            folder,
            on_progress=None if state is None else state.follow,
            progress=show_long_work(as_json),
            limit=limit,
            max_time=time,
            max_cost=max_cost,
            shard=ours,
            phase=phase,
            programs=programs,
            scratch=scratch,
        ) as study,
    ):
        if not is_part:
            code = 0 if _print_whole(study, again, as_json) else 1
        else:
            _print_part(study, phase, as_json)
            left += [study.reached] if study.reached else []
            if state is not None and shard is not None and _waits_for_generator(study):
                state.leave(_WAITS)
            else:
                left += [failure["error"] for failure in study.failures()[:1]]
    ctx.exit(TRY_AGAIN if left else code)


def _shard(text: str | None, overlap: float) -> Shard | None:
    from cgr_nb.study import Shard

    if text is None:
        if overlap:
            raise click.UsageError("--overlap requires --shard")
        return None
    return replace(Shard.parse(text), overlap=overlap)


def _print_whole(study: Study, again: str, as_json: bool) -> bool:
    """Tell what a study came to; whether any row is usable, where there are rows."""
    from cgr_nb.report.number_text import money

    with at_work(as_json, "numbers"):
        summary, counts, errors = study.summary(), study.store.counts(), study.errors()
        hard_coded, alone = study.hard_coded_share(), study.arms_alone()
    reached, cost, failures = study.reached, study.run_cost, study.failures()
    if as_json:
        print_json(
            {
                "study": str(study.folder),
                "summary": summary.to_dict(),
                "errors": errors,
                "failures": failures,
                "reached": reached,
                "cost": cost,
            }
        )
    else:
        print_summary(summary, hard_coded, alone)
        print_remarks(counts, errors)
        print_failures(failures)
        if cost is not None:
            click.echo(f"cost of this run: {money(cost)}; recorded calls were free")
        if reached is not None:
            click.echo(
                f"stopped at {reached}: {counts.done} of {counts.expected} rows done;"
                f" to resume: {again}"
            )
        click.echo(f"study: {study.folder}")
        print_next(study.folder)
    return bool(summary.retained or alone) or not (counts.done or failures)


def _waits_for_generator(study: Study) -> bool:
    """Whether all that is left waits for what is asked of a generator on the way, which no task of
    this phase does: to be tried again would not help."""
    from cgr_nb.study.recorded_generators import NOT_ON_RECORD

    failures = study.failures()
    return (
        not study.reached
        and bool(failures)
        and all(NOT_ON_RECORD in failure["error"] for failure in failures)
    )


def _print_part(study: Study, phase: RunPhase | None, as_json: bool) -> None:
    """Tell how far a part of a study is: its numbers alone say little."""
    counts, failures, reached = study.store.counts(), study.failures(), study.reached
    programs = study.store.programs.scaffold_count() if phase == "generate" else None
    if as_json:
        print_json(
            {
                "study": str(study.folder),
                **({} if phase == "generate" else {"done": counts.done, "rows": counts.expected}),
                **({"programs": programs} if phase == "generate" else {}),
                "failures": failures,
                "reached": reached,
                "cost": study.run_cost,
            }
        )
        return
    done = f"{counts.done} of {counts.expected} rows done"
    click.echo(f"{programs:,} programs on record" if phase == "generate" else done)
    print_failures(failures)
    if reached is not None:
        click.echo(f"stopped at {reached}; repeat the command to resume")
    click.echo(f"study: {study.folder}")


@contextmanager
def _ends(state: StateFile | None) -> Iterator[list[str]]:
    """Give a list for what is left to another try, and put into it what ends the block so: a server
    that is down, a folder that is in use, SIGTERM, with which schedulers end a job before its time
    is over."""
    left: list[str] = []
    terminated = False

    def stop(number: int, frame: object) -> None:
        nonlocal terminated
        if terminated:
            return  # a scheduler may say so twice; what is brought away meanwhile must be whole
        terminated = True
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        with nullcontext() if state is None else state.at_work():
            yield left
    except KeyboardInterrupt:
        if not terminated:
            raise
        left.append("stopped by SIGTERM: every finished row is kept")
    except (ModelDown, StoreBusy) as error:
        left.append(str(error))
    except CgrError as error:
        if state is not None:
            state.end("failed", str(error))
        raise
    finally:
        signal.signal(signal.SIGTERM, before)
    if state is not None:
        state.end(*(("again", "; ".join(left)) if left else ("done",)))
    for line in left:
        click.echo(f"left for a later run: {printable(line)}", err=True)
