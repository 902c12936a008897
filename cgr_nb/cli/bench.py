"""`cgr-nb bench`: speed and memory, measured here and now beside named peers in one run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cgr_nb.cli.full_help import FullHelpGroup
from cgr_nb.cli.output import print_json, print_table, show_progress

if TYPE_CHECKING:
    from cgr_nb.bench.engine.workload import Replies

__all__ = ["command"]


@click.group("bench", cls=FullHelpGroup)
def command() -> None:
    """Measure speed and memory on this machine."""


@command.command("engine")
@click.option(
    "--items",
    type=click.IntRange(min=1),
    default=6,
    show_default=True,
    help="Items of seven calls each.",
)
@click.option("--rounds", type=click.IntRange(min=1), default=1, show_default=True)
@click.option(
    "--threads", type=click.IntRange(min=1), help="Threads.  [default: each engine's own]"
)
@click.option(
    "--model",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Measure with this GGUF file instead of a random model.",
)
@click.option(
    "--busy",
    type=click.IntRange(min=0),
    is_flag=False,
    flag_value=1,
    default=0,
    help="Run N busy processes during each measurement (without N: 1).",
)
@click.option(
    "--rival", is_flag=True, help="Run a second model of our engine during each measurement."
)
@click.option(
    "--server",
    metavar="PATH",
    help="llama-server binary.  [default: $CGR_NB_LLAMA_SERVER, then PATH]",
)
@click.option(
    "--into",
    type=click.Path(dir_okay=False, path_type=Path),
    help="JSON file to add rounds to; the table then covers all its rounds.",
)
@click.option(
    "--replies",
    type=click.Choice(["mixed", "even"]),
    default="mixed",
    show_default=True,
    help="Reply lengths: mixed (mostly short) or even (uniform from 1 to 64 tokens).",
)
@click.option("--only", multiple=True, help="Measure only this engine; may be repeated.")
@click.option(
    "--flip-rate",
    "flips",
    type=click.IntRange(min=1),
    is_flag=False,
    flag_value=90,
    default=None,
    help="Also count how many of N replies differ between exact and batched mode (without N: 90).",
)
@click.option("--quick", is_flag=True, help="Use a small model and fewer engines, as a trial.")
@click.option(
    "--keep",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder in which to keep the random model.",
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
    """Compare the solver engine's replies per second with llama.cpp's own tools.

    Uses a randomly initialised model of the shape of Qwen2-0.5B. llama-server is included if it is
    found (with other slot counts if --only names them, as server_2 or server_8), and
    llama-batched-bench if it is on PATH.
    """
    from cgr_nb.bench.engine.run import run_engine_bench
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
    "--programs",
    type=click.IntRange(min=5),
    default=200,
    show_default=True,
    help="Programs per round.",
)
@click.option("--rounds", type=click.IntRange(min=1), default=3, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print the numbers as JSON.")
def sandbox(programs: int, rounds: int, as_json: bool) -> None:
    """Compare the sandbox's programs per second with a fresh interpreter for each program."""
    from cgr_nb.bench.sandbox import run_bench

    found = run_bench(programs, rounds)
    if as_json:
        print_json(found)
    else:
        lines = [
            (name, "not installed" if value is None else value) for name, value in found.items()
        ]
        print_table(("measure", "value"), lines)
