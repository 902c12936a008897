"""How many replies differ between modes, and with how many others are computed at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from cgr_nb.bench.engine.workload import cgr_workload
from cgr_nb.items import read_items
from cgr_nb.models.llama import LlamaModel
from cgr_nb.models.registry import Registry, card_from_gguf
from cgr_nb.models.worker.placement import Placement
from cgr_nb.prompts import render
from cgr_nb.records import Item, Message, ModelCard, Sampling
from cgr_nb.util.bundled import bundled_folder

__all__ = ["flip_rates"]

CONCURRENCIES = (1, 4, 16)

Asked = list[tuple[Sequence[Message], Sampling]]


def flip_rates(random_model: Path, threads: int, items: int) -> list[dict[str, Any]]:
    """Ask every bundled model and a random one the same things in exact and in batched mode.

    Args:
        random_model: A GGUF file of random weights, whose replies hang on the last bit.
        threads: For all models.
        items: Bundled items for each solver, a quarter of them for each generator; as many calls
            of the CGR workload for the random model.

    Returns:
        For each model: name, kind, replies, and how many of them differ from the exact ones: run
        again ("exact"), and in batched mode at each concurrency ("batched_1" ...).
    """
    found = []
    for card in Registry.load().cards:
        if card.backend == "llama_cpp":
            found.append(_flips(card, bundled_folder("models"), _study_calls(card, items), threads))
    card = replace(card_from_gguf(random_model), context_tokens=1024)
    calls: Asked = [
        (call.messages, Sampling(max_tokens=call.max_tokens))
        for call in cgr_workload(items // 7 + 1)
    ]
    found.append(_flips(card, Path(), calls[:items], threads))
    return found


def _study_calls(card: ModelCard, items: int) -> Asked:
    """What a study asks this model first."""
    solver = "solver" in card.roles
    template, sampling = ("direct", Sampling(max_tokens=48)) if solver else (
        "generator", Sampling(max_tokens=256, temperature=0.7, seed=1)
    )  # fmt: skip
    chosen = _items()[: items if solver else max(1, items // 4)]
    return [(render(template, item, card.prompts).messages, sampling) for item in chosen]


def _items() -> list[Item]:
    """Bundled items, one of each file in turn."""
    files = sorted(bundled_folder("items").glob("*.jsonl"))
    sets = [read_items(file).items for file in files]
    return [item for row in zip(*sets, strict=False) for item in row]


def _flips(card: ModelCard, base: Path, calls: Asked, threads: int) -> dict[str, Any]:
    return asyncio.run(_compared(card, base, calls, threads))


async def _compared(card: ModelCard, base: Path, calls: Asked, threads: int) -> dict[str, Any]:
    # A model is loaded for each time that it is asked. All are in one process, which lasts as long
    # as the first of them.
    placement = Placement(share=True)

    @asynccontextmanager
    async def opened(**options: object) -> AsyncIterator[LlamaModel]:
        chosen = {**card.options, "n_threads": threads, **options}
        model = LlamaModel(replace(card, options=chosen), base, placement)
        try:
            yield model
        finally:
            await model.close()

    async with opened() as model:
        exact = await _replies(model, calls, 1)
        async with opened() as model:
            again = (await _replies(model, calls[::-1], 1))[::-1]
        told: dict[str, Any] = {
            "model": card.name,
            "replies": len(calls),
            "exact": _differ(exact, again),
        }
        for concurrency in CONCURRENCIES:
            async with opened(mode="batched", parallel=concurrency) as model:
                batched = await _replies(model, calls, concurrency)
            told[f"batched_{concurrency}"] = _differ(exact, batched)
    return told


def _differ(one: Sequence[str], other: Sequence[str]) -> int:
    return sum(mine != theirs for mine, theirs in zip(one, other, strict=True))


async def _replies(model: LlamaModel, calls: Asked, concurrency: int) -> list[str]:
    slots = asyncio.Semaphore(concurrency)

    async def ask(messages: Sequence[Message], sampling: Sampling) -> str:
        async with slots:
            return (await model.reply(messages, sampling)).text

    return await asyncio.gather(*(ask(*call) for call in calls))
