"""`cgr-nb bench`: speed and memory, measured here and now beside named peers in one run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cgr_nb.cli.output import print_json, print_table, show_progress

if TYPE_CHECKING:
    from cgr_nb.bench.engine.workload import Replies

__all__ = ["command"]


@click.group("bench")
def command() -> None:
    """Measure speed and memory on this machine."""


@command.command("engine")
@click.option(
    "--items", type=click.IntRange(min=1), default=6, show_default=True, help="Seven calls each."
)
@click.option("--rounds", type=click.IntRange(min=1), default=1, show_default=True)
@click.option("--threads", type=click.IntRange(min=1), help="Default: each contestant's own.")
@click.option(
    "--model",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A GGUF file to measure with, instead of a random model.",
)
@click.option(
    "--busy",
    type=click.IntRange(min=0),
    is_flag=False,
    flag_value=1,
    default=0,
    help="So many processes spin beside each contestant (1).",
)
@click.option("--rival", is_flag=True, help="A second model of ours computes beside each one.")
@click.option(
    "--server",
    metavar="PATH",
    help="llama-server; default: $CGR_NB_LLAMA_SERVER, then PATH.",
)
@click.option(
    "--into",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A JSON file that rounds are added to; the table is of all that it holds.",
)
@click.option(
    "--replies",
    type=click.Choice(["mixed", "even"]),
    default="mixed",
    show_default=True,
    help="Many short and a few long ones, or any length from 1 to 64 tokens alike.",
)
@click.option("--only", multiple=True, help="A contestant that takes part; repeat for more.")
@click.option(
    "--flip-rate",
    "flips",
    type=click.IntRange(min=1),
    is_flag=False,
    flag_value=90,
    default=None,
    help="Also count how many of so many replies differ between exact and batched mode (90).",
)
@click.option("--quick", is_flag=True, help="A small model and fewer contestants: a rehearsal.")
@click.option(
    "--keep",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder where the random model stays for the next time.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the numbers as JSON.")
def engine(
    items: int,
    rounds: int,
    threads: int | None,
    model: Path | None,
    busy: int,
    rival: bool,
    server: str | None,
    into: Path | None,
    replies: Replies,
    only: tuple[str, ...],
    flips: int | None,
    quick: bool,
    keep: Path | None,
    as_json: bool,
) -> None:
    """Replies per second of the solver engine, beside llama.cpp's own ways, on a random model.

    The model has the shape of Qwen2-0.5B and is made here. llama-server takes part where it is
    found, with other numbers of slots where --only names them (server_2, server_8);
    llama-batched-bench where it is on PATH.
    """
    from cgr_nb.bench.engine import run_engine_bench
    from cgr_nb.extras import require

    require("llama_cpp", where="bench engine")

    def tell(step: str) -> None:
        if show_progress(as_json):
            click.echo(step, err=True)

    found = run_engine_bench(
        items,
        rounds,
        quick,
        flips or 0,
        keep,
        threads,
        replies,
        only,
        model,
        busy,
        rival,
        server,
        into,
        tell,
    )
    if as_json:
        print_json(found)
        return
    tables = {name: found.pop(name, []) for name in ("contestants", "rates", "flips")}
    print_table(("measure", "value"), list(found.items()))
    for lines in filter(None, tables.values()):
        click.echo()
        print_table(
            tuple(lines[0]),
            [["-" if value is None else value for value in line.values()] for line in lines],
        )


@command.command("sandbox")
@click.option(
    "--programs", type=click.IntRange(min=5), default=200, show_default=True, help="Per round."
)
@click.option("--rounds", type=click.IntRange(min=1), default=3, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the numbers as JSON.")
def sandbox(programs: int, rounds: int, as_json: bool) -> None:
    """Programs per second with three calls each, beside a fresh interpreter for each program."""
    from cgr_nb.bench.sandbox import run_bench

    found = run_bench(programs, rounds)
    if as_json:
        print_json(found)
    else:
        lines = [
            (name, "not installed" if value is None else value) for name, value in found.items()
        ]
        print_table(("measure", "value"), lines)
