"""One prompt or program, as edited, put to one model for one item: to see what it does before a
study uses it. Nothing of a trial is kept in the study."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cgr_nb.answers import extract_reply
from cgr_nb.arms.requests import ask_request, derive_seed, template_request
from cgr_nb.errors import CgrError
from cgr_nb.models import shared_pool
from cgr_nb.prompts import render
from cgr_nb.records import Execution, Extraction, Item, Message, ModelCard, Reply, Sampling
from cgr_nb.sandbox import AskReply, AskRequest, Sandbox
from cgr_nb.scaffolds import program_id
from cgr_nb.study import StudyConfig

__all__ = ["ProgramTrial", "PromptTrial", "Trial", "rendered"]

TRIED_ALONE = ("direct", "cot")
"""Templates whose reply is an answer; others need what came before."""


@dataclass(frozen=True, slots=True)
class Trial:
    """A reply to an edited prompt."""

    reply: Reply
    read: Extraction


def rendered(text: str, name: str, profile: str, item: Item) -> tuple[Message, ...]:
    """The messages that a template of this text makes for an item.

    Args:
        text: Of the template.
        name: What it is a wording of, such as "direct".
        profile: Prompt profile of the models that it is for.
        item: The item.

    Raises:
        PromptError: The template is malformed.
    """
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, profile)
        place.mkdir()
        (place / f"{name}@1.txt").write_text(text, "utf-8", newline="\n")
        return render(name, item, profile, folder=Path(folder)).messages


@dataclass(frozen=True, slots=True)
class PromptTrial:
    """A prompt that can be put to a model."""

    card: ModelCard
    item: Item
    messages: tuple[Message, ...]
    sampling: Sampling
    """As the study would sample."""

    @classmethod
    def of(
        cls, config: StudyConfig, card: ModelCard, item: Item, name: str, text: str
    ) -> PromptTrial:
        """Make one from an edited template.

        Args:
            config: Sampling and seeds.
            card: The solver.
            item: The item.
            name: What the template is a wording of: one of `TRIED_ALONE`.
            text: Its text.

        Raises:
            CgrError: Replies to this template are no answers.
            PromptError: The template is malformed.
        """
        if name not in TRIED_ALONE:
            raise CgrError(
                f"a {name} prompt can't be tried alone",
                fix="preview it, or use it in a run of one item",
            )
        messages = rendered(text, name, card.prompts, item)
        decoding = config.direct if name == "direct" else config.decoding_of(name)
        request = template_request(config, name, decoding, card, item)
        return cls(card, item, messages, request.sampling)

    async def ask(self, on_text: Callable[[str], None] = lambda piece: None) -> Trial:
        """Put it to the model, which stays loaded for the next trial.

        Args:
            on_text: Called with each new piece of the reply, from any thread.

        Raises:
            ModelError: The model can't be opened or can't answer.
        """
        model = shared_pool().model(self.card)
        reply = await model.reply(self.messages, self.sampling, on_text)
        return Trial(reply, extract_reply(reply, self.item.options))


@dataclass(frozen=True, slots=True)
class ProgramTrial:
    """A program that can be run with a live solver."""

    config: StudyConfig
    """Limits, sampling and seeds."""
    card: ModelCard
    """The solver."""
    item: Item
    source: str

    async def run(
        self,
        on_ask: Callable[[int, str], None] = lambda index, prompt: None,
        on_text: Callable[[int, str], None] = lambda index, piece: None,
    ) -> Execution:
        """Run it for the item, as the study would.

        Args:
            on_ask: Told the number of each call, from 0, and what is asked.
            on_text: Told the number of a call and the next piece of its reply.

        Raises:
            ModelError: The solver can't be opened or can't answer.
        """
        model = shared_pool().model(self.card)
        id = program_id(self.source)

        async def answer(asked: AskRequest) -> AskReply:
            on_ask(asked.index, asked.prompt)
            request = ask_request(self.config, self.card, id, asked)
            index = asked.index
            reply = await model.reply(
                request.messages, request.sampling, lambda piece: on_text(index, piece)
            )
            return AskReply.of(asked, reply)

        async with Sandbox(workers=1, minimum=self.config.run.isolation) as sandbox:
            return await sandbox.run(
                self.source,
                self.item,
                answer,
                limits=self.config.limits,
                seed=derive_seed(self.config.seed, "program", id),
            )
