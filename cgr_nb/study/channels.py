"""The three channels of one unit: direct, assisted and generator-side.

Each function does one channel's work through a `Caller` and returns plain facts; `answer_unit` puts
them into a row. What is already on record (calls, scaffold, execution) is used, not made again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from cgr_nb.answers import extract
from cgr_nb.errors import RequestError
from cgr_nb.models import Model, call_id
from cgr_nb.prompts import render, render_reask
from cgr_nb.records import (
    Ask,
    Execution,
    Item,
    Message,
    ModelCall,
    ModelCard,
    Row,
    Sampling,
    Scaffold,
    content_id,
)
from cgr_nb.sandbox import AskRequest, Sandbox
from cgr_nb.scaffolds import make_scaffold, scaffold_id
from cgr_nb.store import Store
from cgr_nb.study.caller import Caller, reply_of
from cgr_nb.study.config import StudyConfig
from cgr_nb.study.units import Unit, derive_seed, sampling

__all__ = ["Bench", "DirectAnswer", "answer_unit", "assist", "direct", "generate"]


@dataclass(frozen=True, slots=True)
class Bench:
    """What a unit is answered with: open models, the sandbox, the store."""

    config: StudyConfig
    store: Store
    caller: Caller
    sandbox: Sandbox
    solver: Model
    generator: Model


@dataclass(frozen=True, slots=True)
class DirectAnswer:
    """The direct channel of one unit."""

    letter: str | None
    status: str
    rule: str | None
    retries: int
    calls: tuple[ModelCall, ...]
    error: str | None


async def direct(bench: Bench, item: Item) -> DirectAnswer:
    """Ask the solver for a letter; ask again, up to `config.reask` times, when none can be read."""
    card, config = bench.solver.card, bench.config
    prompt = render("direct", item, card.prompts)
    messages = prompt.messages
    calls: list[ModelCall] = []
    for attempt in range(config.reask + 1):
        seed = conversation_seed(config, "direct", messages)
        call = await bench.caller.call(bench.solver, messages, sampling(config.direct, seed))
        calls.append(call)
        if call.reply is None:
            return DirectAnswer(None, "error", None, attempt, tuple(calls), call.error)
        found = extract(call.reply.text, item.options)
        if found.status == "answered" or attempt == config.reask:
            break
        messages = render_reask(item, messages, call.reply.text, card.prompts).messages
    return DirectAnswer(found.letter, found.status, found.rule, attempt, tuple(calls), None)


def conversation_seed(config: StudyConfig, purpose: str, messages: Sequence[Message]) -> int:
    """A seed from what the model sees. An item's id would do but for this: it depends on gold."""
    turns = [[message.role, message.content] for message in messages]
    return derive_seed(config.seed, purpose, turns)


async def generate(bench: Bench, item: Item) -> Scaffold:
    """The generator's scaffold for an item: one for each (item, generator, prompt, seed).

    Raises:
        RequestError: The generator's prompt does not fit.
    """
    card, config = bench.generator.card, bench.config
    prompt = render("generator", item, card.prompts)
    seed = conversation_seed(config, "generator", prompt.messages)
    how = sampling(config.generator, seed)
    asked = call_id(card, prompt.messages, how)
    known = bench.store.scaffold(scaffold_id(item, asked))
    if known is not None:
        return known
    call = await bench.caller.call(bench.generator, prompt.messages, how)
    reply = reply_of(call)
    scaffold = make_scaffold(item, card, prompt, reply.text, call_id=call.id, seed=how.seed)
    bench.store.add_scaffold(scaffold)
    return scaffold


def execution_id(config: StudyConfig, item: Item, solver: ModelCard, program_id: str) -> str:
    """The content hash of everything that could change a run."""
    return content_id(
        "execution",
        program_id,
        item.id,
        solver.identity,
        config.seed,
        asdict(config.ask),
        asdict(config.limits),
    )


def ask_sampling(config: StudyConfig, program_id: str, ask: Ask | AskRequest) -> Sampling:
    """How one ask of a program is sampled; what the program leaves open is the study's."""
    return sampling(
        config.ask,
        derive_seed(config.seed, "ask", program_id, ask.index),
        max_tokens=ask.max_tokens,
        temperature=ask.temperature,
        choices=ask.choices,
    )


async def assist(bench: Bench, item: Item, program_id: str, source: str) -> Execution:
    """Run a program with the solver behind `ask`."""
    config, solver = bench.config, bench.solver
    id = execution_id(config, item, solver.card, program_id)
    known = bench.store.execution(id)
    if known is not None:
        return known

    async def ask(request: AskRequest) -> str:
        how = ask_sampling(config, program_id, request)
        call = await bench.caller.call(solver, [Message("user", request.prompt)], how)
        return reply_of(call).text.strip()

    execution = await bench.sandbox.run(
        source,
        item,
        ask,
        limits=config.limits,
        seed=derive_seed(config.seed, "program", program_id),
        trace=config.run.trace,
    )
    bench.store.add_execution(id, program_id, item.id, solver.card.name, execution)
    return execution


def ask_calls(bench: Bench, program_id: str, asks: tuple[Ask, ...]) -> list[ModelCall]:
    """The recorded calls behind the asks of a run, in order."""
    found = []
    for ask in asks:
        if ask.reply is None:
            continue
        how = ask_sampling(bench.config, program_id, ask)
        call = bench.store.call(call_id(bench.solver.card, [Message("user", ask.prompt)], how))
        if call is not None:
            found.append(call)
    return found


async def answer_unit(bench: Bench, unit: Unit) -> Row:
    """All three channels of a unit, as a row.

    Raises:
        ModelError: A model can't answer at all.
    """
    item = unit.item
    straight = await direct(bench, item)
    scaffold: Scaffold | None = None
    execution: Execution | None = None
    error = straight.error
    try:
        scaffold = await generate(bench, item)
        if scaffold.program_id is not None and scaffold.source is not None:
            execution = await assist(bench, item, scaffold.program_id, scaffold.source)
    except RequestError as refusal:
        error = error or str(refusal)
        status, detail = "error", str(refusal)
    else:
        status = execution.status if execution else "no_program"
        detail = execution.detail if execution else "the generator's reply holds no program"
    program_id = scaffold.program_id if scaffold else None
    calls = (
        ask_calls(bench, program_id, execution.calls)
        if program_id is not None and execution
        else []
    )
    return Row(
        id=unit.row_id,
        item_id=item.id,
        dataset=item.dataset,
        config=item.config,
        solver=unit.solver.name,
        generator=unit.generator.name,
        gold=item.gold,
        direct_letter=straight.letter,
        direct_status=straight.status,
        direct_rule=straight.rule,
        direct_retries=straight.retries,
        assisted_letter=execution.solver_answer if execution else None,
        assisted_status=status,
        assisted_detail=detail,
        asks=len(execution.calls) if execution else 0,
        generator_letter=execution.generator_answer if execution else None,
        difficulty=execution.difficulty if execution else None,
        scaffold_id=scaffold.id if scaffold else None,
        program_id=program_id,
        execution_id=execution_id(bench.config, item, unit.solver, program_id)
        if program_id is not None and execution
        else None,
        direct_call_ids=tuple(call.id for call in straight.calls),
        ask_call_ids=tuple(call.id for call in calls),
        direct_tokens=token_count(straight.calls),
        assisted_tokens=token_count(calls),
        isolation=execution.isolation if execution else None,
        error=error,
    )


def token_count(calls: list[ModelCall] | tuple[ModelCall, ...]) -> int:
    """Prompt and reply tokens of some calls."""
    replies = [call.reply for call in calls if call.reply is not None]
    return sum(reply.prompt_tokens + reply.reply_tokens for reply in replies)
