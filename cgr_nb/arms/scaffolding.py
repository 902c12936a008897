"""Programs of a generator: asked for once, kept with their call."""

from __future__ import annotations

from cgr_nb.arms.ports import Calls, CallStore
from cgr_nb.arms.requests import Request
from cgr_nb.errors import ConfigError
from cgr_nb.models import Model
from cgr_nb.prompts import RenderedPrompt
from cgr_nb.records import Item, ModelCall, Scaffold
from cgr_nb.scaffolds import make_scaffold, scaffold_id

__all__ = ["check_filled", "write_program"]


def check_filled(prompt: object, *, where: str) -> None:
    """Refuse what is no filled template: what a program was asked for with is on record by its
    template.

    Args:
        prompt: What an arm gave.
        where: For the error.

    Raises:
        ConfigError: See there.
    """
    if not isinstance(prompt, RenderedPrompt):
        raise ConfigError(
            "the prompt for a program is not a filled template",
            where=where,
            got=f"a value of type {type(prompt).__name__}",
            fix="fill a template of the arm: ctx.prompt(name, field=text)",
        )


async def write_program(
    store: CallStore, calls: Calls, generator: Model, item: Item, request: Request
) -> tuple[ModelCall, Scaffold | None]:
    """Have a generator write what a request asks for: a scaffold, or any other program.

    Args:
        store: Where the program is kept.
        calls: Makes the call.
        generator: The model that writes.
        item: The item that it writes for.
        request: What it is asked.

    Returns:
        The generator's call, and what it wrote: None where the request can't be served.
    """
    card = generator.card
    call = await calls.call(generator, request)
    if call.reply is None:
        return call, None
    known = store.scaffold(scaffold_id(item, call.id))
    if known is not None:
        return call, known
    assert request.prompt is not None  # a generator's request is rendered from a template
    scaffold = make_scaffold(
        item, card, request.prompt, call.reply.text, call_id=call.id, seed=request.sampling.seed
    )
    store.add_scaffold(scaffold)
    return call, scaffold
