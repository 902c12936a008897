"""Runs every program again against the recorded replies and compares the outcome.

A difference counts as a problem when a second replay shows it too: what changes between two
replays, or hangs on how fast or large a machine is, is a note. Programs run in the sandbox, with no
more than `CEILING`, whatever the package asks for: they may come from anyone.
"""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, fields

from cgr_nb.errors import ReplayMiss, RequestError, StoreError
from cgr_nb.package.contents import Contents
from cgr_nb.package.identity import solver_of
from cgr_nb.package.lines import ExecutionLine
from cgr_nb.package.verification import Findings
from cgr_nb.parallel import in_parallel
from cgr_nb.records import Execution, Item, ModelCard
from cgr_nb.sandbox import AskRequest, Level, Limits, Sandbox, Trace
from cgr_nb.study.requests import ask_request, derive_seed

__all__ = ["CEILING", "MACHINE_STATUSES", "replay_all"]

MACHINE_STATUSES = frozenset({"timeout", "cpu_limit", "memory_limit", "killed"})
"""Ends of a run that another machine may not reach, or reach sooner."""

CEILING = Limits(
    cpu_s=120,
    wall_s=300,
    memory_mb=8192,
    calls=10_000,
    output_chars=1_000_000,
    prompt_chars=1_000_000,
    reply_chars=2_000_000,
    source_chars=2_000_000,
    trace_steps=100_000,
    trace_bytes=16_000_000,
)
"""Most that a program of a package may use here."""

_WIDTH = 16
_ANSWERS = ("status", "solver_answer", "generator_answer", "difficulty")
_WORDS = ("detail", "line", "output")


@dataclass(frozen=True, slots=True)
class _Job:
    """One run to repeat."""

    where: str
    source: str
    item: Item
    solver: ModelCard
    program_id: str
    recorded: ExecutionLine
    trace: str | None


@dataclass(frozen=True, slots=True)
class _Replay:
    """What a replay came to: an outcome, or a question that is not on record."""

    execution: Execution | None
    missing: str | None = None


async def replay_all(
    contents: Contents,
    findings: Findings,
    *,
    same_python: bool,
    isolation: Level,
    on_done: Callable[[int, int], None],
) -> None:
    """Replay every run of a package.

    Args:
        contents: The package, whose ids and references may be broken: what can't be run is left.
        findings: Where what is found goes.
        same_python: Compare the words of errors and the steps too, which differ between Pythons.
        isolation: Weakest sandbox level to accept.
        on_done: Called with runs done and runs to do.

    Raises:
        IsolationError: This machine can't give that isolation.
    """
    jobs = list(_jobs(contents))
    limits = _limits(contents, findings)
    results: dict[str, Findings] = {}

    async with Sandbox(minimum=isolation) as box:

        async def work(job: _Job) -> None:
            found = Findings()
            await _check(box, contents, job, limits, same_python, found)
            results[job.where] = found
            on_done(len(results), len(jobs))

        await in_parallel(jobs, work, _WIDTH)
    # In the order of the package, not in that in which runs happened to end.
    for job in jobs:
        findings.problems += results[job.where].problems
        findings.notes += results[job.where].notes
        findings.checked.update(results[job.where].checked)


def _jobs(contents: Contents) -> Iterator[_Job]:
    for run in contents.records.executions:
        source, item = contents.programs.get(run.program_id), contents.items.get(run.item_id)
        solver = solver_of(contents, run)
        if source is not None and item is not None and solver is not None:
            where, trace = f"executions.jsonl {run.id}", contents.traces.get(run.id)
            yield _Job(where, source, item, solver, run.program_id, run, trace)


def _limits(contents: Contents, findings: Findings) -> Limits:
    asked = contents.config.limits
    capped = {
        field.name: min(getattr(asked, field.name), getattr(CEILING, field.name))
        for field in fields(Limits)
    }
    limits = Limits(**capped)
    if limits != asked:
        findings.note("study.toml", "its limits are wider than programs are given here")
    return limits


async def _check(
    box: Sandbox,
    contents: Contents,
    job: _Job,
    limits: Limits,
    same_python: bool,
    findings: Findings,
) -> None:
    first = await _replay(box, contents, job, limits)
    findings.checked["replayed"] += 1
    differences = _differences(job, first, same_python)
    if not differences:
        findings.checked["replayed alike"] += 1
        return
    if _hangs_on_machine(job.recorded, first):
        for what in differences:
            findings.note(job.where, f"{what} (depends on the machine)")
        return
    again = _differences(job, await _replay(box, contents, job, limits), same_python)
    there, here = job.recorded.isolation, box.isolation.level
    levels = "" if there == here else f" (isolation {there} there, {here} here)"
    for what in differences:
        if what in again:
            findings.problem(job.where, what + levels)
        else:
            findings.note(job.where, f"{what} (and differs from replay to replay)")


def _hangs_on_machine(recorded: ExecutionLine, replay: _Replay) -> bool:
    now = replay.execution.status if replay.execution else None
    # The program was gone before the solver had answered.
    cut_short = replay.missing is not None and any(ask.reply is None for ask in recorded.calls)
    return recorded.status in MACHINE_STATUSES or now in MACHINE_STATUSES or cut_short


async def _replay(box: Sandbox, contents: Contents, job: _Job, limits: Limits) -> _Replay:
    try:
        execution = await box.run(
            job.source,
            job.item,
            _answering(contents, job),
            limits=limits,
            seed=derive_seed(contents.config.seed, "program", job.program_id),
            trace=job.trace is not None,
        )
    except ReplayMiss as miss:
        return _Replay(None, missing=miss.got)
    return _Replay(execution)


def _answering(contents: Contents, job: _Job) -> Callable[[AskRequest], Awaitable[str]]:
    """An `ask` that answers from the calls on record, as the study found them: by content."""

    async def ask(request: AskRequest) -> str:
        asked = ask_request(contents.config, job.program_id, request)
        call = contents.call(job.solver, asked)
        if call is None:
            raise ReplayMiss("not on record", got=repr(request.prompt[:80]))
        if call.reply is None:
            raise RequestError(call.error or "no reply on record")
        return call.reply.text.strip()

    return ask


def _differences(job: _Job, replay: _Replay, same_python: bool) -> list[str]:
    """In words, what a replay has otherwise than the record."""
    recorded, now = job.recorded, replay.execution
    if now is None:
        return [f"replayed, the program asks {replay.missing}, which is not on record"]
    names = (*_ANSWERS, *_WORDS) if same_python else _ANSWERS
    found = [
        f"{name} is {getattr(recorded, name)!r}; replayed it is {getattr(now, name)!r}"
        for name in names
        if getattr(recorded, name) != getattr(now, name)
    ]
    if recorded.calls != now.calls:
        found.append(_asks_differ(recorded, now))
    if job.trace is not None and same_python:
        found += _steps_differ(job.trace, now)
    return found


def _asks_differ(recorded: ExecutionLine, now: Execution) -> str:
    if len(recorded.calls) != len(now.calls):
        return f"{len(recorded.calls)} asks; replayed there are {len(now.calls)}"
    for there, due in zip(recorded.calls, now.calls, strict=True):
        if there != due:
            return f"ask {due.index} is {there}; replayed it is {due}"
    return ""


def _steps_differ(recorded: str, now: Execution) -> list[str]:
    try:
        data = b64decode(recorded, validate=True)
        if b64encode(data).decode() != recorded:
            return ["its steps are not written as a package writes them"]
        trace = Trace.from_bytes(data)
    except (StoreError, binascii.Error) as error:
        return [f"its steps can't be read: {error}"]
    if now.trace is None or trace.record != now.trace.record:
        return ["its steps in traces.jsonl are not those of the replay"]
    return []
