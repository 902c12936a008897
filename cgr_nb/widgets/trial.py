"""One prompt, as edited, put to one model for one item: to see what a wording does before a study
uses it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cgr_nb.answers import extract
from cgr_nb.models import open_model
from cgr_nb.prompts import load_template, render
from cgr_nb.prompts.template import BUNDLED
from cgr_nb.records import Extraction, Item, Message, ModelCard, Reply, Sampling

__all__ = ["Trial", "rendered", "template_text", "try_prompt"]


@dataclass(frozen=True, slots=True)
class Trial:
    """A reply to an edited prompt. It is no row: nothing of it is kept in the study."""

    reply: Reply
    read: Extraction


def template_text(name: str, profile: str) -> str:
    """The newest bundled template of a name, as it stands in its file.

    Raises:
        PromptError: There is none.
    """
    version = load_template(name, profile).version
    return (BUNDLED / profile / f"{name}@{version}.txt").read_text("utf-8")


def rendered(text: str, name: str, profile: str, item: Item) -> tuple[Message, ...]:
    """The messages that a template of this text makes for an item.

    Raises:
        PromptError: The template is malformed.
    """
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, profile)
        place.mkdir()
        # Newer than any bundled version, so that it is the one that is found.
        (place / f"{name}@999999.txt").write_text(text, "utf-8")
        return render(name, item, profile, folder=Path(folder)).messages


async def try_prompt(
    card: ModelCard,
    messages: tuple[Message, ...],
    item: Item,
    sampling: Sampling,
    on_text: Callable[[str], None],
) -> Trial:
    """Open the model, ask, close it.

    Raises:
        ModelError: The model can't be opened or can't answer.
    """
    model = open_model(card)
    try:
        reply = await model.reply(messages, sampling, on_text)
    finally:
        await model.close()
    return Trial(reply, extract(reply.text, item.options))
