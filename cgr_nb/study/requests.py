"""What a study asks models: messages and sampling of every kind of call, and the seeds behind them.

Seeds are derived from the study's one seed and from what the model sees. An item's id would do but
for this: it depends on gold, and gold must not even choose a seed.
"""

from __future__ import annotations

from dataclasses import dataclass

from cgr_nb.models import call_id
from cgr_nb.prompts import RenderedPrompt, render, render_reask
from cgr_nb.records import Ask, Item, Message, ModelCall, ModelCard, Sampling, content_id
from cgr_nb.sandbox import AskRequest
from cgr_nb.study.config import Decoding, StudyConfig

__all__ = [
    "Request",
    "ask_request",
    "cot_request",
    "derive_seed",
    "direct_request",
    "generator_request",
    "pal_request",
    "readout_request",
    "reask_request",
    "sampled_requests",
]


@dataclass(frozen=True, slots=True)
class Request:
    """One call to be."""

    messages: tuple[Message, ...]
    sampling: Sampling
    prompt: RenderedPrompt | None = None
    """The template behind the messages; None for an ask, whose words are the program's."""

    def call_id(self, card: ModelCard) -> str:
        """Id of the call that a model would make of it."""
        return call_id(card, self.messages, self.sampling)


def derive_seed(*parts: object) -> int:
    """A 31-bit seed that depends on its parts and nothing else."""
    return int(content_id("seed", *parts)[:8], 16) & 0x7FFFFFFF


def direct_request(config: StudyConfig, card: ModelCard, item: Item) -> Request:
    """Ask a solver for a letter."""
    return _rendered(config, "direct", config.direct, _render(config, "direct", item, card))


def reask_request(
    config: StudyConfig, card: ModelCard, item: Item, before: Request, bad_reply: str
) -> Request:
    """Ask again, in the same conversation, after a reply without a readable letter."""
    folder = config.prompts_folder
    prompt = render_reask(item, before.messages, bad_reply, card.prompts, folder=folder)
    return _rendered(config, "direct", config.direct, prompt)


def generator_request(config: StudyConfig, card: ModelCard, item: Item) -> Request:
    """Ask a generator for a scaffold."""
    prompt = _render(config, "generator", item, card)
    return _rendered(config, "generator", config.generator, prompt)


def pal_request(config: StudyConfig, card: ModelCard, item: Item) -> Request:
    """Ask a generator for a program that answers by itself."""
    return _rendered(config, "pal", config.generator, _render(config, "pal", item, card))


def cot_request(config: StudyConfig, card: ModelCard, item: Item) -> Request:
    """Ask a solver to think before it names a letter."""
    return _rendered(config, "cot", config.cot, _render(config, "cot", item, card))


def sampled_requests(config: StudyConfig, card: ModelCard, item: Item, count: int) -> list[Request]:
    """Ask a solver for a letter, `count` times with another seed: the first are the same whatever
    the count."""
    prompt = _render(config, "direct", item, card)
    return [
        _rendered(config, f"sampled/{number}", config.sampled, prompt) for number in range(count)
    ]


def readout_request(
    config: StudyConfig, card: ModelCard, item: Item, call: ModelCall, bad_reply: str
) -> Request:
    """Let a solver choose a letter after a reply that held none: the conversation of that call
    goes on, and the reply is "Answer: " and a letter."""
    folder = config.prompts_folder
    prompt = render_reask(item, call.messages, bad_reply, card.prompts, folder=folder)
    choices = tuple(f"Answer: {letter}" for letter in item.options)
    # Greedy, and long enough for any tokeniser: the choices bound it.
    return Request(prompt.messages, Sampling(max_tokens=16, choices=choices), prompt)


def ask_request(config: StudyConfig, program_id: str, ask: Ask | AskRequest) -> Request:
    """What a program asks; what it leaves open is the study's."""
    seed = derive_seed(config.seed, "ask", program_id, ask.index)
    how = _sampling(config.ask, seed, ask.max_tokens, ask.temperature, ask.choices)
    return Request((Message("user", ask.prompt),), how)


def _render(config: StudyConfig, name: str, item: Item, card: ModelCard) -> RenderedPrompt:
    return render(name, item, card.prompts, folder=config.prompts_folder)


def _rendered(
    config: StudyConfig, purpose: str, decoding: Decoding, prompt: RenderedPrompt
) -> Request:
    turns = [[message.role, message.content] for message in prompt.messages]
    seed = derive_seed(config.seed, purpose, turns)
    return Request(prompt.messages, _sampling(decoding, seed), prompt)


def _sampling(
    decoding: Decoding,
    seed: int,
    max_tokens: int | None = None,
    temperature: float | None = None,
    choices: tuple[str, ...] = (),
) -> Sampling:
    warmth = decoding.temperature if temperature is None else temperature
    most = decoding.max_tokens
    return Sampling(
        max_tokens=most if max_tokens is None else min(max_tokens, most),
        temperature=warmth,
        top_p=decoding.top_p,
        top_k=decoding.top_k,
        min_p=decoding.min_p,
        # Greedy replies do not draw: with one seed for all, equal prompts share one call.
        seed=seed if warmth > 0 else 0,
        choices=choices,
    )
