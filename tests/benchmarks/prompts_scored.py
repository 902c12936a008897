"""Templates behind which the options' texts are scored: nothing is written and nothing read."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

from benchmarks.prompts_cells import Cell
from benchmarks.prompts_replies import standing

from cgr_nb.arms.ranking import rankings, scored_texts
from cgr_nb.arms.requests import derive_seed
from cgr_nb.errors import RequestError
from cgr_nb.models import Model
from cgr_nb.prompts import render
from cgr_nb.records import Item, Sampling

MEASURES = ("acc", "acc_norm")


async def ranked(model: Model, cell: Cell, item: Item) -> dict[str, str]:
    """Measure -> the first letter by it, behind one prompt; empty where it is too long."""
    texts = scored_texts(item.options, "texts")
    choices = list(dict.fromkeys(texts.values()))
    fields = {}
    if cell.name == "scored_listed":
        # As arm scored_ensemble with k = 1 lists them, in a study of seed 0.
        listed = choices.copy()
        random.Random(derive_seed(0, "listed", 0, item.question)).shuffle(listed)
        fields = {"listed": "; ".join(listed)}
    prompt = render(cell.name, item, cell.profile, cell.version, fields=fields)
    try:
        reply = await model.reply(prompt.messages, Sampling(16, choices=tuple(choices)))
    except RequestError:
        return {}
    assert reply.scores is not None  # these models run on this machine
    return rankings(texts, [dict(zip(choices, reply.scores, strict=True))])


async def measure_scored(model: Model, cell: Cell, items: Sequence[Item]) -> dict[str, Any]:
    """The numbers of one table row."""
    found = await asyncio.gather(*(ranked(model, cell, item) for item in items))
    return {
        **standing(items),
        "too_long": sum(not one for one in found),
        **{
            f"right_{name}": sum(
                (one.get(name),) == item.gold for one, item in zip(found, items, strict=True)
            )
            for name in MEASURES
        },
        "letters": dict(sorted(Counter(one["acc"] for one in found if one).items())),
    }
