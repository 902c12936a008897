"""`cgr-nb paper`: the paper's study at full size, with what of it can be had."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cgr_nb.cli.full_help import FullHelpGroup
from cgr_nb.cli.output import print_json, print_table, show_progress

if TYPE_CHECKING:
    from cgr_nb.paper import Estimate, PaperPlan

__all__ = ["command"]

FOLDER = click.argument(
    "folder", type=click.Path(file_okay=False, path_type=Path), default=Path("cgr-paper")
)
SAMPLE = click.option(
    "--per-dataset", type=click.IntRange(min=1), help="Items per dataset.  [default: 400]"
)
JSON = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")


@click.group("paper", cls=FullHelpGroup)
def command() -> None:
    """Plan, download and set up the paper's study: nine item sets, six solvers, a generator."""


@command.command("plan")
@FOLDER
@SAMPLE
@click.option(
    "--try",
    "try_models",
    is_flag=True,
    help="Time one reply of each local model (takes minutes; no endpoint is called).",
)
@JSON
def plan(folder: Path, per_dataset: int | None, try_models: bool, as_json: bool) -> None:
    """List what FOLDER has and lacks, and estimate rows, calls, tokens, hours and disk space.

    A dry run: no network access, and nothing is written.
    """
    from cgr_nb.paper import plan_paper

    found = plan_paper(folder, per_dataset, try_models=try_models)
    if as_json:
        print_json(found.to_dict())
        return
    _print_parts(found)
    _print_estimates(found)
    for part in found.parts:
        if part.rejected:
            reasons = ", ".join(f"{reason} {rows:,}" for reason, rows in part.rejected.items())
            click.echo(f"rejected rows of {part.name}: {reasons}")
    for part in found.absent:
        click.echo(f"absent: {part.kind} {part.name}: {part.why}")
        click.echo(f"    to get it: {part.get or 'manually'}")
        click.echo(f"    what is known: {part.checked}")


def _print_parts(found: PaperPlan) -> None:
    print_table(
        ("kind", "name", "present", "items", "MB"),
        [
            (
                *(part.kind, part.name, "yes" if part.present else "no"),
                f"{part.items:,}" if part.kind == "dataset" else "",
                "" if part.bytes is None else f"{part.bytes / 1e6:,.1f}",
            )
            for part in found.parts
        ],
    )


def _print_estimates(found: PaperPlan) -> None:
    click.echo()
    print_table(
        ("study", "sets", "solvers", "items", "rows", "calls", "prompt tokens", "reply tokens",
         "hours", "GB"),
        [_line("complete", found.whole), _line("present", found.here)],
    )  # fmt: skip
    click.echo(f"to download: {found.download_bytes / 1e9:.2f} GB (known sizes only)")
    basis = (
        f"based on {found.speed.tried} timed models"
        if found.speed.tried
        else "no model was timed: estimated from numpy's speed, within a factor of about three"
    )
    click.echo(f"hours: sequential calls on an otherwise idle machine; {basis}")
    for assumption in found.assumptions:
        click.echo(f"assumed: {assumption}")
    if found.problem:
        click.echo(f"a run would not start: {found.problem}")
    if found.study is not None:
        time = "not known" if found.study.seconds is None else f"{found.study.seconds / 3600:.1f} h"
        click.echo(
            f"a run now: {found.study.rows:,} rows, "
            f"{found.study.rows_done:,} done; model time {time}; "
            f"disk {found.study.disk_bytes / 1e6:,.0f} MB"
        )


def _line(name: str, found: Estimate) -> tuple[object, ...]:
    return (
        *(name, found.datasets, found.solvers, f"{found.items:,}", f"{found.rows:,}"),
        *(f"{found.calls:,}", f"{found.prompt_tokens:,}", f"{found.reply_tokens:,}"),
        "not known" if found.hours is None else f"{found.hours:,.1f}",
        f"{found.disk_bytes / 1e9:.2f}",
    )


@command.command("fetch")
@click.argument("names", nargs=-1)
@click.option(
    "--into",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("cgr-paper"),
    show_default=True,
    help="Study folder.",
)
@JSON
@click.pass_context
def fetch(ctx: click.Context, names: tuple[str, ...], folder: Path, as_json: bool) -> None:
    """Download item sets and weights by NAMES; without names, everything available.

    Repeat the command to resume. Exits with 1 if any download failed.
    """
    from cgr_nb.errors import CgrError
    from cgr_nb.paper import fetch_part, look

    parts = {part.name: part for part in look(folder)}
    for name in names:
        if name not in parts:
            raise click.BadParameter(f"'{name}' is none of {', '.join(parts)}", param_hint="NAMES")
    problems = {}
    for part in [parts[name] for name in names or parts]:
        if part.present:
            continue
        try:
            fetch_part(part, folder, show=show_progress(as_json))
        except CgrError as error:
            problems[part.name] = str(error)
            click.echo(f"cgr-nb: {error}", err=True)
        else:
            click.echo(f"fetched {part.name}", err=as_json)
    if as_json:
        print_json({"folder": str(folder), "problems": problems})
    ctx.exit(1 if problems else 0)


@command.command("init")
@FOLDER
@SAMPLE
@click.option(
    "--generator",
    "generators",
    multiple=True,
    help="Generator to use, such as an endpoint in FOLDER/models.toml.  [default: first present]",
)
@JSON
def init(folder: Path, per_dataset: int | None, generators: tuple[str, ...], as_json: bool) -> None:
    """Write a study of what FOLDER has, and record what is missing in absent.toml."""
    from cgr_nb.paper import read_absent, write_paper_study

    config = write_paper_study(folder, generators, per_dataset)
    absent = read_absent(folder)
    if as_json:
        print_json({"study": str(folder), "absent": [asdict(one) for one in absent]})
        return
    click.echo(
        f"wrote {folder / 'study.toml'}: {len(config.items.files)} item files, "
        f"{len(config.models.solvers)} solvers, {', '.join(config.models.generators)}"
    )
    for one in absent:
        click.echo(f"absent: {one.kind} {one.name}: {one.why}")
    click.echo(f"next: cgr-nb study run {folder}")
