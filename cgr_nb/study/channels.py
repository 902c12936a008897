"""The three channels of one unit: direct, assisted and generator-side.

Each function does one channel's work through a `Caller` and returns plain facts; `answer_unit` puts
them into a row. What is already on record (calls, scaffold, execution) is used, not made again.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from cgr_nb.answers import extract_reply
from cgr_nb.errors import RequestError
from cgr_nb.models import Model
from cgr_nb.records import (
    Ask,
    Execution,
    Item,
    ModelCall,
    ModelCard,
    Row,
    Scaffold,
    content_id,
)
from cgr_nb.sandbox import AskRequest, Sandbox
from cgr_nb.sandbox.protocol import VERSION as PROTOCOL_VERSION
from cgr_nb.scaffolds import make_scaffold, scaffold_id
from cgr_nb.store import Store
from cgr_nb.study.caller import Caller, reply_of
from cgr_nb.study.config import StudyConfig
from cgr_nb.study.requests import (
    Request,
    ask_request,
    derive_seed,
    direct_request,
    generator_request,
    reask_request,
)
from cgr_nb.study.row import DirectAnswer, make_row
from cgr_nb.study.units import Unit

__all__ = [
    "Bench",
    "answer_unit",
    "ask_calls",
    "assist",
    "direct",
    "execution_id",
    "generate",
    "run_without_solver",
    "write_program",
]


_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Bench:
    """What a unit is answered with: open models, the sandbox, the store."""

    config: StudyConfig
    store: Store
    caller: Caller
    sandbox: Sandbox
    solver: Model
    generator: Model


async def direct(bench: Bench, item: Item) -> DirectAnswer:
    """Ask the solver for a letter; ask again, up to `config.reask` times, when none can be read."""
    card, config = bench.solver.card, bench.config
    request = direct_request(config, card, item)
    calls: list[ModelCall] = []
    for attempt in range(config.reask + 1):
        call = await bench.caller.call(bench.solver, request)
        calls.append(call)
        if call.reply is None:
            return DirectAnswer(None, "error", None, attempt, tuple(calls), call.error)
        found = extract_reply(call.reply, item.options)
        if found.status == "answered" or attempt == config.reask:
            break
        request = reask_request(config, card, item, request, call.reply.text)
    return DirectAnswer(found.letter, found.status, found.rule, attempt, tuple(calls), None)


async def generate(bench: Bench, item: Item) -> Scaffold:
    """The generator's scaffold for an item: one for each (item, generator, prompt, seed).

    Raises:
        RequestError: The generator's prompt can't be served.
    """
    generator = bench.generator
    request = generator_request(bench.config, generator.card, item)
    return await write_program(bench.store, bench.caller, generator, item, request)


async def write_program(
    store: Store, caller: Caller, generator: Model, item: Item, request: Request
) -> Scaffold:
    """Have a generator write what a request asks for: a scaffold, or any other program.

    Raises:
        RequestError: The request can't be served.
    """
    card = generator.card
    known = store.scaffold(scaffold_id(item, request.call_id(card)))
    if known is not None:
        return known
    call = await caller.call(generator, request)
    reply = reply_of(call)
    assert request.prompt is not None  # a generator's request is rendered from a template
    scaffold = make_scaffold(
        item, card, request.prompt, reply.text, call_id=call.id, seed=request.sampling.seed
    )
    store.add_scaffold(scaffold)
    return scaffold


def execution_id(config: StudyConfig, item: Item, solver: ModelCard, program_id: str) -> str:
    """The content hash of everything that could change a run."""
    settings = config.settings()
    return content_id(
        "execution",
        [program_id, item.id, solver.identity, PROTOCOL_VERSION],
        [settings[name] for name in ("seed", "ask", "limits")],
    )


async def assist(bench: Bench, item: Item, program_id: str, source: str) -> Execution:
    """Run a program with the solver behind `ask`."""
    config, solver = bench.config, bench.solver
    id = execution_id(config, item, solver.card, program_id)

    async def ask(request: AskRequest) -> str:
        # What can't be served raises a RequestError, which the sandbox hands to the program.
        call = await bench.caller.call(solver, ask_request(config, program_id, request))
        return reply_of(call).text.strip()

    return await _run(bench, id, item, program_id, source, ask, solver.card.name)


async def run_without_solver(
    bench: Bench,
    item: Item,
    program_id: str,
    source: str,
    ask: Callable[[AskRequest], Awaitable[str]],
    instead: str,
) -> tuple[str, Execution]:
    """Run a program with something else behind `ask`; `instead` names it on record.

    The solver plays no part in its id, so one run serves all solvers.
    """
    settings = bench.config.settings()
    id = content_id(
        "execution",
        [program_id, item.id, instead, PROTOCOL_VERSION],
        [settings[name] for name in ("seed", "limits")],
    )
    return id, await _run(bench, id, item, program_id, source, ask, instead)


async def _run(
    bench: Bench,
    id: str,
    item: Item,
    program_id: str,
    source: str,
    ask: Callable[[AskRequest], Awaitable[str]],
    solver: str,
) -> Execution:
    """The run on record, or a new one."""
    known = bench.store.execution(id)
    if known is not None:
        return known
    config = bench.config
    execution = await bench.sandbox.run(
        source,
        item,
        ask,
        limits=config.limits,
        seed=derive_seed(config.seed, "program", program_id),
        trace=config.run.trace,
    )
    bench.store.add_execution(id, program_id, item.id, solver, execution)
    _LOGGER.debug("run %s of program %s: %s", id, program_id, execution.status)
    return execution


def ask_calls(bench: Bench, program_id: str, asks: tuple[Ask, ...]) -> list[ModelCall]:
    """The recorded calls behind the answered asks of a run, in order."""
    requests = [ask_request(bench.config, program_id, ask) for ask in asks if ask.reply is not None]
    found = [bench.store.call(request.call_id(bench.solver.card)) for request in requests]
    return [call for call in found if call is not None]


async def answer_unit(bench: Bench, unit: Unit) -> Row:
    """All three channels of a unit, as a row.

    Raises:
        ModelError: A model can't answer at all.
    """
    item, solver = unit.item, bench.solver.card
    straight = await direct(bench, item)
    refusal: str | None = None
    scaffold: Scaffold | None = None
    execution: Execution | None = None
    asked: list[ModelCall] = []
    run_id: str | None = None
    try:
        scaffold = await generate(bench, item)
    except RequestError as error:
        refusal = str(error)
    program_id = scaffold.program_id if scaffold else None
    if scaffold is not None and scaffold.source is not None and program_id is not None:
        execution = await assist(bench, item, program_id, scaffold.source)
        asked = ask_calls(bench, program_id, execution.calls)
        run_id = execution_id(bench.config, item, solver, program_id)
    return make_row(
        unit,
        straight,
        scaffold_id=scaffold.id if scaffold else None,
        program_id=program_id,
        execution_id=run_id,
        execution=execution,
        asked=asked,
        refusal=refusal,
    )
