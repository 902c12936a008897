"""Phase "generate": generators are asked all that arms will want of them, and nothing is run.

Programs are put on record with their calls. What an arm asks a generator on its way only, by what a
solver said, is not known here: a run without a phase asks it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby

from cgr_nb.arms.requests import Request
from cgr_nb.arms.scaffolding import write_program
from cgr_nb.errors import CallFailed
from cgr_nb.models import ModelPool
from cgr_nb.models.identity import refused_id
from cgr_nb.records import Item, ModelCard
from cgr_nb.scaffolds import scaffold_id
from cgr_nb.store import Store
from cgr_nb.study.caller import Caller
from cgr_nb.study.caps import Gate
from cgr_nb.study.failures import Failures
from cgr_nb.study.program_prompts import further_requests, program_prompts
from cgr_nb.study.units import StudyInputs
from cgr_nb.util.parallel import in_parallel

__all__ = ["GeneratorPrompt", "ask_generators", "generator_prompts"]


@dataclass(frozen=True, slots=True)
class GeneratorPrompt:
    """One call to a generator."""

    card: ModelCard
    request: Request
    items: tuple[Item, ...]
    """For whom the reply is a program; none: it is something else."""

    def is_done(self, store: Store) -> bool:
        """Whether all that comes of it is on record."""
        id = self.request.call_id(self.card)
        if store.call(id) is None:
            return store.call(refused_id(id, self.card)) is not None
        return all(store.scaffold(scaffold_id(item, id)) is not None for item in self.items)


def generator_prompts(inputs: StudyInputs) -> list[GeneratorPrompt]:
    """All that arms will ask generators and that is known beforehand, generator by generator, as
    they may not fit together; each once.

    Raises:
        PromptError: One can't be made.
    """
    found: dict[str, GeneratorPrompt] = {}
    for prompt in program_prompts(inputs):
        found[prompt.call_id] = GeneratorPrompt(prompt.card, prompt.request, prompt.items)
    for card, request in further_requests(inputs):
        found.setdefault(request.call_id(card), GeneratorPrompt(card, request, ()))
    names = [card.name for card in inputs.generators]
    return sorted(found.values(), key=lambda prompt: names.index(prompt.card.name))


async def ask_generators(
    prompts: list[GeneratorPrompt],
    store: Store,
    caller: Caller,
    models: ModelPool,
    gate: Gate,
    failures: Failures,
    on_done: Callable[[], None],
    width: int,
) -> None:
    """Have generators reply to prompts, several at once.

    Args:
        prompts: What is missing.
        store: Where programs go.
        caller: Makes the calls.
        models: Where generators come from.
        gate: Holds the run to its caps.
        failures: Told what fails.
        on_done: Called after each prompt whose reply is on record.
        width: How many prompts at once.
    """

    async def ask(prompt: GeneratorPrompt) -> None:
        model, request = models.model(prompt.card), prompt.request
        try:
            for item in prompt.items:
                await write_program(store, caller, model, item, request)
            if not prompt.items:
                await caller.call(model, request)
        except CallFailed as failure:
            failures.prompt_failed(prompt.items, failure)
        else:
            on_done()

    try:
        for _, ours in groupby(prompts, key=lambda prompt: prompt.card.name):
            await in_parallel(list(ours), gate.within(ask), width)
        await caller.finish()
    finally:
        await caller.close()
