"""What if: run a program again against its recorded replies, with one of them or the program itself
changed.

After a change a program may ask what nobody asked before. Such a question goes to the row's own
solver, sampled as the study samples; where that model is not at hand, the run is not made and the
error says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass

from cgr_nb.blocking import run_blocking
from cgr_nb.errors import CgrError, ModelError, ReplayMiss
from cgr_nb.models import Model, open_model
from cgr_nb.records import Execution, ModelCard
from cgr_nb.sandbox import AskRequest, Sandbox, recorded
from cgr_nb.study import StudyConfig
from cgr_nb.study.requests import ask_request, derive_seed
from cgr_nb.widgets.rows import Found

__all__ = ["Again", "run_again"]


@dataclass(frozen=True, slots=True)
class Again:
    """A second run."""

    execution: Execution
    source: str
    asked_anew: int
    """Questions that were not on record and went to the solver."""


def run_again(
    found: Found,
    config: StudyConfig,
    card: ModelCard | None,
    *,
    changed: Mapping[int, str] | None = None,
    source: str | None = None,
) -> Again:
    """Run the program of a row again.

    Args:
        found: The row and its first run.
        config: The study's config: limits, seeds, sampling.
        card: The row's solver; None: only recorded replies.
        changed: Index of a call, from 0 -> what the solver is to have said there.
        source: Another program; None keeps the row's.

    Raises:
        CgrError: There is no such call.
        ReplayMiss: The program asks what is not on record and the solver can't be opened.
    """
    calls = found.execution.calls
    for index in changed or {}:
        if not 0 <= index < len(calls):
            raise CgrError(
                f"there is no call {index + 1}",
                got=f"a run with {len(calls)} calls",
                fix="calls are numbered from 0 in `what_if`",
            )
    return run_blocking(lambda: _job(found, config, card, dict(changed or {}), source))


async def _job(
    found: Found,
    config: StudyConfig,
    card: ModelCard | None,
    changed: dict[int, str],
    source: str | None,
) -> Again:
    record = recorded(found.execution.calls, changed)
    program_id = found.program_id
    asked_anew = 0
    models: list[Model] = []
    async with AsyncExitStack() as stack:

        async def solver(miss: ReplayMiss) -> Model:
            if not models:
                try:
                    if card is None:
                        raise miss
                    models.append(open_model(card))
                except ModelError as error:
                    raise _no_solver(found.solver, miss) from error
                stack.push_async_callback(models[0].close)
            return models[0]

        async def answer(request: AskRequest) -> str:
            nonlocal asked_anew
            try:
                return await record(request)
            except ReplayMiss as miss:
                model = await solver(miss)
            asked_anew += 1
            asked = ask_request(config, program_id, request)
            return (await model.reply(asked.messages, asked.sampling)).text.strip()

        sandbox = await stack.enter_async_context(Sandbox(workers=1, minimum=config.run.isolation))
        execution = await sandbox.run(
            source or found.source,
            found.item,
            answer,
            limits=config.limits,
            seed=derive_seed(config.seed, "program", program_id),
        )
    return Again(execution, source or found.source, asked_anew)


def _no_solver(name: str, miss: ReplayMiss) -> ReplayMiss:
    return ReplayMiss(
        "after this change the program asks what is not on record",
        where=miss.where,
        got=miss.got,
        fix=f"make solver '{name}' available to ask it, or change another reply",
    )
