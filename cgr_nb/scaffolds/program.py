"""A scaffold: the record of what a generator wrote for an item, and the ids of its parts."""

from __future__ import annotations

from functools import lru_cache

from cgr_nb.prompts import RenderedPrompt
from cgr_nb.records import Item, ModelCard, Scaffold, content_id
from cgr_nb.scaffolds.extracting import extract_program

__all__ = ["make_scaffold", "program_id", "scaffold_id"]


@lru_cache(maxsize=4_096)
def program_id(source: str) -> str:
    """Content hash of a program's text."""
    return content_id("program", source)


def scaffold_id(item: Item, call_id: str) -> str:
    """Content hash of an item and the call that asked for its scaffold.

    The call stands for generator, prompt, sampling and seed, so the id is known before the reply.
    """
    return _scaffold_id(item.id, call_id)


@lru_cache(maxsize=4_096)
def _scaffold_id(item_id: str, call_id: str) -> str:
    return content_id("scaffold", item_id, call_id)


def make_scaffold(
    item: Item,
    card: ModelCard,
    prompt: RenderedPrompt,
    reply: str | None,
    *,
    call_id: str,
    seed: int,
) -> Scaffold:
    """Make the record of what a generator wrote for an item.

    Args:
        item: The item; only its id is used.
        card: The generator.
        prompt: The prompt it was given.
        reply: Its reply; None when the call failed.
        call_id: The call's id.
        seed: The call's seed.
    """
    source = None if reply is None else extract_program(reply)
    return Scaffold(
        id=scaffold_id(item, call_id),
        item_id=item.id,
        generator=card.name,
        program_id=None if source is None else program_id(source),
        source=source,
        call_id=call_id,
        prompt_hash=prompt.hash,
        seed=seed,
    )
