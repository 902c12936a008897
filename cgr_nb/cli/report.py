"""`cgr-nb report`: the report of a study, as one HTML file."""

from __future__ import annotations

from pathlib import Path

import click

from cgr_nb.cli.output import at_work, print_json

__all__ = ["command"]


@click.command("report")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "-o",
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write.  [default: FOLDER/report/index.html]",
)
@click.option("--json", "as_json", is_flag=True, help="Print path and summary as JSON.")
def command(folder: Path, out: Path | None, as_json: bool) -> None:
    """Write the report of the study in FOLDER as one self-contained HTML file."""
    from cgr_nb.api import Study
    from cgr_nb.report.content import without_charts

    with Study.open(folder) as study:
        with at_work(as_json, "report"):
            path = study.report(out)
        for line in study.arm_remarks():
            click.echo(line, err=True)
        if (why := without_charts()) is not None:
            click.echo(f"without charts: {why}", err=True)
        if as_json:
            print_json({"report": str(path), "summary": study.summary().to_dict()})
        else:
            click.echo(f"report: {path}")
