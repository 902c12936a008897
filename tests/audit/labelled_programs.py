"""The labelled corpus of `fixtures/programs`, and both audits of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cgr_nb.audit.probes.dependence import Dependence, probe_program
from cgr_nb.records import Ask, Item
from cgr_nb.sandbox import Sandbox
from cgr_nb.util.parallel import in_parallel

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures"
AT_ONCE = 4


@dataclass(frozen=True)
class Labelled:
    """One program with its item and what a reader says of it."""

    id: str
    item: Item
    label: str
    kind: str
    source: str
    asks: tuple[Ask, ...]
    drawn: bool
    half: str | None = None
    """Of the strict formats: "seen", or "unseen" when the rules were made."""
    format: str | None = None


def read_corpus(name: str = "programs") -> list[Labelled]:
    """All labelled programs of a file: "programs", "second" or "strict"."""
    items = {}
    for path in sorted((FIXTURES / "items").glob("mini-*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            row = json.loads(line)
            fields = (row["id"], row["dataset"], row["config"], row["question"], row["options"])
            items[row["id"]] = Item(*fields, gold=None)
    lines = (FIXTURES / "programs" / f"{name}.jsonl").read_text("utf-8").splitlines()
    return [_labelled(json.loads(line), items) for line in lines]


def _labelled(row: dict, items: dict[str, Item]) -> Labelled:
    asks = tuple(
        Ask(place, prompt, (), None, None, reply, None)
        for place, (prompt, reply) in enumerate(row["asks"])
    )
    drawn = row["origin"]["by"] != "hand"
    if "item" in row:
        own = row["item"]
        item = Item(own["id"], "strict", "default", own["question"], own["options"], gold=None)
    else:
        item = items[row["item_id"]]
    said = (row["id"], item, row["label"], row["kind"], row["source"], asks, drawn)
    return Labelled(*said, row.get("half"), row.get("format"))


def probe_all(programs: Sequence[Labelled]) -> dict[str, Dependence]:
    """The behavioural audit of many programs, in one sandbox.

    Raises:
        IsolationError: Programs can't be isolated on this machine.
    """
    found = {}

    async def work() -> None:
        async with Sandbox() as sandbox:

            async def probe(one: Labelled) -> None:
                found[one.id] = await probe_program(sandbox, one.source, one.item, one.asks)

            await in_parallel(programs, probe, AT_ONCE)

    asyncio.run(work())
    return found
