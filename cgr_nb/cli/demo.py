"""`cgr-nb demo`: the whole path on the models and items that come with the package."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cgr_nb.cli.output import at_work, print_json, print_next, print_summary, show_long_work

if TYPE_CHECKING:
    from cgr_nb.sandbox import Level

__all__ = ["command"]


@click.command("demo")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("cgr-demo"),
    show_default=True,
    help="Folder for the study.",
)
@click.option(
    "--per-dataset",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    help="Items of each of the nine bundled sets.",
)
@click.option(
    "--isolation",
    type=click.Choice(["strict", "partial", "limits"]),
    default="strict",
    show_default=True,
    help="Weakest sandbox level to accept; see `cgr-nb doctor`.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
def command(out: Path, per_dataset: int, isolation: Level, as_json: bool) -> None:
    """Run the bundled study, offline, and write its report.

    Nine miniature item sets, one tiny solver and one tiny generator, all from this package: it
    shows the whole path and says nothing about real models. Run again, it does only what is
    missing.
    """
    from cgr_nb.api import Study
    from cgr_nb.study import demo_config

    study = Study.run(demo_config(per_dataset, isolation), out, progress=show_long_work(as_json))
    with study:
        study.audit(progress=show_long_work(as_json))
        with at_work(as_json, "report"):
            report = study.report()
            summary, hard_coded = study.summary(), study.hard_coded_share()
    if as_json:
        print_json({"study": str(out), "report": str(report), "summary": summary.to_dict()})
    else:
        print_summary(summary, hard_coded)
        print_next(out, report=False)
        click.echo(f"report: {report}")
