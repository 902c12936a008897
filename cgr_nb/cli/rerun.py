"""`cgr-nb rerun`: a whole study as executed notebooks, unattended."""

from __future__ import annotations

from pathlib import Path

import click

from cgr_nb.cli.output import print_json, show_long_work

__all__ = ["command"]


@click.command("rerun")
@click.argument("notebooks", required=False, type=click.Path(exists=True, path_type=Path))
@click.option(
    "-p",
    "parameters",
    type=(str, str),
    multiple=True,
    metavar="NAME VALUE",
    help="Notebook parameter, such as -p config study.toml; may be repeated.",
)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("cgr-rerun"),
    show_default=True,
    help="Output folder for executed notebooks, study, report and package.",
)
@click.option("--fresh", is_flag=True, help="Also re-execute notebooks that have already run.")
@click.option("--json", "as_json", is_flag=True, help="Print the output files as JSON.")
def command(
    notebooks: Path | None,
    parameters: tuple[tuple[str, str], ...],
    out: Path,
    fresh: bool,
    as_json: bool,
) -> None:
    """Execute NOTEBOOKS (a folder's numbered ones, or one file) in order, with papermill.

    The default is the package's own notebooks: items, generation, run, results, audits, package.
    Without `-p config` they run the bundled study offline: nine item sets, six tiny solvers and a
    tiny generator. Repeat the command to resume.
    """
    from cgr_nb.notebook import (
        FOLDER,
        bundled_notebooks,
        execute_notebooks,
        notebooks_of,
        parse_value,
    )

    given = {name: _value(name, text, parse_value(text)) for name, text in parameters}
    done = execute_notebooks(
        notebooks_of(notebooks or bundled_notebooks()),
        out,
        given,
        fresh=fresh,
        progress=show_long_work(as_json),
    )
    report = out / str(given.get("folder", FOLDER)) / "report" / "index.html"
    if as_json:
        print_json(
            {
                "notebooks": [
                    {"notebook": str(one.executed), "executed": one.again} for one in done
                ],
                "report": str(report) if report.is_file() else None,
            }
        )
        return
    for one in done:
        click.echo(f"{'executed' if one.again else 'unchanged'}: {one.executed}")
    if report.is_file():
        click.echo(f"report: {report}")


def _value(name: str, text: str, value: object) -> object:
    """A study file is named from where the command stands, not from where notebooks run."""
    return str(Path(text).resolve()) if name == "config" and isinstance(value, str) else value
