"""What the study would take, before anything of it is here: calls, tokens, hours.

Lengths come from the templates and from the mean length of each set's items, replies from what is
assumed below; a study that has run, or models that can be tried, tell more (`cgr-nb study plan`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cgr_nb.models.arithmetic import Speed
from cgr_nb.paper.material import Part
from cgr_nb.prompts import render
from cgr_nb.records import Item
from cgr_nb.study.plan import ASKS_ASSUMED, BYTES_A_ROW

__all__ = ["ASSUMPTIONS", "Estimate", "Share", "estimate"]

CHARACTERS_A_TOKEN = 4.0
DIRECT_REPLY_TOKENS = 8.0
ASK_PROMPT_TOKENS = 80.0
ASK_REPLY_TOKENS = 24.0
SCAFFOLD_TOKENS = 450.0
BYTES_A_WEIGHT = 0.62
"""Q4_K_M, with its embeddings."""

ASSUMPTIONS = (
    f"{CHARACTERS_A_TOKEN:g} characters a token (formulas and series of numbers take more)",
    f"a direct reply has {DIRECT_REPLY_TOKENS:g} tokens, a scaffold {SCAFFOLD_TOKENS:g}",
    f"{ASKS_ASSUMED:g} asks a scaffold, of {ASK_PROMPT_TOKENS:g} + {ASK_REPLY_TOKENS:g} tokens",
    f"{BYTES_A_ROW / 1000:g} kB a row on disk; arms and re-asks not counted",
)


@dataclass(frozen=True, slots=True)
class Share:
    """What one model would be asked."""

    model: str
    kind: str
    calls: int
    prompt_tokens: int
    reply_tokens: int
    seconds: float | None
    """One call after the other; None when the size of the model is not known."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a study of some sets and models would take."""

    datasets: int
    solvers: int
    items: int
    """After the sample."""
    rows: int
    calls: int
    prompt_tokens: int
    reply_tokens: int
    hours: float | None
    """Model time, one call after the other; None when a model's size is not known."""
    disk_bytes: int
    """Of the study itself."""
    shares: tuple[Share, ...]


def estimate(parts: Sequence[Part], per_dataset: int | None, speed: Speed) -> Estimate:
    """Estimate a study.

    Args:
        parts: The sets and models of it; the first generator is the one.
        per_dataset: Sample of each set; None takes all items.
        speed: Of this machine.
    """
    sets = [part for part in parts if part.kind == "dataset"]
    solvers = [part for part in parts if part.kind == "solver"]
    generators = [part for part in parts if part.kind == "generator"][:1]
    sampled = [(part, min(part.items, per_dataset or part.items)) for part in sets]
    items = sum(count for _, count in sampled)
    rows = items * len(solvers) * len(generators)
    direct = sum(count * _prompt_tokens("direct", part) for part, count in sampled)
    wanted = sum(count * _prompt_tokens("generator", part) for part, count in sampled)
    asks = items * ASKS_ASSUMED
    shares = [
        _share(part, items, wanted, items * SCAFFOLD_TOKENS, speed) for part in generators
    ] + [
        _share(
            part,
            items + asks,
            direct + asks * ASK_PROMPT_TOKENS,
            items * DIRECT_REPLY_TOKENS + asks * ASK_REPLY_TOKENS,
            speed,
        )
        for part in (solvers if generators else [])
    ]
    seconds = [share.seconds for share in shares]
    known = [one for one in seconds if one is not None]
    return Estimate(
        datasets=len(sets),
        solvers=len(solvers),
        items=items,
        rows=rows,
        calls=sum(share.calls for share in shares),
        prompt_tokens=sum(share.prompt_tokens for share in shares),
        reply_tokens=sum(share.reply_tokens for share in shares),
        hours=sum(known) / 3600 if len(known) == len(seconds) else None,
        disk_bytes=rows * BYTES_A_ROW,
        shares=tuple(shares),
    )


def _prompt_tokens(template: str, part: Part) -> float:
    """Tokens of a prompt with an item of the set's mean length in it."""
    options = dict.fromkeys("ABCD", "")
    item = Item("", part.name, "default", "x" * part.characters, options, None)
    prompt = render(template, item)
    characters = sum(len(message.content) for message in prompt.messages)
    return characters / CHARACTERS_A_TOKEN


def _share(
    part: Part, calls: float, prompt_tokens: float, reply_tokens: float, speed: Speed
) -> Share:
    seconds = None
    if part.billions is not None:
        weights = part.billions * 1e9
        size = part.bytes or weights * BYTES_A_WEIGHT
        seconds = speed.seconds(weights, size, prompt_tokens, reply_tokens)
    return Share(
        part.name, part.kind, round(calls), round(prompt_tokens), round(reply_tokens), seconds
    )
