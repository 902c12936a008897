"""`cgr-nb study schema`: what an editor needs to complete and check a study file."""

from __future__ import annotations

import json
from pathlib import Path

import click

from cgr_nb.cli.output import print_json
from cgr_nb.util.atomic_write import write_text

__all__ = ["schema"]


@click.command("schema")
@click.option("--registry", is_flag=True, help="The schema of a registry file of models instead.")
@click.option(
    "-o",
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write it into.  [default: it is printed]",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def schema(registry: bool, out: Path | None, as_json: bool) -> None:
    """Print the JSON schema of a study file: its keys, their kinds, ranges, defaults and meaning.

    Editors that know the first line "#:schema ./study.schema.json" then complete and check a study
    file as it is written.
    """
    from cgr_nb.models import registry_schema
    from cgr_nb.study import study_schema

    made = registry_schema() if registry else study_schema()
    if out is None:
        print_json(made)
        return
    write_text(out, json.dumps(made, indent=2) + "\n")
    if as_json:
        print_json({"schema": str(out)})
    else:
        click.echo(f'wrote {out}: name it in the first line of the file, "#:schema ./{out.name}"')
