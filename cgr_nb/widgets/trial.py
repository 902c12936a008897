"""One prompt or program, as edited, put to one model for one item: to see what it does before a
study uses it. Nothing of a trial is kept in the study."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from cgr_nb.answers import extract_reply
from cgr_nb.arms.requests import ask_request, derive_seed
from cgr_nb.models import shared_pool
from cgr_nb.prompts import render
from cgr_nb.records import Execution, Extraction, Item, Message, ModelCard, Reply, Sampling
from cgr_nb.sandbox import AskReply, AskRequest, Sandbox
from cgr_nb.scaffolds import program_id
from cgr_nb.study import StudyConfig

__all__ = ["Trial", "rendered", "try_program", "try_prompt"]


@dataclass(frozen=True, slots=True)
class Trial:
    """A reply to an edited prompt."""

    reply: Reply
    read: Extraction


def rendered(text: str, name: str, profile: str, item: Item) -> tuple[Message, ...]:
    """The messages that a template of this text makes for an item.

    Raises:
        PromptError: The template is malformed.
    """
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, profile)
        place.mkdir()
        (place / f"{name}@1.txt").write_text(text, "utf-8", newline="\n")
        return render(name, item, profile, folder=Path(folder)).messages


async def try_prompt(
    card: ModelCard,
    messages: tuple[Message, ...],
    item: Item,
    sampling: Sampling,
    on_text: Callable[[str], None],
) -> Trial:
    """Ask a model; it stays loaded for the next trial.

    Raises:
        ModelError: The model can't be opened or can't answer.
    """
    reply = await shared_pool().model(card).reply(messages, sampling, on_text)
    return Trial(reply, extract_reply(reply, item.options))


async def try_program(
    config: StudyConfig,
    card: ModelCard,
    item: Item,
    source: str,
    on_ask: Callable[[int, str], None],
    on_text: Callable[[int, str], None],
) -> Execution:
    """Run a program for an item with a live solver, as the study would.

    Args:
        config: Limits, sampling and seeds.
        card: The solver.
        item: The item.
        source: The program.
        on_ask: Told the number of each call, from 0, and what is asked.
        on_text: Told the number of a call and the next piece of its reply.

    Raises:
        ModelError: The solver can't be opened or can't answer.
    """
    model = shared_pool().model(card)
    id = program_id(source)

    async def answer(asked: AskRequest) -> AskReply:
        on_ask(asked.index, asked.prompt)
        request = ask_request(config, id, asked)
        index = asked.index
        told = await model.reply(
            request.messages, request.sampling, lambda piece: on_text(index, piece)
        )
        return AskReply.of(asked, told)

    async with Sandbox(workers=1, minimum=config.run.isolation) as sandbox:
        return await sandbox.run(
            source,
            item,
            answer,
            limits=config.limits,
            seed=derive_seed(config.seed, "program", id),
        )
