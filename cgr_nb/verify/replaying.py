"""Runs every program again against the recorded replies and compares the outcome.

Whole answers and setups are made again, each with all its runs, as a study makes them. A
difference counts as a problem when a second replay shows it too: what changes between two replays,
or hangs on how fast or large a machine is, is a note. Programs run in the sandbox, with no more
than `CEILING`, whatever the package asks for: they may come from anyone.
"""

from __future__ import annotations

import binascii
import os
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, fields
from typing import Any

from cgr_nb.bundle.contents import Contents
from cgr_nb.bundle.rows import ExecutionLine
from cgr_nb.bundle.verification import Findings
from cgr_nb.errors import StoreError
from cgr_nb.records import Execution, Item
from cgr_nb.sandbox import Asker, Cells, Level, Limits, RunMode, Sandbox, Trace
from cgr_nb.util.parallel import in_parallel
from cgr_nb.verify.pythons import Pythons
from cgr_nb.verify.recompute import Remade, RemadeAnswer, RemadeSetup
from cgr_nb.verify.recorded import Missing, RecordedStore, ReplayStore, resources_of

__all__ = ["CEILING", "MACHINE_STATUSES", "BoundedRunner", "replay_all"]

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

_WIDTH = max(16, 2 * (os.cpu_count() or 1))
"""Answers that are made again side by side. Programs run in processes of the sandbox, so that all
cores have work; this process answers what they ask."""
_ANSWERS = ("status", "solver_answer", "generator_answer", "difficulty")
_WORDS = ("detail", "line", "output")


class BoundedRunner:
    """Gives a package's programs no more than `CEILING`: a `CellRunner`.

    Args:
        sandbox: Where they run.
        trace: Whether steps are recorded, whatever is asked.
    """

    def __init__(self, sandbox: Sandbox, trace: bool = False) -> None:
        self._sandbox = sandbox
        self._trace = trace

    @property
    def level(self) -> Level:
        """The isolation that is in force."""
        return self._sandbox.isolation.level

    async def run(
        self,
        source: str,
        item: Item | Mapping[str, Any],
        ask: Asker,
        *,
        limits: Limits | None = None,
        seed: int = 0,
        trace: bool = True,
        mode: RunMode = "solve",
    ) -> Execution:
        """See `Sandbox.run`."""
        bounded = _bounded(limits or Limits())
        return await self._sandbox.run(
            source, item, ask, limits=bounded, seed=seed, trace=self._trace, mode=mode
        )

    def session(
        self,
        item: Item | Mapping[str, Any],
        *,
        limits: Limits | None = None,
        seed: int = 0,
        trace: bool = True,
    ) -> AbstractAsyncContextManager[Cells]:
        """See `Sandbox.session`."""
        bounded = _bounded(limits or Limits())
        return self._sandbox.session(item, limits=bounded, seed=seed, trace=self._trace)


@dataclass(frozen=True, slots=True)
class _Run:
    """One run to repeat."""

    recorded: ExecutionLine
    trace: str | None
    solver: str
    """Its solver, by the name that the study has for it now."""

    @property
    def where(self) -> str:
        return f"executions.jsonl {self.recorded.id}"


@dataclass(frozen=True, slots=True)
class _Job:
    """One answer or setup to make again, and those of its runs that none before it has."""

    made: RemadeAnswer | RemadeSetup
    runs: tuple[_Run, ...]


@dataclass(frozen=True, slots=True)
class _Replay:
    """What a replay of one run came to: an outcome, or a question that is not on record."""

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
    """Make every answer and setup of a package again that has a run, and compare all its runs.

    Args:
        contents: The package, whose ids and references may be broken.
        remade: Its answers and setups, as the record gives them.
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
    total = sum(len(job.runs) for job in jobs)
    results: dict[str, Findings] = {}

    async with Sandbox(minimum=isolation) as sandbox:
        # Where the package has steps, they are compared.
        runner = BoundedRunner(sandbox, trace=bool(contents.traces))
        replayer = _Replayer(contents, remade, runner, pythons)

        async def work(job: _Job) -> None:
            results.update(await replayer.check(job))
            on_done(len(results), total)

        await in_parallel(jobs, work, _WIDTH)
    # In the order of the package, not in that in which runs happened to end.
    for id in contents.executions:
        found = results.get(f"executions.jsonl {id}")
        if found is not None:
            findings.add(found)


def _jobs(contents: Contents, remade: Remade) -> list[_Job]:
    """Every run once, with the first setup or answer that has it."""
    seen: set[str] = set()
    jobs = []
    every: list[RemadeAnswer | RemadeSetup] = [*remade.setups.values()]
    every += remade.answers.values()
    for made in every:
        runs = []
        for id in made.runs:
            if id in seen or id not in contents.executions:
                continue
            seen.add(id)
            run, solver = contents.executions[id], made.unit.solver
            same = any(
                card.identity == solver.identity for card in contents.models.get(run.solver, ())
            )
            traced = contents.traces.get(id)
            name = solver.name if same else run.solver
            runs.append(_Run(run, traced.trace if traced else None, name))
        if runs:
            jobs.append(_Job(made, tuple(runs)))
    return jobs


def _bounded(asked: Limits) -> Limits:
    capped = {
        field.name: min(getattr(asked, field.name), getattr(CEILING, field.name))
        for field in fields(Limits)
    }
    return Limits(**capped)


class _Replayer:
    """Replays runs in one sandbox."""

    def __init__(
        self, contents: Contents, remade: Remade, runner: BoundedRunner, pythons: Pythons
    ) -> None:
        self._contents, self._remade, self._pythons = contents, remade, pythons
        self._runner = runner

    async def check(self, job: _Job) -> dict[str, Findings]:
        """Repeat an answer, and once more where a run differs. What is found, by run."""
        first = await self._replay(job)
        found = {run.where: Findings() for run in job.runs}
        again: dict[str, _Replay] | None = None
        for run in job.runs:
            findings, replay = found[run.where], first[run.recorded.id]
            findings.checked["replayed"] += 1
            differences = _differences(run, replay)
            if not differences:
                findings.checked["replayed alike"] += 1
                continue
            if _depends_on_machine(run.recorded, replay):
                for what, _ in differences:
                    findings.note(run.where, f"{what} (depends on the machine)")
                continue
            if again is None:
                again = await self._replay(job)
            twice = _differences(run, again[run.recorded.id])
            self._tell(run, differences, twice, findings)
        return found

    def _tell(
        self,
        run: _Run,
        differences: list[tuple[str, bool]],
        again: list[tuple[str, bool]],
        findings: Findings,
    ) -> None:
        there, here = run.recorded.isolation, self._runner.level
        why = "" if there == here else f" (isolation {there} there, {here} here)"
        why += "" if self._pythons.same else f" ({self._pythons})"
        for difference in differences:
            what, is_answer = difference
            if difference not in again:
                findings.note(run.where, f"{what} (and differs from replay to replay)")
            elif is_answer or self._pythons.alike:
                findings.problem(run.where, what + why)
            else:
                findings.note(run.where, what + why)

    async def _replay(self, job: _Job) -> dict[str, _Replay]:
        """What the runs of an answer came to, by id."""
        store = ReplayStore(RecordedStore(self._contents, self._remade.scaffolds))
        resources = resources_of(self._contents, job.made.unit, store, self._runner)
        missing: str | None = None
        try:
            await job.made.again(self._contents, resources)
        except Missing as error:
            missing = error.got
        return {
            run.recorded.id: _Replay(*store.runs[run.recorded.id])
            if run.recorded.id in store.runs
            else _Replay(None, None, missing=missing)
            for run in job.runs
        }


def _depends_on_machine(recorded: ExecutionLine, replay: _Replay) -> bool:
    now = replay.execution.status if replay.execution else None
    # The program was gone before the solver had answered.
    cut_short = replay.missing is not None and any(ask.reply is None for ask in recorded.calls)
    return recorded.status in MACHINE_STATUSES or now in MACHINE_STATUSES or cut_short


def _differences(run: _Run, replay: _Replay) -> list[tuple[str, bool]]:
    """What a replay has otherwise than the record: in words, and whether it is more than words of
    errors and steps."""
    recorded, now = run.recorded, replay.execution
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
    of = (recorded.program_id, recorded.item_id, run.solver)
    if of != replay.of:
        found.append((f"is of {of}; replayed it is of {replay.of}", True))
    if recorded.calls != now.calls:
        found.append((_asks_differ(recorded, now), True))
    if run.trace is not None:
        found += [(what, False) for what in _steps_differ(run.trace, now)]
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
