"""`cgr-nb study schema`: what an editor needs to complete and check a study file."""

from __future__ import annotations

import json
from pathlib import Path

import click

from cgr_nb.cli.output import print_json
from cgr_nb.util.atomic_write import write_text

__all__ = ["schema"]


@click.command("schema")
@click.option("--registry", is_flag=True, help="Print the schema of a model registry file instead.")
@click.option(
    "-o",
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write.  [default: stdout]",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def schema(registry: bool, out: Path | None, as_json: bool) -> None:
    """Print the JSON Schema of study.toml: keys, types, ranges, defaults and descriptions.

    Editors that support the first line "#:schema ./study.schema.json" then complete and validate a
    study file while you edit it.
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
        click.echo(f'wrote {out}; put "#:schema ./{out.name}" in the first line of the file')
