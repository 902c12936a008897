"""`cgr-nb prompts`: the templates that models are asked with, and copies of them to be changed."""

from __future__ import annotations

from pathlib import Path

import click

from cgr_nb.cli.full_help import FullHelpGroup
from cgr_nb.cli.output import print_json, print_table, quoted

__all__ = ["command"]

FOLDER = click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder with your own templates, which take precedence over the bundled ones.",
)


@click.group("prompts", cls=FullHelpGroup)
def command() -> None:
    """List prompt templates, and copy one to edit it."""


@command.command("list")
@FOLDER
@click.option("--profile", help="Only this profile: full, base, tiny or one of your own.")
@click.option("--json", "as_json", is_flag=True, help="Print the templates as JSON.")
def list_prompts(folder: Path | None, profile: str | None, as_json: bool) -> None:
    """List all templates with their versions, and the version that runs use."""
    from cgr_nb.prompts import template_files

    files = [one for one in template_files(folder) if profile in (None, one.profile)]
    if as_json:
        lines = [
            {
                "profile": one.profile,
                "name": one.name,
                "version": one.version,
                "bundled": one.bundled,
                "used": one.used,
                "hash": one.hash,
                "path": str(one.path),
            }
            for one in files
        ]
        print_json(lines)
        return
    print_table(
        ("profile", "name", "version", "from", "used", "hash"),
        [
            (
                one.profile,
                one.name,
                one.version,
                "bundled" if one.bundled else "yours",
                "yes" if one.used else "",
                one.hash[:12],
            )
            for one in files
        ],
    )


@command.command("copy")
@click.argument("name")
@click.option("--profile", default="full", show_default=True, help="Prompt profile of the models.")
@click.option("--version", type=int, help="Version to copy.  [default: the one that runs use]")
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("prompts"),
    show_default=True,
    help="Folder for your own templates.",
)
@click.option("--json", "as_json", is_flag=True, help="Print its path as JSON.")
def copy_prompt(name: str, profile: str, version: int | None, folder: Path, as_json: bool) -> None:
    """Copy the template NAME into your own folder, as a new version to edit."""
    from cgr_nb.prompts import copy_template

    path = copy_template(name, profile, folder, version)
    if as_json:
        print_json({"path": str(path)})
        return
    click.echo(f"edit {quoted(path)}")
    click.echo(f'to use it in a study, put prompts = "{folder}" at the top of its study.toml')
