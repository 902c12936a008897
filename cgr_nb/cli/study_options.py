"""What several commands of `cgr-nb study` take, and where a study's file and folder are."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["CONFIG", "JSON", "OUT", "place"]

CONFIG = click.argument("config", type=click.Path(path_type=Path))
JSON = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
OUT = click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Study folder.  [default: the folder of CONFIG]",
)


def place(config: Path, out: Path | None) -> tuple[Path, Path]:
    """The study file and the study folder; CONFIG may be either."""
    file = config / "study.toml" if config.is_dir() else config
    return file, out if out is not None else file.parent
