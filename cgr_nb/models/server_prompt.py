"""The text that a model behind a server is asked to go on with, where a server scores texts.

A server that tells log-probabilities of a prompt does so of plain texts, so the conversation is
written out here, by the chat template that the card names (`chat_template`, or "base" for a model
of that profile; see `known_templates`). The token that begins a sequence is left to the server's
tokeniser. Arguments of a template go into option `template`; one whose turns end in `eos_token`
needs it there, such as { eos_token = "</s>" } ("mistral" knows its own).

A server reads control tokens wherever their texts stand, so a conversation that talks of one is
refused: it would reach the model as another conversation. Which texts they are is seen from what
the template writes around turns.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cgr_nb.errors import ModelError, RequestError
from cgr_nb.models.known_templates import KNOWN, how_to_give_one, stop_texts, template_source
from cgr_nb.records import BASE_PROFILE, Message, ModelCard
from cgr_nb.thoughts import closing_text

if TYPE_CHECKING:
    from cgr_nb.models.chat import ChatTemplate

__all__ = ["ServerPrompt", "ServerTemplate"]

_CONTROL = re.compile(
    r"<\|[^|<>\s]{1,64}\|>|<｜[^｜<>]{1,64}｜>|<(?:start|end)_of_turn>|</?s>|<(?:bos|eos)>"
    r"|\[/?[A-Z]{2,20}(?:_[A-Z]{2,20}){0,3}\]"
)
_KNOWN_ENDS = {"mistral": "</s>"}
_TRIED = (
    (Message("user", "one"), Message("assistant", "two"), Message("user", "three")),
    (Message("system", "nought"), Message("user", "one")),
)


@dataclass(frozen=True, slots=True)
class ServerPrompt:
    """One conversation, written out."""

    text: str
    tail: str
    """What of it stands behind its last control token."""


class ServerTemplate:
    """The chat template of a card, for its server."""

    def __init__(self, card: ModelCard, base: Path, arguments: Any = None) -> None:  # noqa: ANN401
        """Compile it.

        Args:
            card: The model.
            base: Folder that a relative path starts from.
            arguments: Option `template` of the card: variables for the template.

        Raises:
            ModelError: The card names none, or one that can't be used.
        """
        if card.chat_template is None:
            raise ModelError(
                "scoring texts requires rendering the prompt locally, but the card names no chat"
                " template",
                where=f"model '{card.name}'",
                fix=how_to_give_one(),
            )
        source = template_source(card, base, None)
        eos = _KNOWN_ENDS.get(card.chat_template, "")
        name = f"chat template of '{card.name}'"

        # Most studies have no such server, and jinja2 takes long to import.
        from cgr_nb.models.chat import ChatTemplate

        def compiled(control: tuple[str, ...]) -> ChatTemplate:
            return ChatTemplate(source, eos=eos, control=control, arguments=arguments, name=name)

        is_base = card.chat_template == BASE_PROFILE
        stops = stop_texts(card)
        plain = compiled(())
        written = "".join(_written(plain, turns) for turns in _TRIED)
        known = () if is_base else stops
        self._template = compiled((*known, *dict.fromkeys(_CONTROL.findall(written))))
        self.end = stops[0] if stops and card.chat_template in KNOWN else ""
        """The text with which a reply ends; "" where it is not known."""
        if card.chat_template in _KNOWN_ENDS:
            self.end = eos

    def prompt(self, messages: tuple[Message, ...]) -> ServerPrompt:
        """Write a conversation out, up to where the reply begins.

        Raises:
            ModelError: The template refuses it.
            RequestError: It holds the text of a control token, or costs too much.
        """
        parts = self._template.render(messages)
        if not all(part.special for part in parts):
            literal = next(part.text for part in parts if not part.special)
            raise RequestError(
                "the conversation holds the text of a control token, which a server reads as one",
                got=repr(literal[:80]),
            )
        text = "".join(part.text for part in parts)
        opened = self._template.opened_thought(messages, text)
        if opened:  # what is held to choices can't think before
            closing = closing_text(opened)
            return ServerPrompt(text + closing, closing)
        return ServerPrompt(text, self._template.tail(parts))


def _written(template: ChatTemplate, turns: tuple[Message, ...]) -> str:
    try:
        return "".join(part.text for part in template.render(turns))
    except ModelError:
        return ""  # it refuses these roles
