"""The prompts that a study asks its generators for programs with, and replies to them that come
from elsewhere, recorded as the very calls that the study would have made."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from cgr_nb.answer_record import repeat_name
from cgr_nb.arms.requests import Request
from cgr_nb.models import open_model
from cgr_nb.models.identity import refused_id
from cgr_nb.models.programs import ProgramsModel
from cgr_nb.models.written_reply import WrittenReply
from cgr_nb.records import Item, ModelCall, ModelCard, Reply, Scaffold, Served
from cgr_nb.scaffolds import make_scaffold
from cgr_nb.store import Store
from cgr_nb.study.config import StudyConfig
from cgr_nb.study.units import StudyInputs, resolve_inputs

__all__ = [
    "FROM_ELSEWHERE",
    "ProgramPrompt",
    "answer_on_record",
    "further_requests",
    "given_reply",
    "missing_prompts",
    "program_prompts",
    "programs_of",
    "record_reply",
]

SCAFFOLD = "scaffold"
"""Purpose of the prompt for the row's own scaffold."""
_CHARACTERS_A_TOKEN = 4
FROM_ELSEWHERE = "programs from elsewhere"
"""What stands in the place of a server's address."""


@dataclass(frozen=True, slots=True)
class ProgramPrompt:
    """One prompt for a program."""

    key: str
    """What names it outside of the study: a content hash of generator, messages and sampling."""
    call_id: str
    """Id of the call that it is. The key, but for a generator that is made of its programs."""
    purpose: str
    """"scaffold", or the key of the call: "pal", "generator/2", "generator#2" ..."""
    card: ModelCard
    """The generator."""
    items: tuple[Item, ...]
    """Whom it is for: items that differ in gold only share it."""
    request: Request


def program_prompts(
    inputs: StudyInputs, items: Collection[Item] | None = None
) -> list[ProgramPrompt]:
    """Every prompt for a program, in the order of generators and items, each once.

    Args:
        inputs: The study.
        items: For whom programs are written; None: all items of the study.

    Raises:
        PromptError: One can't be made.
    """
    found: dict[str, ProgramPrompt] = {}
    for card in inputs.generators:
        # What a generator of programs is hangs on them; a prompt's name must not.
        lasting = replace(card, sha256=None) if card.backend == "programs" else card
        for key, item, request in _requests(inputs, card, items):
            id = request.call_id(card)
            if id not in found:
                purpose = SCAFFOLD if key == "generator" else key
                name = request.call_id(lasting)
                found[id] = ProgramPrompt(name, id, purpose, card, (item,), request)
            elif item not in found[id].items:
                found[id] = replace(found[id], items=(*found[id].items, item))
    return list(found.values())


def further_requests(
    inputs: StudyInputs, items: Collection[Item] | None = None
) -> Iterator[tuple[ModelCard, Request]]:
    """What arms ask generators for beside programs, in the order of `program_prompts`: see
    `cgr_nb.arms.interface.AsksAhead` and `PreparesAhead`.

    Args:
        inputs: The study.
        items: What is asked about; None: all items of the study.
    """
    for card in inputs.generators:
        for arm in inputs.roster.arms.values():
            if arm.control is None and hasattr(arm.arm, "setup_requests"):
                for some in inputs.support.values():
                    for request in arm.arm.setup_requests(arm.settings, card, some):
                        yield card, request
            if arm.control is None and hasattr(arm.arm, "generator_requests"):
                for item in inputs.items if items is None else items:
                    for request in arm.arm.generator_requests(arm.settings, card, item):
                        yield card, request


def _requests(
    inputs: StudyInputs, card: ModelCard, items: Collection[Item] | None
) -> Iterator[tuple[str, Item, Request]]:
    """What all arms ask a generator for: key of the call, item and request."""
    for arm in inputs.roster.arms.values():
        if arm.control is not None or not hasattr(arm.arm, "program_requests"):
            continue
        for item in inputs.items if items is None else items:
            for key, request in arm.arm.program_requests(arm.settings, card, item):
                yield repeat_name(key, arm.repeat), item, request


def missing_prompts(config: StudyConfig, folder: Path | None = None) -> list[ProgramPrompt]:
    """The prompts that have no reply on record, and none among the programs of a card.

    Args:
        config: The study.
        folder: Where its records are, if there are any.

    Raises:
        CgrError: As `resolve_inputs`.
        StoreError: The records can't be read.
    """
    inputs = resolve_inputs(config)
    models = {card.name: programs_of(card) for card in inputs.generators}
    with ExitStack() as stack:
        known = folder is not None and (folder / "study.sqlite").exists()
        store = stack.enter_context(Store.open(folder)) if known and folder else None
        return [
            prompt
            for prompt in program_prompts(inputs)
            if (store is None or answer_on_record(store, prompt) is None)
            and given_reply(models[prompt.card.name], prompt) is None
        ]


def answer_on_record(store: Store, prompt: ProgramPrompt) -> ModelCall | None:
    """The call that answers a prompt, or says that it can't be; None where there is none."""
    return store.call(prompt.call_id) or store.call(refused_id(prompt.call_id, prompt.card))


def given_reply(model: ProgramsModel | None, prompt: ProgramPrompt) -> WrittenReply | None:
    """What the files of a card have for a prompt; None for nothing."""
    if model is None:
        return None
    names = [item.id for item in prompt.items] if prompt.purpose == SCAFFOLD else []
    found = (model.programs.get(name) for name in (prompt.key, *names))
    return next((reply for reply in found if reply is not None), None)


def record_reply(
    store: Store, prompt: ProgramPrompt, written: WrittenReply, writer: str | None = None
) -> None:
    """Keep a reply as the call that the study would have made, and the scaffolds that are in it.

    Args:
        store: The study's.
        prompt: What it replies to.
        written: The reply.
        writer: Who wrote it, where it does not say so itself.
    """
    messages, sampling = prompt.request.messages, prompt.request.sampling
    turns = [{"role": turn.role, "content": turn.content} for turn in messages]
    said = json.dumps(turns, ensure_ascii=False)
    asked = sum(-(-len(turn.content) // _CHARACTERS_A_TOKEN) for turn in messages)
    told = -(-len(written.thoughts + written.text) // _CHARACTERS_A_TOKEN)
    counts = {"prompt_tokens": written.prompt_tokens, "reply_tokens": written.reply_tokens}
    reply = Reply(
        text=written.text,
        finish=written.finish,
        prompt_text=said,
        prompt_tokens=asked if written.prompt_tokens is None else written.prompt_tokens,
        reply_tokens=told if written.reply_tokens is None else written.reply_tokens,
        duration_s=0.0,
        thoughts=written.thoughts,
        thought_tokens=written.thought_tokens,
        served=Served(
            address=FROM_ELSEWHERE,
            model=written.writer or writer,
            fingerprint=None,
            choosing=None,
            folded=False,
            estimated=tuple(name for name, count in counts.items() if count is None),
        ),
    )
    store.add_call(ModelCall(prompt.call_id, prompt.card.name, messages, sampling, reply))
    for scaffold in _scaffolds(prompt, reply.text):
        store.add_scaffold(scaffold)


def _scaffolds(prompt: ProgramPrompt, text: str) -> Iterator[Scaffold]:
    rendered = prompt.request.prompt
    assert rendered is not None  # a generator's request is rendered from a template
    seed = prompt.request.sampling.seed
    for item in prompt.items:
        yield make_scaffold(item, prompt.card, rendered, text, call_id=prompt.call_id, seed=seed)


def programs_of(card: ModelCard) -> ProgramsModel | None:
    """The programs of a generator that is made of them; None for any other."""
    if card.backend != "programs":
        return None
    model = open_model(card)
    return model if isinstance(model, ProgramsModel) else None
