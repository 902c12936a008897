"""Item -> messages.

Rendering works from what a model may see (`Shown`), so gold and origin can't slip into a prompt.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cgr_nb.errors import PromptError
from cgr_nb.prompts.template import Template, load_template
from cgr_nb.prompts.trimmed import trimmed
from cgr_nb.records import Item, Message

__all__ = ["RenderedPrompt", "Shown", "render", "render_reask", "shown"]


@dataclass(frozen=True, slots=True)
class Shown:
    """The part of an item that a model may see."""

    question: str
    options: Mapping[str, str]
    """Letter -> text, in presented order."""
    context: str | None


@dataclass(frozen=True, slots=True)
class RenderedPrompt:
    """Messages for one model call, and the template they came from."""

    messages: tuple[Message, ...]
    name: str
    version: int
    hash: str
    """SHA-256 of the template's bytes and of what it quotes, 64 hex digits."""
    profile: str = "full"

    def following(self, turns: Sequence[Message]) -> RenderedPrompt:
        """The same as what is said next in a conversation.

        Args:
            turns: The conversation so far. A system turn stands at its start or nowhere, so that of
                the prompt is left out.
        """
        own = tuple(message for message in self.messages if message.role != "system")
        return replace(self, messages=(*turns, *own))


def shown(item: Item) -> Shown:
    """The gold-free view of an item: question, options and context, nothing else; each without
    the white space around it."""
    return Shown(
        trimmed(item.question),
        {letter: trimmed(text) for letter, text in item.options.items()},
        None if item.context is None else trimmed(item.context),
    )


_RENDERED: dict[tuple[object, ...], RenderedPrompt] = {}
"""The last prompts, by all that they are made of: every solver is asked the same."""
_MOST_RENDERED = 1_024


def render(
    name: str,
    item: Item,
    profile: str = "full",
    version: int | None = None,
    folder: Path | None = None,
    fields: Mapping[str, str] | None = None,
    order: int | None = None,
) -> RenderedPrompt:
    """Fill one template with one item.

    Args:
        name: Template name: "direct", "generator" or the user's own.
        item: The item; its gold, dataset, id and meta are not looked at.
        profile: Prompt profile of the model (`ModelCard.prompts`).
        version: Template version; None takes the newest.
        folder: The user's templates, looked at before the bundled ones.
        fields: Values of fields beside those of an item.
        order: Seed of the order of its worked examples; None: as the file has them.

    Raises:
        PromptError: The template is missing or malformed, or the item has no options.
    """
    own = dict(fields or {})
    template = load_template(name, profile, version, folder, tuple(own))
    about = (item.question, tuple(item.options.items()), item.context)
    key = (name, profile, template.version, template.hash, about, tuple(own.items()), order)
    known = _RENDERED.get(key)
    if known is None:
        if len(_RENDERED) >= _MOST_RENDERED:
            _RENDERED.clear()
        ordered = template if order is None else template.reordered(order)
        known = _RENDERED[key] = _rendered(ordered, shown(item), own)
    return known


def render_reask(
    item: Item,
    messages: Sequence[Message],
    bad_reply: str,
    profile: str = "full",
    version: int | None = None,
    folder: Path | None = None,
    name: str = "reask",
) -> RenderedPrompt:
    """Continue a conversation whose reply held no letter: that reply as it was, then the re-ask.

    Args:
        item: What is asked about.
        messages: The conversation so far, which ends with a user turn.
        bad_reply: The reply that held no letter.
        profile: Of the model.
        version: Of the template; None: the newest.
        folder: The study's own templates.
        name: The template.

    Raises:
        PromptError: As `render`, or the conversation does not end with a user turn.
    """
    if not messages or messages[-1].role != "user":
        raise PromptError(
            "a re-ask continues a conversation that ends with a user turn",
            got=f"'{messages[-1].role}'" if messages else "no messages",
        )
    asked = _rendered(load_template(name, profile, version, folder), shown(item))
    # A system turn is only allowed at the start, and the conversation has had its own.
    tail = tuple(message for message in asked.messages if message.role == "user")
    turns = (*messages, Message("assistant", bad_reply), *tail)
    return RenderedPrompt(turns, asked.name, asked.version, asked.hash, asked.profile)


def _rendered(
    template: Template, view: Shown, own: Mapping[str, str] | None = None
) -> RenderedPrompt:
    if not view.options:
        raise PromptError(
            "the item has no options", where=f"template '{template.name}'", got=view.question[:60]
        )
    messages = template.fill({**_fields(view), **(own or {})})
    return RenderedPrompt(
        messages, template.name, template.version, template.hash, template.profile
    )


def _fields(view: Shown) -> dict[str, str]:
    letters = list(view.options)
    *some, last = letters
    return {
        "question": view.question,
        "options": "\n".join(f"{letter}) {text}" for letter, text in view.options.items()),
        "context_block": f"{view.context}\n" if view.context else "",
        "letters": f"{', '.join(some)} or {last}" if some else last,
    }
