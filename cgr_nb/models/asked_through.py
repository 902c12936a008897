"""What a model that was just added is asked through: whether that is known, and naming it."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from cgr_nb.errors import ModelError
from cgr_nb.models.gguf import read_head
from cgr_nb.models.known_templates import KNOWN, how_to_give_one, template_source
from cgr_nb.models.registry import card_to_toml
from cgr_nb.models.weights import find_weights
from cgr_nb.records import ModelCard
from cgr_nb.util.atomic_write import write_text

__all__ = ["ask_through", "lacks_template"]


def lacks_template(card: ModelCard, base: Path) -> str | None:
    """What to do about a model that can't be asked, for want of a chat template; None where it can.

    Args:
        card: A card of a weight file; of other models nothing is said.
        base: Folder that its path starts from.

    Raises:
        ModelError: Its weight file can't be read.
    """
    if card.backend != "llama_cpp" or card.chat_template is not None:
        return None
    if read_head(find_weights(card, base)).chat_template is not None:
        return None
    return f"the file holds no chat template, so nothing can be asked yet; {how_to_give_one()}"


def ask_through(
    card: ModelCard, registry: Path, chat_template: str | None, prompts: str | None
) -> ModelCard:
    """Write into a registry file what a model is asked through.

    Args:
        card: As it stands in the file.
        registry: The file.
        chat_template: A known template, or a file (a relative path starts from the current
            folder); None leaves what is there.
        prompts: Prompt profile; None leaves what is there.

    Returns:
        The card as it stands there now.

    Raises:
        ModelError: The template can't be read or used, or the card is not in the file.
    """
    named = card
    if chat_template is not None:
        if chat_template not in KNOWN:
            chat_template = os.path.relpath(chat_template, registry.parent)
        named = replace(named, options={**card.options, "chat_template": chat_template})
    if prompts is not None:
        named = replace(named, prompts=prompts)
    source = template_source(named, registry.parent, None) if named.chat_template else ""
    if source:
        from cgr_nb.models.chat import ChatTemplate  # with jinja2, which takes long to import

        ChatTemplate(source, name=f"chat template {named.chat_template}")
    text, old = registry.read_text("utf-8"), card_to_toml(card)
    if old not in text:
        raise ModelError("the card is not in the registry", where=str(registry), got=card.name)
    write_text(registry, text.replace(old, card_to_toml(named)))
    return named
