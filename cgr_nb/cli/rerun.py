"""`cgr-nb rerun`: a whole study as an executed notebook, without a person."""

from __future__ import annotations

from pathlib import Path

import click

from cgr_nb.cli.output import print_json, show_progress

__all__ = ["command"]


@click.command("rerun")
@click.argument("config", required=False, type=click.Path(exists=True, path_type=Path))
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("cgr-rerun"),
    show_default=True,
    help="Folder for the executed notebook, and for the study when there is no CONFIG.",
)
@click.option(
    "--per-dataset",
    type=click.IntRange(min=1),
    default=20,
    show_default=True,
    help="Items of each bundled set, when there is no CONFIG.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the paths as JSON.")
def command(config: Path | None, out: Path, per_dataset: int, as_json: bool) -> None:
    """Execute notebooks/study.ipynb with papermill: on CONFIG, or on the bundled study."""
    from cgr_nb.notebook import execute_study_notebook

    notebook = execute_study_notebook(config, out, per_dataset, show_progress(as_json))
    if as_json:
        print_json({"notebook": str(notebook)})
    else:
        click.echo(f"notebook: {notebook}")
