"""`cgr-nb items`: look at item files before a study uses them."""

from __future__ import annotations

from pathlib import Path

import click

from cgr_nb.cli.output import print_json

__all__ = ["command"]


@click.group("items")
def command() -> None:
    """Check item files."""


@command.command("check")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--adapter", help="Read all files with this adapter instead of guessing.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
@click.pass_context
def check(ctx: click.Context, files: tuple[Path, ...], adapter: str | None, as_json: bool) -> None:
    """Read FILES and count what becomes an item and what is rejected, by reason.

    Exits with 1 when a file can't be read or gives no item.
    """
    from cgr_nb.items import check_items, format_check

    found = check_items(files, adapter)
    if as_json:
        print_json(found.to_dict())
    else:
        click.echo(format_check(found))
    usable = all(file.error is None and file.accepted for file in found.files)
    ctx.exit(0 if usable else 1)
