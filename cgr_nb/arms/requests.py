"""What arms ask models: messages and sampling of a call, and the seed behind it.

Seeds are derived from the study's one seed and from what the model sees. An item's id would do but
for this: it depends on gold, and gold must not even choose a seed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import lru_cache
from operator import attrgetter
from pathlib import Path
from typing import Protocol

from cgr_nb.models.decoding import Decoding
from cgr_nb.models.identity import call_id_of, drawn_json, turns_json
from cgr_nb.prompts import RenderedPrompt, ask_messages, render
from cgr_nb.records import (
    Ask,
    Item,
    Message,
    ModelCard,
    Sampling,
    canonical_json,
    content_id,
    content_id_of,
)
from cgr_nb.sandbox import AskRequest, Limits

__all__ = [
    "Request",
    "Settings",
    "ask_request",
    "derive_seed",
    "generator_request",
    "repeat_seed",
    "repeat_settings",
    "request_of",
    "template_request",
]


class Settings(Protocol):
    """What a study says that concerns every arm; a `StudyConfig` is one."""

    @property
    def seed(self) -> int:
        """The seed from which all others are derived."""
        ...

    @property
    def ask(self) -> Decoding:
        """How replies to programs are sampled."""
        ...

    @property
    def generator(self) -> Decoding:
        """How programs are sampled."""
        ...

    @property
    def limits(self) -> Limits:
        """Limits of one run of one program."""
        ...

    @property
    def prompts_folder(self) -> Path | None:
        """The study's own templates."""
        ...


@dataclass(frozen=True, slots=True)
class Request:
    """One call to be."""

    messages: tuple[Message, ...]
    sampling: Sampling
    prompt: RenderedPrompt | None = None
    """The template that was filled with the item; None for an ask, whose words are the program's
    (what stands around them: `ask_messages`)."""
    _ids: dict[str, str] = field(default_factory=dict, init=False, repr=False, compare=False)
    """Identity of a model -> id of its call: one request is looked up by several arms. Under an
    empty text, what ids have of its sampling."""

    def call_id(self, card: ModelCard) -> str:
        """Id of the call that a model would make of it."""
        known = self._ids.get(card.identity)
        if known is None:
            # How it is drawn is the same for every model: no identity is an empty text.
            drawn = self._ids.get("") or self._ids.setdefault("", drawn_json(self.sampling))
            known = self._ids[card.identity] = call_id_of(card, turns_json(self.messages), drawn)
        return known


_MADE: dict[tuple[object, ...], tuple[object, Request]] = {}
"""The last requests, each with the very prompt or messages that it was made of, by the `id` of
those and all else that it is made of: every solver of a study is asked the same."""
_MOST_MADE = 1_024


_values_of = attrgetter(*(one.name for one in fields(Decoding)))


def _made_once(said: object, how: tuple[object, ...], make: Callable[[], Request]) -> Request:
    """A request, the same one where it is among the last.

    Args:
        said: The prompt or messages, which stay as they are.
        how: All else that it is made of.
        make: Makes it.
    """
    # 1 and 1.0 are one call, and not one record.
    key = (id(said), *how, *map(type, how))
    known = _MADE.get(key)
    if known is not None and known[0] is said:
        return known[1]
    made = make()
    if len(_MADE) >= _MOST_MADE:
        _MADE.clear()
    _MADE[key] = said, made
    return made


def derive_seed(*parts: object) -> int:
    """A 31-bit seed that depends on its parts and nothing else."""
    return _seed_of(content_id("seed", *parts))


def _seed_of(id: str) -> int:
    return int(id[:8], 16) & 0x7FFFFFFF


@lru_cache(maxsize=4_096)
def _ask_seed(seed: int, program_id: str, index: int) -> int:
    """Of a question of a program: all solvers have it."""
    return derive_seed(seed, "ask", program_id, index)


@dataclass(frozen=True, slots=True)
class _Reseeded:
    """Settings of a study, with another seed."""

    seed: int
    ask: Decoding
    generator: Decoding
    limits: Limits
    prompts_folder: Path | None


def repeat_seed(seed: int, number: int) -> int:
    """The seed of an arm's answers of that number; 1 is the study's own."""
    return seed if number == 1 else derive_seed(seed, "repeat", number)


def repeat_settings(settings: Settings, number: int) -> Settings:
    """The settings that an arm's answers of that number are made with."""
    if number == 1:
        return settings
    return _Reseeded(
        repeat_seed(settings.seed, number),
        settings.ask,
        settings.generator,
        settings.limits,
        settings.prompts_folder,
    )


def request_of(
    settings: Settings,
    purpose: str,
    decoding: Decoding,
    prompt: RenderedPrompt | Sequence[Message],
    *,
    max_tokens: int | None = None,
    choices: tuple[str, ...] = (),
) -> Request:
    """A call with the seed that its purpose and its messages give.

    Args:
        settings: The study's.
        purpose: Part of the seed: two calls of one wording differ in it where they shall differ.
        decoding: How the reply is sampled.
        prompt: A filled template, or messages.
        max_tokens: A lower limit than the decoding's.
        choices: See `Sampling.choices`.
    """
    rendered = prompt if isinstance(prompt, RenderedPrompt) else None

    def make() -> Request:
        messages = tuple(prompt.messages if isinstance(prompt, RenderedPrompt) else prompt)
        named = canonical_json(settings.seed), canonical_json(purpose), turns_json(messages)
        seed = _seed_of(content_id_of("seed", *named))
        sampling = decoding.sampling(seed, max_tokens=max_tokens, choices=choices)
        return Request(messages, sampling, rendered)

    if rendered is None:
        return make()
    how = settings.seed, purpose, *_values_of(decoding), max_tokens, choices
    return _made_once(rendered, how, make)


def template_request(
    settings: Settings,
    name: str,
    decoding: Decoding,
    card: ModelCard,
    item: Item,
    purpose: str | None = None,
    fields: Mapping[str, str] | None = None,
) -> Request:
    """Ask a model with a template that needs nothing that is not known beforehand.

    Args:
        settings: The study's.
        name: The template.
        decoding: How the reply is sampled.
        card: The model, whose profile chooses the wording.
        item: What is asked about.
        purpose: Feeds the seed; by default the template's name.
        fields: Values of the template's fields beside those of an item.
    """
    template = f"{name}_multi" if item.multi else name
    prompt = render(template, item, card.prompts, folder=settings.prompts_folder, fields=fields)
    return request_of(settings, purpose or name, decoding, prompt)


def generator_request(settings: Settings, card: ModelCard, item: Item) -> Request:
    """Ask a generator for a scaffold."""
    return template_request(settings, "generator", settings.generator, card, item)


def ask_request(
    settings: Settings, card: ModelCard, program_id: str, ask: Ask | AskRequest
) -> Request:
    """What a program asks a solver, in the template of its profile; what the program leaves open is
    the study's.

    Args:
        settings: The study's.
        card: The solver.
        program_id: The program; part of the seed.
        ask: What it asks.
    """
    messages = ask_messages(ask.prompt, card.prompts, settings.prompts_folder)

    def make() -> Request:
        seed = _ask_seed(settings.seed, program_id, ask.index)
        sampling = settings.ask.sampling(
            seed, max_tokens=ask.max_tokens, temperature=ask.temperature, choices=ask.choices
        )
        return Request(messages, sampling)

    asked = ask.index, ask.max_tokens, ask.temperature, ask.choices
    return _made_once(
        messages, (settings.seed, program_id, *_values_of(settings.ask), *asked), make
    )
