"""`cgr-nb bench`: speed and memory, measured here and now beside named peers in one run."""

from __future__ import annotations

import click

from cgr_nb.cli.output import print_json, print_table

__all__ = ["command"]


@click.group("bench")
def command() -> None:
    """Measure speed and memory on this machine."""


@command.command("sandbox")
@click.option(
    "--programs", type=click.IntRange(min=5), default=200, show_default=True, help="Per round."
)
@click.option("--rounds", type=click.IntRange(min=1), default=3, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the numbers as JSON.")
def sandbox(programs: int, rounds: int, as_json: bool) -> None:
    """Programs per second with three calls each, beside a fresh interpreter for each program."""
    from cgr_nb.sandbox.bench import run_bench

    found = run_bench(programs, rounds)
    if as_json:
        print_json(found)
    else:
        lines = [
            (name, "not installed" if value is None else value) for name, value in found.items()
        ]
        print_table(("measure", "value"), lines)
