"""Measure generator templates on real models: which of the programs they write can be run.

    python tests/benchmarks/prompts_generated.py MODEL.gguf --profile full generator@1 generator@2

Each template is put to the same items of the reported halves (see `prompts.py`), greedily, as a
study asks its generator. What comes back is read by `cgr_nb.scaffolds` and run in the sandbox
against a solver whose every reply is "The answer is A." The figures go into prompts.json, and
`prompts.py page` shows them. Without `shared/data` beside the checkout it says so and ends.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from benchmarks.prompts import DATA, FIGURES, items_of, keep, opened  # noqa: E402

from cgr_nb import run_program  # noqa: E402
from cgr_nb.models import Model  # noqa: E402
from cgr_nb.prompts import load_template, render  # noqa: E402
from cgr_nb.records import Item, Reply, Sampling  # noqa: E402
from cgr_nb.scaffolds import extract_program  # noqa: E402

SET = "OpenBookQA"
MAX_TOKENS = 640
"""Of one program; bundled and written ones have 150 to 500."""


async def write(
    model: Model, name: str, version: int, items: list[Item], profile: str
) -> list[Reply]:
    """One reply an item, side by side."""
    sampling = Sampling(max_tokens=MAX_TOKENS, temperature=0.0)
    prompts = [render(name, item, profile, version).messages for item in items]
    return list(await asyncio.gather(*(model.reply(prompt, sampling) for prompt in prompts)))


def kind_of(item: Item, reply: Reply) -> tuple[str, bool]:
    """What became of a reply in a few words, and whether its program asked the solver."""
    source = extract_program(reply.text)
    if source is None:
        cut = reply.finish == "length"
        return "no program, cut at max_tokens" if cut else "no program", False
    outcome = run_program(source, item, lambda _: "The answer is A.", trace=False)
    return outcome.status.replace("_", " "), bool(outcome.calls)


def figures(items: list[Item], replies: list[Reply]) -> dict[str, Any]:
    """The numbers of one table row."""
    kinds = [kind_of(item, reply) for item, reply in zip(items, replies, strict=True)]
    return {
        "items": len(items),
        "programs": sum(not kind.startswith("no program") for kind, _ in kinds),
        "ok": sum(kind == "ok" for kind, _ in kinds),
        "asking": sum(asked for _, asked in kinds),
        "kinds": dict(Counter(kind for kind, _ in kinds).most_common()),
        "reply_tokens": round(sum(reply.reply_tokens for reply in replies) / len(replies), 1),
    }


async def measure(arguments: argparse.Namespace) -> None:
    items = items_of(SET, "reported", arguments.count)
    model = opened(arguments.model, arguments.profile)
    try:
        for template in arguments.templates:
            name, version = template.split("@")
            replies = await write(model, name, int(version), items, arguments.profile)
            # The sandbox is asked from this thread, which is not to be the event loop's.
            found = await asyncio.to_thread(figures, items, replies)
            print(template, found, flush=True)
            if arguments.show:
                print(*(reply.text for reply in replies[: arguments.show]), sep="\n-----\n")
                continue
            loaded = load_template(name, arguments.profile, int(version))
            entry = {
                "what": "programs",
                "model": arguments.model.name,
                "template": f"{arguments.profile}/{template}",
                "again": None,
                "hash": loaded.hash[:16],
                "profile": arguments.profile,
                "set": SET,
                "half": "reported",
            }
            keep(entry | found, FIGURES)
    finally:
        await model.close()


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("model", type=Path)
    parser.add_argument("templates", nargs="+")
    parser.add_argument("--profile", default="full")
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--show", type=int, default=0, help="replies to print; nothing is kept")
    if not DATA.is_dir():
        print(f"nothing measured: there is no {DATA}")
        return 0
    asyncio.run(measure(parser.parse_args()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
