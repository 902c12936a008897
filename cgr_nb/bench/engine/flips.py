"""How many replies differ between modes, and with how many others are computed at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from cgr_nb.bench.engine.workload import cgr_workload
from cgr_nb.items import read_items
from cgr_nb.models.llama import LlamaModel
from cgr_nb.models.registry import Registry, card_from_gguf
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
    exact = _replies(card, base, calls, 1, {"n_threads": threads})
    again = _replies(card, base, calls[::-1], 1, {"n_threads": threads})[::-1]
    told: dict[str, Any] = {
        "model": card.name,
        "replies": len(calls),
        "exact": _differ(exact, again),
    }
    for concurrency in CONCURRENCIES:
        options = {"n_threads": threads, "mode": "batched", "parallel": concurrency}
        batched = _replies(card, base, calls, concurrency, options)
        told[f"batched_{concurrency}"] = _differ(exact, batched)
    return told


def _differ(one: Sequence[str], other: Sequence[str]) -> int:
    return sum(mine != theirs for mine, theirs in zip(one, other, strict=True))


def _replies(
    card: ModelCard, base: Path, calls: Asked, concurrency: int, options: dict[str, Any]
) -> list[str]:
    async def ask_all() -> list[str]:
        model = LlamaModel(replace(card, options={**card.options, **options}), base)
        slots = asyncio.Semaphore(concurrency)

        async def ask(messages: Sequence[Message], sampling: Sampling) -> str:
            async with slots:
                return (await model.reply(messages, sampling)).text

        try:
            return await asyncio.gather(*(ask(*call) for call in calls))
        finally:
            await model.close()

    return asyncio.run(ask_all())
