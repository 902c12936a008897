"""A weight file into a registry file, and a first look at whether it answers."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from cgr_nb.blocking import run_blocking
from cgr_nb.errors import ModelError
from cgr_nb.models.backends import open_model
from cgr_nb.models.registry import Registry, card_from_gguf, card_to_toml
from cgr_nb.records import Message, ModelCard, Sampling

__all__ = ["add_to_registry", "check_model"]

_ONE_TOKEN = Sampling(max_tokens=1)


def add_to_registry(
    file: Path, registry: Path, name: str | None, roles: Iterable[str]
) -> ModelCard:
    """Describe a weight file from its own metadata and append its card to a registry file.

    Args:
        file: A whole GGUF file.
        registry: The user's registry file; made when it is not there.
        name: Name of the model; None takes the file's.
        roles: "solver", "generator" or both.

    Returns:
        The card as it stands in the file: its path starts from the registry's folder.

    Raises:
        ModelError: Not a whole GGUF file, or the name is taken.
    """
    card = card_from_gguf(file, name, roles)
    before = registry.read_text("utf-8") if registry.exists() else ""
    known = Registry.load(registry if before else None)
    if any(card.name == other.name for other in known.cards):
        raise ModelError(
            "a model of this name is there already",
            where=str(registry),
            got=f"'{card.name}'",
            fix="give another name",
        )
    card = replace(card, path=os.path.relpath(file, registry.parent))
    unfinished = registry.with_name(f"{registry.name}.making")
    unfinished.write_text(f"{before.rstrip()}\n\n{card_to_toml(card)}".lstrip(), "utf-8")
    unfinished.replace(registry)
    return card


def check_model(card: ModelCard) -> str | None:
    """Open a model, check its weights and ask it for one token.

    Returns:
        What is wrong, in one line; None when it answers.
    """

    async def ask() -> None:
        model = open_model(card)
        try:
            await model.reply([Message("user", "Answer with one letter: A or B.")], _ONE_TOKEN)
        finally:
            await model.close()

    try:
        run_blocking(ask)
    except ModelError as error:
        return str(error)
    return None
