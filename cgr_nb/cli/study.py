"""`cgr-nb study`: plan, run and look at a study."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cgr_nb.cli.output import print_json, print_summary, print_table, show_progress

if TYPE_CHECKING:
    from cgr_nb.store import RowCounts

__all__ = ["command"]

CONFIG = click.argument("config", type=click.Path(path_type=Path))
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")
OUT = click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the study.  [default: the folder of CONFIG]",
)


@click.group("study")
def command() -> None:
    """Plan, run and look at a study."""


def _place(config: Path, out: Path | None) -> tuple[Path, Path]:
    """The study file and the study folder; CONFIG may be either."""
    file = config / "study.toml" if config.is_dir() else config
    return file, out if out is not None else file.parent


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
        more = f" (and {len(alike) - 1} more that differ in numbers only)" if len(alike) > 1 else ""
        click.echo(f"{rows} row{'s' * (rows > 1)} failed: {example}{more}")
    if counts.superseded:
        click.echo(
            f"{counts.superseded} more rows are of items, models, prompts or settings that the"
            " study no longer has; they are in no number"
        )


@command.command("init")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), default=Path("study.toml"))
@JSON
def init(file: Path, as_json: bool) -> None:
    """Write a study FILE with every setting, its default and what it means."""
    from cgr_nb.study import write_template

    write_template(file)
    if as_json:
        print_json({"study": str(file)})
    else:
        click.echo(f"wrote {file}: name your items and models, then `cgr-nb study plan {file}`")


@command.command("plan")
@CONFIG
@OUT
@click.option("--no-try", is_flag=True, help="Do not ask models for one reply to time them.")
@JSON
def plan(config: Path, out: Path | None, no_try: bool, as_json: bool) -> None:
    """Count rows, calls, tokens, time and disk of CONFIG (a study.toml or its folder)."""
    from cgr_nb.study import StudyConfig, plan_study

    file, folder = _place(config, out)
    found = plan_study(StudyConfig.load(file), folder, try_models=not no_try)
    if as_json:
        print_json(found.to_dict())
        return
    click.echo(
        f"{found.items} items ({found.rejected} rejected), "
        f"{found.rows} rows, {found.rows_done} done"
    )
    print_table(
        ("model", "for", "calls", "prompt tokens", "reply tokens", "model time", "basis"),
        [
            (
                load.model,
                load.purpose,
                load.calls,
                load.prompt_tokens,
                load.reply_tokens,
                "not known" if load.seconds is None else f"{load.seconds:.0f} s",
                load.basis,
            )
            for load in found.loads
        ],
    )
    if found.seconds is not None:
        click.echo(f"model time: {found.seconds:.0f} s, one call after the other")
    click.echo(f"disk: {found.disk_bytes / 1e6:.1f} MB")
    for remark in found.remarks:
        click.echo(f"items: {remark}")
    for assumption in found.assumptions:
        click.echo(f"assumed: {assumption}")


@command.command("run")
@CONFIG
@OUT
@JSON
@click.pass_context
def run(ctx: click.Context, config: Path, out: Path | None, as_json: bool) -> None:
    """Do every missing row of CONFIG (a study.toml or its folder).

    Exits with 1 when not one row can be used.
    """
    from cgr_nb.handle import Study

    file, folder = _place(config, out)
    with Study.run(file, folder, progress=show_progress(as_json)) as study:
        summary, counts, errors = study.summary(), study.store.counts(), study.errors()
    if as_json:
        print_json({"study": str(folder), "summary": summary.to_dict(), "errors": errors})
    else:
        print_summary(summary)
        _print_remarks(counts, errors)
        click.echo(f"study: {folder}")
    if counts.done and not summary.retained:
        ctx.exit(1)


@command.command("status")
@click.argument("folder", type=click.Path(path_type=Path))
@JSON
def status(folder: Path, as_json: bool) -> None:
    """Tell how far the study in FOLDER is."""
    from cgr_nb.handle import Study

    with Study.open(folder) as study:
        counts = study.store.counts()
        statuses = study.rows()["assisted_status"].value_counts().to_dict()
        errors = study.errors()
    if as_json:
        print_json({**asdict(counts), "assisted_status": statuses, "errors": errors})
        return
    click.echo(f"{counts.done} of {counts.wanted} rows done")
    _print_remarks(counts, errors)
    print_table(("assisted status", "rows"), list(statuses.items()))
