"""`cgr-nb study prompts` and `cgr-nb study import`: programs that are written elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cgr_nb.cli.output import print_json, quoted

if TYPE_CHECKING:
    from cgr_nb.study import Imported, PromptFormat

__all__ = ["import_", "prompts"]

_JSON = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
_STUDY = click.option(
    "--study",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Study folder.  [default: the folder of CONFIG]",
)
_SHOWN = 20


def _located(config: Path, folder: Path | None) -> tuple[Path, Path]:
    """The study file and the study folder; CONFIG may be either."""
    file = config / "study.toml" if config.is_dir() else config
    return file, file.parent if folder is None else folder


@click.command("prompts")
@click.argument("config", type=click.Path(path_type=Path), default=Path())
@_STUDY
@click.option(
    "--format",
    "form",
    type=click.Choice(("openai-batch", "jsonl")),
    default="jsonl",
    show_default=True,
    help="openai-batch: files for OpenAI's Batch API and compatible servers.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File to write; a batch that is too large is split.  [default: stdout]",
)
@click.option("--model", help="Model name in a batch.  [default: from the model card]")
@_JSON
def prompts(
    config: Path,
    folder: Path | None,
    form: PromptFormat,
    out: Path | None,
    model: str | None,
    as_json: bool,
) -> None:
    """Write the generator prompts of CONFIG that have no reply yet.

    CONFIG is a study.toml or its folder (default: the current folder). Each line has a custom_id by
    which `study import` matches replies to prompts.
    """
    from cgr_nb.study import StudyConfig, missing_prompts, prompt_lines, write_prompts

    file, place = _located(config, folder)
    found = missing_prompts(StudyConfig.load(file), place)
    if out is None:
        lines = [line.decode() for line in prompt_lines(found, form, model)]
        if as_json:
            print_json({"prompts": len(found), "format": form, "files": [], "lines": lines})
        else:
            click.echo("".join(lines), nl=False)
        return
    files = write_prompts(found, form, out, model)
    if as_json:
        print_json({"prompts": len(found), "format": form, "files": list(map(str, files))})
        return
    if not found:
        click.echo("every prompt has a reply; nothing was written")
        return
    click.echo(f"{len(found):,} prompt{'s' * (len(found) != 1)}: {', '.join(map(str, files))}")
    there = "" if folder is None else f" --study {quoted(folder)}"
    click.echo(f"once you have the replies: cgr-nb study import {quoted(config)}{there} FILE...")


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@_STUDY
@click.option(
    "--generator",
    metavar="NAME",
    help="Generator the programs belong to, if the study has several and a file names only items.",
)
@click.option(
    "--writer", metavar="NAME", help="Author of the programs, if a file does not state it."
)
@_JSON
@click.pass_context
def import_(
    ctx: click.Context,
    files: tuple[Path, ...],
    folder: Path | None,
    generator: str | None,
    writer: str | None,
    as_json: bool,
) -> None:
    """Import programs written outside the study.

    The first of FILES may be the CONFIG, a study.toml or its folder (default: the current folder).
    Every other is the output of a batch, JSON Lines with `custom_id` or `item_id` and `program` or
    `reply`, a `.py` file named after its item id, or a folder of such files. Recorded replies are
    never overwritten, and repeating an import is safe.

    Exits with 1 if any line was not imported (provider error, different reply on record, unknown
    item, unreadable). The other lines are imported.
    """
    from cgr_nb.study import StudyConfig, import_programs

    config, rest = (files[0], files[1:]) if _is_study(files[0]) else (Path(), files)
    file, place = _located(config, folder)
    done = import_programs(StudyConfig.load(file), place, rest, generator=generator, writer=writer)
    if as_json:
        print_json({"study": str(place), **done.to_dict()})
    else:
        _print(done, place)
    if not done.is_whole:
        ctx.exit(1)


def _is_study(path: Path) -> bool:
    return path.suffix == ".toml" or (path / "study.toml").is_file()


def _print(done: Imported, folder: Path) -> None:
    from cgr_nb.study import OUTCOMES

    for file in done.files:
        click.echo(f"{file.file}: {file.lines:,} line{'s' * (file.lines != 1)}")
        for outcome, words in OUTCOMES.items():
            if number := file.outcomes.get(outcome, 0):
                click.echo(f"  {number:,} {words}")
    for line in done.left_out[:_SHOWN]:
        click.echo(f"{line.where}: {line.outcome.replace('_', ' ')}: {line.why}")
    if len(done.left_out) > _SHOWN:
        click.echo(f"and {len(done.left_out) - _SHOWN:,} more; --json lists all")
    if done.missing:
        click.echo(f"{done.missing:,} prompts still have no reply: cgr-nb study prompts")
    click.echo(f"to continue: cgr-nb study run {quoted(folder)}")
