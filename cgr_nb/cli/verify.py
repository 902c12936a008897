"""`cgr-nb verify`: check a package without a model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cgr_nb.cli.output import print_json, show_long_work

if TYPE_CHECKING:
    from cgr_nb.verify import Problem, Verification

__all__ = ["command"]

MOST_SHOWN = 50


@click.command("verify")
@click.argument("package", type=click.Path(path_type=Path))
@click.option("--no-replay", is_flag=True, help="Do not re-run programs.")
@click.option(
    "--reprobe",
    is_flag=True,
    help="Also repeat every probe of the behavioural audits (tens of runs per program).",
)
@click.option(
    "--isolation",
    type=click.Choice(["strict", "partial", "limits"]),
    default="strict",
    show_default=True,
    help="Minimum sandbox isolation level for re-running programs.",
)
@click.option("--json", "as_json", is_flag=True, help="Print all findings as JSON.")
@click.pass_context
def command(
    ctx: click.Context,
    package: Path,
    no_replay: bool,
    reprobe: bool,
    isolation: str,
    as_json: bool,
) -> None:
    """Verify PACKAGE without any model.

    Checks hashes and ids, recomputes every letter, row, arm answer, audit and result, and re-runs
    every program against its recorded replies. Exits with 1 if anything does not match.
    """
    from cgr_nb.util.progress import stage_bar
    from cgr_nb.verify import verify_package

    with stage_bar(show_long_work(as_json)) as draw:
        # click.Choice has seen to it that this is one of the three levels.
        found = verify_package(
            package,
            draw,
            replay=not no_replay,
            reprobe=reprobe,
            isolation=isolation,  # type: ignore[arg-type]
        )
    if as_json:
        print_json(found.to_dict())
    else:
        _show("mismatch", found.problems)
        _show("note", found.notes)
        counts = ", ".join(f"{number:,} {name}" for name, number in found.checked.items())
        click.echo(f"checked: {counts or 'nothing'}")
        click.echo(_verdict(found))
    if not found.ok:
        ctx.exit(1)


def _verdict(found: Verification) -> str:
    if not found.ok:
        return f"NOT VERIFIED: {len(found.problems):,} mismatches"
    if found.not_rechecked:
        return f"verified, except for what is not installed here: {', '.join(found.not_rechecked)}"
    return "verified"


def _show(word: str, entries: Sequence[Problem]) -> None:
    for entry in entries[:MOST_SHOWN]:
        click.echo(f"{word}: {entry.where}: {entry.what}")
    if len(entries) > MOST_SHOWN:
        click.echo(f"{word}: {len(entries) - MOST_SHOWN:,} more; --json lists all")
