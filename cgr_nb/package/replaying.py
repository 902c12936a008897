"""Runs every program again against the recorded replies and compares the outcome.

A run begins where a study begins it: in the row, or in the arm that has it. A difference counts as
a problem when a second replay shows it too: what changes between two replays, or hangs on how fast
or large a machine is, is a note. Programs run in the sandbox, with no more than `CEILING`, whatever
the package asks for: they may come from anyone.
"""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, fields
from functools import partial
from typing import Any

from cgr_nb.errors import StoreError
from cgr_nb.package.answers import Remade
from cgr_nb.package.contents import Contents
from cgr_nb.package.lines import ExecutionLine
from cgr_nb.package.pythons import Pythons
from cgr_nb.package.recorded import Missing, ReplayStore, bench_of
from cgr_nb.package.verification import Findings
from cgr_nb.parallel import in_parallel
from cgr_nb.records import Execution, Item
from cgr_nb.sandbox import AskRequest, Level, Limits, Sandbox, Trace
from cgr_nb.study import Unit
from cgr_nb.study.channels import Bench, assist

__all__ = ["CEILING", "MACHINE_STATUSES", "BoundedSandbox", "replay_all"]

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


class BoundedSandbox(Sandbox):
    """A sandbox that gives a package's programs no more than `CEILING`."""

    def __init__(self, minimum: Level, trace: bool = False) -> None:
        super().__init__(minimum=minimum)
        self._trace = trace

    async def run(
        self,
        source: str,
        item: Item | Mapping[str, Any],
        ask: Callable[[AskRequest], Awaitable[str]],
        *,
        limits: Limits | None = None,
        seed: int = 0,
        trace: bool = True,
    ) -> Execution:
        """See `Sandbox.run`. Steps are recorded where the package has any, and `trace` is not
        asked."""
        bounded = _bounded(limits or Limits())
        return await super().run(source, item, ask, limits=bounded, seed=seed, trace=self._trace)


@dataclass(frozen=True, slots=True)
class _Job:
    """One run to repeat."""

    recorded: ExecutionLine
    trace: str | None
    solver: str
    """Its solver, by the name that the study has for it now."""
    unit: Unit
    again: Callable[[Bench], Awaitable[object]]
    """Does what the study did when it came to this run."""

    @property
    def where(self) -> str:
        return f"executions.jsonl {self.recorded.id}"


@dataclass(frozen=True, slots=True)
class _Replay:
    """What a replay came to: an outcome, or a question that is not on record."""

    of: tuple[str, str, str] | None
    """Program, item and solver."""
    execution: Execution | None
    missing: str | None = None


async def replay_all(
    contents: Contents,
    remade: Remade,
    findings: Findings,
    *,
    pythons: Pythons,
    isolation: Level,
    on_done: Callable[[int, int], None],
) -> None:
    """Replay every run that a row or an arm of a package has.

    Args:
        contents: The package, whose ids and references may be broken.
        remade: Its rows and answers, as the record gives them.
        findings: Where what is found goes.
        pythons: Of the study and here: the words of errors and the steps differ between Pythons.
        isolation: Weakest sandbox level to accept.
        on_done: Called with runs done and runs to do.

    Raises:
        IsolationError: This machine can't give that isolation.
    """
    if _bounded(contents.config.limits) != contents.config.limits:
        findings.note("study.toml", "its limits are wider than programs are given here")
    jobs = _jobs(contents, remade)
    results: dict[str, Findings] = {}

    async with BoundedSandbox(isolation, trace=bool(contents.traces)) as box:
        replayer = _Replayer(contents, remade, box, pythons)

        async def work(job: _Job) -> None:
            results[job.where] = await replayer.check(job)
            on_done(len(results), len(jobs))

        await in_parallel(jobs, work, _WIDTH)
    # In the order of the package, not in that in which runs happened to end.
    for job in jobs:
        findings.problems += results[job.where].problems
        findings.notes += results[job.where].notes
        findings.checked.update(results[job.where].checked)


def _jobs(contents: Contents, remade: Remade) -> list[_Job]:
    """Every run once, in the order of the package."""
    found: dict[str, _Job] = {}

    def add(id: str | None, unit: Unit, again: Callable[[Bench], Awaitable[object]]) -> None:
        if id is None or id in found or id not in contents.executions:
            return
        run = contents.executions[id]
        same = any(
            card.identity == unit.solver.identity for card in contents.models.get(run.solver, ())
        )
        solver = unit.solver.name if same else run.solver
        found[id] = _Job(run, contents.traces.get(id), solver, unit, again)

    for unit, row in remade.rows:
        program = row.program_id or ""
        source = contents.programs.get(program, "")
        again = partial(assist, item=unit.item, program_id=program, source=source)
        add(row.execution_id, unit, again)
    for unit, row, arm, answer in remade.answers:
        add(answer.execution_id, unit, partial(arm.answer, unit=unit, row=row))
    return [found[id] for id in contents.executions if id in found]


def _bounded(asked: Limits) -> Limits:
    capped = {
        field.name: min(getattr(asked, field.name), getattr(CEILING, field.name))
        for field in fields(Limits)
    }
    return Limits(**capped)


class _Replayer:
    """Replays runs in one sandbox."""

    def __init__(self, contents: Contents, remade: Remade, box: Sandbox, pythons: Pythons) -> None:
        self._contents, self._remade, self._box, self._pythons = contents, remade, box, pythons

    async def check(self, job: _Job) -> Findings:
        """Repeat one run, and once more where it differs."""
        findings = Findings()
        first = await self._replay(job)
        findings.checked["replayed"] += 1
        differences = _differences(job, first)
        if not differences:
            findings.checked["replayed alike"] += 1
            return findings
        if _hangs_on_machine(job.recorded, first):
            for what, _ in differences:
                findings.note(job.where, f"{what} (depends on the machine)")
            return findings
        again = _differences(job, await self._replay(job))
        there, here = job.recorded.isolation, self._box.isolation.level
        why = "" if there == here else f" (isolation {there} there, {here} here)"
        why += "" if self._pythons.same else f" ({self._pythons})"
        for difference in differences:
            what, is_answer = difference
            if difference not in again:
                findings.note(job.where, f"{what} (and differs from replay to replay)")
            elif is_answer or self._pythons.alike:
                findings.problem(job.where, what + why)
            else:
                findings.note(job.where, what + why)
        return findings

    async def _replay(self, job: _Job) -> _Replay:
        store = ReplayStore(self._contents, self._remade.scaffolds)
        try:
            await job.again(bench_of(self._contents, job.unit, store, self._box))
        except Missing as missing:
            return _Replay(None, None, missing=missing.got)
        return _Replay(*store.runs.get(job.recorded.id, (None, None)))


def _hangs_on_machine(recorded: ExecutionLine, replay: _Replay) -> bool:
    now = replay.execution.status if replay.execution else None
    # The program was gone before the solver had answered.
    cut_short = replay.missing is not None and any(ask.reply is None for ask in recorded.calls)
    return recorded.status in MACHINE_STATUSES or now in MACHINE_STATUSES or cut_short


def _differences(job: _Job, replay: _Replay) -> list[tuple[str, bool]]:
    """What a replay has otherwise than the record: in words, and whether it is more than words of
    errors and steps."""
    recorded, now = job.recorded, replay.execution
    if replay.missing is not None:
        return [(f"replayed, the program asks {replay.missing}, which is not on record", True)]
    if now is None:
        return [("is not run again where the study ran it", True)]
    found = [
        (f"{name} is {getattr(recorded, name)!r}; replayed it is {getattr(now, name)!r}", answers)
        for names, answers in ((_ANSWERS, True), (_WORDS, False))
        for name in names
        if getattr(recorded, name) != getattr(now, name)
    ]
    of = (recorded.program_id, recorded.item_id, job.solver)
    if of != replay.of:
        found.append((f"is of {of}; replayed it is of {replay.of}", True))
    if recorded.calls != now.calls:
        found.append((_asks_differ(recorded, now), True))
    if job.trace is not None:
        found += [(what, False) for what in _steps_differ(job.trace, now)]
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
