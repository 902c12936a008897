"""`cgr-nb study`: plan, run and inspect a study."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cgr_nb.cli.full_help import FullHelpGroup
from cgr_nb.cli.output import (
    at_work,
    print_failures,
    print_json,
    print_next,
    print_summary,
    print_table,
    quoted,
    show_long_work,
)
from cgr_nb.cli.study_options import CONFIG, JSON, OUT, place
from cgr_nb.cli.study_plan import plan
from cgr_nb.cli.study_programs import import_, prompts
from cgr_nb.cli.study_schema import schema

if TYPE_CHECKING:
    from cgr_nb.store import RowCounts
    from cgr_nb.store.superseding import Redo

__all__ = ["command"]


def _print_redos(redos: list[Redo], cost: float | None) -> None:
    """What was superseded, and what the calls on record cost."""
    from cgr_nb.report.number_text import money

    for redo in redos:
        calls = sum(redo.calls.values())
        click.echo(
            f"{_count(calls, 'call')} superseded on {redo.created}, with {_count(redo.rows, 'row')}"
            f" and {_count(redo.answers, 'arm answer')} ({redo.reason}): kept on record,"
            " excluded from results"
        )
    if cost is not None:
        click.echo(f"cost: {money(cost)} for all recorded calls")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + "s" * (number != 1)


@click.group("study", cls=FullHelpGroup)
def command() -> None:
    """Plan, run and inspect a study."""


def _alike(errors: dict[str, int]) -> dict[str, dict[str, int]]:
    """Errors that differ in numbers only, together; how many tokens are too many varies by row."""
    found: dict[str, dict[str, int]] = {}
    for error, rows in errors.items():
        found.setdefault(re.sub(r"\d+", "0", error), {})[error] = rows
    return found


def _print_remarks(counts: RowCounts, errors: dict[str, int]) -> None:
    """What a reader must not overlook: rows that failed, and rows that no longer count."""
    for alike in _alike(errors).values():
        example, rows = next(iter(alike)), sum(alike.values())
        more = f" (and {len(alike) - 1} more that differ only in numbers)" if len(alike) > 1 else ""
        click.echo(f"{rows} row{'s' * (rows > 1)} failed: {example}{more}")
    if counts.unasked:
        click.echo(
            f"{counts.unasked} more recorded answers belong to items, models, prompts or settings"
            " that are no longer part of the study; they are excluded from results"
        )


@command.command("init")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), default=Path("study.toml"))
@click.option("--items", multiple=True, help="An item file, or a pattern; may be given again.")
@click.option("--solver", "solvers", multiple=True, help="A solver; may be given again.")
@click.option("--generator", "generators", multiple=True, help="A generator; may be given again.")
@click.option(
    "--registry",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A registry file of your own, read besides the bundled one.  [default: models.toml beside"
    " FILE, where there is one]",
)
@JSON
def init(
    file: Path,
    items: tuple[str, ...],
    solvers: tuple[str, ...],
    generators: tuple[str, ...],
    registry: Path | None,
    as_json: bool,
) -> None:
    """Write a template study FILE: every setting with its default and an explanation.

    Without options it names the bundled tiny models. Where a default would leave a model no room
    for its prompt, a smaller value is written.
    """
    from cgr_nb.study import TemplateChoice, write_template

    write_template(file, TemplateChoice(items, solvers, generators, registry))
    if as_json:
        print_json({"study": str(file)})
    else:
        unnamed = [name for name, given in (("items", items), ("models", solvers)) if not given]
        rest = f": name your {' and '.join(unnamed)}, then" if unnamed else "; next:"
        click.echo(f"wrote {file}{rest} `cgr-nb study plan {quoted(file)}`")


@command.command("run")
@CONFIG
@OUT
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
@JSON
@click.pass_context
def run(
    ctx: click.Context,
    config: Path,
    out: Path | None,
    limit: int | None,
    time: str | None,
    max_cost: float | None,
    as_json: bool,
) -> None:
    """Run every missing row of CONFIG (a study.toml or its folder).

    A limit stops the run cleanly: units in progress that need no further call are finished, the
    others are left for the next run. Repeat the command to resume. Calls in flight are awaited, so
    the cost may exceed its limit by theirs.

    Exits with 1 if no row is usable.
    """
    from cgr_nb.api import Study
    from cgr_nb.report.number_text import money

    file, folder = place(config, out)
    with Study.run(
        file,
        folder,
        progress=show_long_work(as_json),
        limit=limit,
        max_time=time,
        max_cost=max_cost,
    ) as study:
        with at_work(as_json, "numbers"):
            summary, counts, errors = study.summary(), study.store.counts(), study.errors()
            hard_coded = study.hard_coded_share()
        reached, cost, failures = study.reached, study.run_cost, study.failures()
    again = f"cgr-nb study run {quoted(config)}{'' if out is None else f' --out {quoted(out)}'}"
    if as_json:
        print_json(
            {
                "study": str(folder),
                "summary": summary.to_dict(),
                "errors": errors,
                "failures": failures,
                "reached": reached,
                "cost": cost,
            }
        )
    else:
        print_summary(summary, hard_coded)
        _print_remarks(counts, errors)
        print_failures(failures)
        if cost is not None:
            click.echo(f"cost of this run: {money(cost)}; recorded calls were free")
        if reached is not None:
            click.echo(
                f"stopped at {reached}: {counts.done} of {counts.expected} rows done;"
                f" to resume: {again}"
            )
        click.echo(f"study: {folder}")
        print_next(folder)
    if (counts.done or failures) and not summary.retained:
        ctx.exit(1)


@command.command("redo")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--status",
    "statuses",
    multiple=True,
    help="Status of an answer that used the call (none, timeout, ...), or of the call itself:"
    " error, refused, context_overflow, empty, length.",
)
@click.option("--model", "models", multiple=True, help="Model that was called.")
@click.option(
    "--arm",
    "arms",
    multiple=True,
    help="Arm whose answers used the call, including direct and cgr.",
)
@click.option("--dataset", "datasets", multiple=True, help="Dataset of the item.")
@click.option("--item", "items", multiple=True, help="Item id.")
@click.option(
    "--since",
    metavar="TIME",
    help="Made at or after TIME: 2026-11-29T14:00, or 2h for two hours ago.",
)
@click.option("--until", metavar="TIME", help="Made before TIME.")
@click.option(
    "--reason", default="", help="Reason to state in the report.  [default: the options given]"
)
@click.option("--dry-run", is_flag=True, help="Count only; change nothing.")
@JSON
def redo(
    folder: Path,
    statuses: tuple[str, ...],
    models: tuple[str, ...],
    arms: tuple[str, ...],
    datasets: tuple[str, ...],
    items: tuple[str, ...],
    since: str | None,
    until: str | None,
    reason: str,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Mark calls of the study in FOLDER to be made again by the next run.

    Options combine with AND; an option given several times matches any of its values. The matching
    calls are superseded, together with the scaffolds, runs, rows, audits and arm answers that used
    them: they stay on record with time and reason, are counted in status and report, and are
    excluded from all results. Nothing is deleted, and no model is called: `study run` does that.
    """
    from cgr_nb.api import Study

    with Study.open(folder) as study:
        done = study.redo(
            status=statuses,
            model=models,
            arm=arms,
            dataset=datasets,
            item=items,
            since=since,
            until=until,
            reason=reason,
            dry_run=dry_run,
        )
    if as_json:
        print_json({"study": str(folder), "dry_run": dry_run, **done.to_dict()})
        return
    if done.undated:
        click.echo(
            f"{_count(done.undated, 'call')} skipped: made by a version that recorded no time"
        )
    if done.is_empty:
        click.echo("no call matches; nothing was changed")
        return
    models_of = ", ".join(f"{model} {number:,}" for model, number in done.calls.items())
    total = sum(done.calls.values())
    click.echo(
        f"{'would be superseded' if dry_run else 'superseded'}: {_count(total, 'call')}"
        f"{f' ({models_of})' if models_of else ''}, {_count(done.scaffolds, 'scaffold')},"
        f" {_count(done.executions, 'program run')}, {_count(done.rows, 'row')},"
        f" {_count(done.answers, 'arm answer')}, {_count(done.audits, 'audit')}"
    )
    if dry_run:
        click.echo("dry run: nothing was changed")
    else:
        click.echo(
            f"kept on record, excluded from results; to repeat the calls: cgr-nb study run"
            f" {quoted(folder)}"
        )
        if done.audits:
            click.echo(f"then, to audit their programs again: cgr-nb audit {quoted(folder)}")


@command.command("status")
@click.argument("folder", type=click.Path(path_type=Path))
@JSON
def status(folder: Path, as_json: bool) -> None:
    """Show the progress of the study in FOLDER."""
    from cgr_nb.api import Study
    from cgr_nb.store.served import origins, served_remarks

    with Study.open(folder) as study:
        counts = study.store.counts()
        statuses = study.rows()["assisted_status"].value_counts().to_dict()
        errors, failures = study.errors(), study.failures()
        redos, cost = study.redos(), study.cost()
        servers, about_servers = origins(study.store), served_remarks(study.store)
    if as_json:
        print_json(
            {
                **asdict(counts),
                "assisted_status": statuses,
                "errors": errors,
                "failures": failures,
                "servers": [asdict(one) for one in servers],
                "cost": cost,
                "superseded_calls": sum(sum(one.calls.values()) for one in redos),
                "redos": [asdict(one) for one in redos],
            }
        )
        return
    click.echo(f"{counts.done} of {counts.expected} rows done")
    _print_remarks(counts, errors)
    print_failures(failures)
    for line in about_servers:
        click.echo(line)
    _print_redos(redos, cost)
    print_table(("assisted status", "rows"), list(statuses.items()))


command.add_command(plan)
command.add_command(prompts)
command.add_command(import_)
command.add_command(schema)
