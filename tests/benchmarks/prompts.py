"""Measure prompt templates on real models and real items: what share of first replies can be read.

    python tests/benchmarks/prompts.py all smollm2.gguf gemma-3-270m-q4_k_m.gguf
    python tests/benchmarks/prompts.py measure MODEL.gguf --profile full direct@1 direct@2+reask@2
    python tests/benchmarks/prompts.py measure MODEL.gguf --half tuned --count 40 --show 5 direct@2
    python tests/benchmarks/prompts.py ask MODEL.gguf --profile full none ask@1
    python tests/benchmarks/prompts.py page             # writes docs/benchmarks/prompts.md from prompts.json

`all` measures whatever of the plan (`prompts_plan.py`) is not in prompts.json yet, by the models
whose files are named and by the bundled ones, and writes the page; started again, it goes on where
it was. Items come from `shared/data` beside the checkout, without which nothing is measured, and
from the package. Each public set is split by a hash of item ids: templates were worded on the half
called tuned, and the other one is reported. With `--show` or `--folder` (templates under work)
`measure` and `ask` only print their figures. Models are asked greedily, in batches, as a study asks
them, and replies are read by `cgr_nb.answers`; nothing constrains the decoding.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from benchmarks.prompts_cells import (  # noqa: E402
    ALL_SETS,
    DATA,
    FIGURES,
    SETS,
    Cell,
    is_known,
    items_of,
    keep,
    known_figures,
    opened,
)
from benchmarks.prompts_generated import measure_programs, measure_twins  # noqa: E402
from benchmarks.prompts_page import PAGE, page  # noqa: E402
from benchmarks.prompts_plan import (  # noqa: E402
    SHORT,
    TINY_GENERATOR,
    TINY_SOLVER,
    WEIGHTS,
    plan,
)
from benchmarks.prompts_questions import ask_questions  # noqa: E402
from benchmarks.prompts_replies import ask_items, figures  # noqa: E402
from benchmarks.prompts_scored import measure_scored  # noqa: E402

from cgr_nb.models import Model  # noqa: E402

NEEDS: dict[str, tuple[str, ...]] = {"programs": ("right",)}
"""What figures of older measurements may lack."""


async def measured(model: Model, cell: Cell, solver: Model) -> dict[str, dict[str, Any]]:
    """Set -> the figures of a cell; template `ask` has three sets."""
    if cell.what == "ask":
        return await ask_questions(model, cell)
    items = items_of(cell.set, cell.half, cell.count)
    if cell.what == "scored":
        found = await measure_scored(model, cell, items)
    elif cell.what == "programs":
        found = await measure_programs(model, cell, items, solver)
    elif cell.what == "twins":
        found = await measure_twins(model, cell, items)
    else:
        found = figures(await ask_items(model, cell, items))
    return {cell.set: found}


async def measure_all(weights: dict[str, Path], into: Path) -> None:
    """Measure what is not on file yet."""
    bundled: dict[str, Path | str] = {name: name for name in (TINY_SOLVER, TINY_GENERATOR)}
    places = {**weights, **bundled}
    known = known_figures(into)
    cells = [
        cell
        for cell in plan()
        if cell.model in places
        and not (cell.what == "ask" and _asked(cell, known))
        and not is_known(cell, NEEDS.get(cell.what, ()), known)
    ]
    print(f"{len(cells)} to measure", flush=True)
    for name, those in groupby(cells, key=lambda cell: cell.model):
        model = opened(places[name], WEIGHTS.get(name, "tiny"))
        solver = opened(TINY_SOLVER, "tiny") if name == TINY_GENERATOR else model
        try:
            for cell in those:
                started = time.monotonic()
                for set_name, found in (await measured(model, cell, solver)).items():
                    keep({**cell.head, "set": set_name, **found}, into)
                    print(f"{name} {cell.template} {set_name} {json.dumps(found)}")
                print(f"    {time.monotonic() - started:.0f} s", flush=True)
        finally:
            await model.close()
            if solver is not model:
                await solver.close()


def _asked(cell: Cell, known: list[dict[str, Any]]) -> bool:
    head = cell.head
    return any(
        one["what"] == "ask"
        and all(one[key] == head[key] for key in ("model", "template", "half"))
        and one.get("hash", head["hash"]) == head["hash"]
        for one in known
    )


async def measure(arguments: argparse.Namespace) -> None:
    model = opened(arguments.model, arguments.profile)
    try:
        for text in arguments.templates:
            template, _, again = text.partition("+")
            for name in arguments.sets or SETS:
                cell = Cell(
                    "items",
                    arguments.model.name,
                    arguments.profile,
                    template,
                    name,
                    arguments.count,
                    again or None,
                    arguments.half,
                )
                await measure_set(model, cell, arguments)
    finally:
        await model.close()


async def measure_set(model: Model, cell: Cell, how: argparse.Namespace) -> None:
    asked = await ask_items(model, cell, items_of(cell.set, cell.half, cell.count), how.folder)
    found = figures(asked)
    print(f"{cell.profile}/{cell.template} {cell.set} {cell.half} {json.dumps(found)}", flush=True)
    for one in sorted(asked, key=lambda one: bool(one.letters))[: how.show]:
        print("   ", one.letters, repr(one.reply.text[-200:] if one.reply else None))
    if not how.show and how.folder is None:
        keep({**cell.head, **found}, how.into)


async def ask(arguments: argparse.Namespace) -> None:
    model = opened(arguments.model, arguments.profile)
    try:
        for name in arguments.templates:
            cell = Cell(
                "ask",
                arguments.model.name,
                arguments.profile,
                name,
                SHORT,
                12,
                half=arguments.half,
            )
            found = await ask_questions(model, cell, arguments.folder, arguments.show)
            print(name, arguments.half, json.dumps(found), flush=True)
            for kind, numbers in found.items():
                if not arguments.show and arguments.folder is None:
                    keep({**cell.head, "set": kind, **numbers}, arguments.into)
    finally:
        await model.close()


def main(given: Iterable[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", required=True)
    whole = commands.add_parser("all")
    whole.add_argument("weights", nargs="*", type=Path, help=f"files {', '.join(WEIGHTS)}")
    whole.add_argument("--into", type=Path, default=FIGURES, help="file of figures")
    for name in ("measure", "ask"):
        command = commands.add_parser(name)
        command.add_argument("model", type=Path)
        command.add_argument("templates", nargs="+")
        command.add_argument("--profile", default="full")
        command.add_argument("--half", choices=("tuned", "reported"), default="reported")
        command.add_argument("--into", type=Path, default=FIGURES, help="file of figures")
        command.add_argument("--folder", type=Path, help="templates under work")
        command.add_argument("--show", type=int, default=0, help="replies to print, of each set")
        if name == "measure":
            command.add_argument("--count", type=int, default=100)
            command.add_argument("--set", dest="sets", action="append", choices=ALL_SETS)
    commands.add_parser("page")
    arguments = parser.parse_args(None if given is None else list(given))
    if arguments.command in ("all", "measure") and not DATA.is_dir():
        print(f"nothing measured: there is no {DATA}")
        return 0
    if arguments.command == "all":
        weights = {path.name: path for path in arguments.weights}
        if unknown := weights.keys() - WEIGHTS.keys():
            parser.error(f"{', '.join(unknown)}: the plan knows {', '.join(WEIGHTS)}")
        asyncio.run(measure_all(weights, arguments.into))
    if arguments.command in ("measure", "ask"):
        asyncio.run(measure(arguments) if arguments.command == "measure" else ask(arguments))
        return 0
    PAGE.write_text(page(known_figures(getattr(arguments, "into", FIGURES))), "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
