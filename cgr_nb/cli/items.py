"""`cgr-nb items`: fetch item files, and look at them before a study uses them."""

from __future__ import annotations

import tomllib
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cgr_nb.cli.full_help import FullHelpGroup
from cgr_nb.cli.output import print_json, print_table, show_progress
from cgr_nb.errors import ConfigError

if TYPE_CHECKING:
    from cgr_nb.items import DatasetSource

__all__ = ["command"]


@click.group("items", cls=FullHelpGroup)
def command() -> None:
    """Check and download item files."""


@command.command("check")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--adapter", help="Use this adapter for all files instead of detecting it.")
@click.option(
    "--columns",
    help='Column mapping, as in study.toml: \'{ question = "stem", options = ["o1", "o2"],'
    ' gold = "key" }\'.',
)
@click.option("--dataset", help="Dataset name of all items.")
@click.option(
    "--gold-base",
    type=click.IntRange(0, 1),
    help="Whether positions in the answer column count from 0 or 1.",
)
@click.option("--gold", type=click.Choice(["none"]), help="Accept files without gold answers.")
@click.option(
    "--option-labels",
    type=click.Choice(["written", "position", "text"]),
    help="How to interpret option labels that are out of order.",
)
@click.option("--encoding", help="Text encoding of the files, such as cp1252.")
@click.option("--questions", metavar="FIELD", help="Field with a list of questions in each row.")
@click.option(
    "--context-tokens", type=int, help="Report items that exceed this many prompt tokens."
)
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
@click.pass_context
def check(
    ctx: click.Context,
    files: tuple[Path, ...],
    adapter: str | None,
    columns: str | None,
    context_tokens: int | None,
    as_json: bool,
    dataset: str | None,
    gold_base: int | None,
    gold: str | None,
    option_labels: str | None,
    encoding: str | None,
    questions: str | None,
) -> None:
    """Read item FILES and count accepted and rejected rows, by reason.

    Exits with 1 if a file is unreadable, yields no item, or states no answers.
    """
    from cgr_nb.items import check_items, format_check

    found = check_items(
        files,
        adapter,
        columns=_columns(columns),
        context_tokens=context_tokens,
        dataset=dataset,
        gold_base=gold_base,
        gold=gold,
        option_labels=option_labels,
        encoding=encoding,
        questions=questions,
    )
    if as_json:
        print_json(found.to_dict())
    else:
        click.echo(format_check(found))
    usable = all(file.error is None and file.accepted for file in found.files)
    ctx.exit(0 if usable else 1)


@command.command("fetch")
@click.argument("names", nargs=-1)
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("items"),
    show_default=True,
    help="Target folder, with one subfolder for each item set.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@click.pass_context
def fetch(ctx: click.Context, names: tuple[str, ...], into: Path, as_json: bool) -> None:
    """Download public item sets by NAMES; without names, list them.

    Exits with 1 if any download failed.
    """
    from cgr_nb.hub import DownloadError
    from cgr_nb.items import dataset_source, dataset_sources, fetch_dataset

    if not names:
        sources = dataset_sources().values()
        if as_json:
            print_json([asdict(source) for source in sources])
            return
        print_table(
            ("name", "rows", "access", "licence", "page"),
            [
                (source.name, source.rows, _access(source), source.licence, source.page)
                for source in sources
            ],
        )
        return
    found: dict[str, object] = {}
    failed = False
    for source in [dataset_source(name) for name in names]:
        try:
            got = fetch_dataset(source, into, show=show_progress(as_json))
        except DownloadError as error:
            failed = True
            found[source.name] = {"error": str(error)}
            click.echo(f"cgr-nb: {error}", err=True)
            continue
        found[source.name] = {"files": [str(one.path) for one in got]}
        if not as_json:
            click.echo(f"{source.name}: {', '.join(str(one.path) for one in got)}")
    if as_json:
        print_json(found)
    ctx.exit(1 if failed else 0)


def _columns(text: str | None) -> dict[str, Any] | None:
    """Read an inline table of TOML."""
    if text is None:
        return None
    try:
        found = tomllib.loads(f"columns = {text}")["columns"]
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(
            f"--columns is no inline table of TOML: {error}",
            got=text,
            fix='write it as in study.toml: \'{ question = "stem", gold = "key" }\'',
        ) from error
    if not isinstance(found, dict):
        raise ConfigError("--columns is a table", got=text)
    return found


def _access(source: DatasetSource) -> str:
    if not source.files:
        return "manual"
    return "gated" if source.gated else "free"
