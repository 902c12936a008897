"""`cgr-nb study`: plan, run and inspect a study."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cgr_nb.cli.full_help import FullHelpGroup
from cgr_nb.cli.output import (
    print_failures,
    print_json,
    print_remarks,
    print_table,
    quoted,
)
from cgr_nb.cli.study_options import JSON
from cgr_nb.cli.study_plan import plan
from cgr_nb.cli.study_programs import import_, prompts
from cgr_nb.cli.study_run import run
from cgr_nb.cli.study_schema import schema
from cgr_nb.cli.study_shards import fetch, merge, print_shards, publish
from cgr_nb.cli.study_submit import submit

if TYPE_CHECKING:
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


@command.command("init")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), default=Path("study.toml"))
@click.option("--items", multiple=True, help="An item file, or a glob pattern; may be repeated.")
@click.option("--solver", "solvers", multiple=True, help="A solver; may be repeated.")
@click.option("--generator", "generators", multiple=True, help="A generator; may be repeated.")
@click.option(
    "--registry",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Your own registry file, read in addition to the bundled one.  [default: models.toml next"
    " to FILE, if it exists]",
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
        if solvers and not generators:
            unnamed.append("generator")
        rest = f": name your {' and '.join(unnamed)}, then" if unnamed else "; next:"
        click.echo(f"wrote {file}{rest} `cgr-nb study plan {quoted(file)}`")
        if "generator" in unnamed:
            click.echo(
                "generator: tiny-generator, which writes programs for the bundled items only"
            )


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
@click.argument("folders", metavar="FOLDER...", nargs=-1, required=True)
@JSON
def status(folders: tuple[str, ...], as_json: bool) -> None:
    """Show the progress of the study in FOLDER, or of all its shards.

    Shards are given as their folders, as folders or addresses (s3://...) where they were published,
    or as a folder that holds several of these. Their counts are added up, and shards that are
    missing, unfinished or from another study.toml are listed.
    """
    from cgr_nb.api import Study
    from cgr_nb.report.machines import read_machines
    from cgr_nb.store.merge import is_unfinished
    from cgr_nb.store.row_counts import arm_statuses, channel_statuses
    from cgr_nb.store.served import origins, served_remarks
    from cgr_nb.study.shard_state import are_shards, shard_states

    if are_shards(folders):
        print_shards(shard_states(folders), as_json)
        return
    folder = Path(folders[0])
    with Study.open(folder) as study:
        counts = study.store.counts()
        direct, statuses = channel_statuses(study.store)
        arms = arm_statuses(study.store)
        errors, failures = study.errors(), study.failures()
        redos, cost = study.redos(), study.cost()
        servers, about_servers = origins(study.store), served_remarks(study.store)
        about_machines = read_machines(study.store).remarks
        if is_unfinished(study.store):
            about_machines.append("a merge of shards was interrupted: repeat it")
    if as_json:
        print_json(
            {
                **asdict(counts),
                "direct_status": direct,
                "assisted_status": statuses,
                "arm_status": arms,
                "errors": errors,
                "failures": failures,
                "servers": [asdict(one) for one in servers],
                "machines": about_machines,
                "cost": cost,
                "superseded_calls": sum(sum(one.calls.values()) for one in redos),
                "redos": [asdict(one) for one in redos],
            }
        )
        return
    click.echo(f"{counts.done} of {counts.expected} rows done")
    print_remarks(counts, errors)
    print_failures(failures)
    for line in (*about_servers, *about_machines):
        click.echo(line)
    _print_redos(redos, cost)
    print_table(("direct status", "rows"), list(direct.items()))
    if statuses:
        print_table(("assisted status", "rows"), list(statuses.items()))
    if arms:
        lines = [(arm, *line) for arm, counts in arms.items() for line in counts.items()]
        print_table(("arm", "status", "rows"), lines)


command.add_command(plan)
command.add_command(run)
command.add_command(submit)
command.add_command(merge)
command.add_command(publish)
command.add_command(fetch)
command.add_command(prompts)
command.add_command(import_)
command.add_command(schema)
