"""Runs every program again against the recorded replies and compares the outcome.

Whole answers and setups are made again, each with all its runs, as a study makes them. A
difference counts as a problem when a second replay shows it too: what changes between two replays,
or hangs on how fast or large a machine is, is a note. Programs run in the sandbox, with no more
than `CEILING`, whatever the package asks for: they may come from anyone. On a machine of more than
three cores several processes answer what programs ask (see `replay_hosts`).
"""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, fields
from typing import Any

from cgr_nb.bundle.contents import Contents
from cgr_nb.bundle.verification import Findings, Problem
from cgr_nb.machine import physical_cores
from cgr_nb.records import Execution, Item
from cgr_nb.sandbox import Asker, Cells, Level, Limits, RunMode, Sandbox
from cgr_nb.sandbox.memory import shared_budget
from cgr_nb.util.parallel import in_parallel
from cgr_nb.verify.pythons import Pythons
from cgr_nb.verify.recompute import Remade, RemadeAnswer, RemadeSetup
from cgr_nb.verify.recorded import Missing, RecordedStore, ReplayStore, resources_of
from cgr_nb.verify.replay_differences import (
    Replay,
    RunToRepeat,
    depends_on_machine,
    differences_of,
)
from cgr_nb.verify.replay_hosts import HAS_HOSTS, Do, do_in_hosts

__all__ = ["CEILING", "BoundedRunner", "replay_all"]

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
_CORES_OF_A_HOST = 3
"""A run takes four times as long in its sandbox as in the process that answers it: so hosts never
are what programs wait for."""
_JOBS_OF_A_HOST = 32
"""Fewer than so many each, and another host would not be worth its start."""


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
class _Job:
    """One answer or setup to make again, and those of its runs that none before it has."""

    made: RemadeAnswer | RemadeSetup
    runs: tuple[RunToRepeat, ...]


async def replay_all(
    contents: Contents,
    remade: Remade,
    findings: Findings,
    *,
    pythons: Pythons,
    isolation: Level,
    on_done: Callable[[int, int], None],
    hosts: int | None = None,
) -> None:
    """Make every answer and setup of a package again that has a run, and compare all its runs.

    Args:
        contents: The package, whose ids and references may be broken.
        remade: Its answers and setups, as the record gives them.
        findings: Where what is found goes.
        pythons: Of the study and here: the words of errors and the steps differ between Pythons.
        isolation: Weakest sandbox level to accept.
        on_done: Called with runs done and runs to do.
        hosts: Processes that answer programs; None: as many as the cores and the memory of this
            machine are enough for. With 1, and where there can be no more, it is this one.

    Raises:
        IsolationError: This machine can't give that isolation.
    """
    if _bounded(contents.config.limits) != contents.config.limits:
        findings.note("study.toml", "its limits are wider than programs are given here")
    jobs = _jobs(contents, remade)
    total = sum(len(job.runs) for job in jobs)
    results: dict[str, Findings] = {}

    def found_out(found: Mapping[str, Findings]) -> None:
        results.update(found)
        on_done(len(results), total)

    @asynccontextmanager
    async def replaying(sandbox: Sandbox) -> AsyncIterator[_Replayer]:
        async with sandbox:
            # Where the package has steps, they are compared.
            runner = BoundedRunner(sandbox, trace=bool(contents.traces))
            yield _Replayer(contents, remade, runner, pythons)

    count = _hosts_for(contents.config.limits, len(jobs)) if hosts is None else hosts
    left: Sequence[int] = range(len(jobs))
    if count > 1 and HAS_HOSTS:
        memory_mb = max(1, (shared_budget().most_bytes >> 20) // count)
        cores = -(-physical_cores() // count)

        @asynccontextmanager
        async def in_host() -> AsyncIterator[Do]:
            async with replaying(Sandbox(cores, isolation, memory_mb=memory_mb)) as replayer:

                async def do(number: int) -> bytes:
                    return _told(await replayer.check(jobs[number]))

                yield do

        left = await do_in_hosts(
            in_host,
            len(jobs),
            hosts=count,
            width=max(4, -(-_WIDTH // count)),
            on_result=lambda _, said: found_out(_heard(said)),
            on_lost=lambda number, how: found_out(_lost(jobs[number], how)),
        )
    if left or not jobs:
        async with replaying(Sandbox(minimum=isolation)) as replayer:

            async def work(number: int) -> None:
                found_out(await replayer.check(jobs[number]))

            await in_parallel(left, work, _WIDTH)
    # In the order of the package, not in that in which runs happened to end.
    for id in contents.executions:
        found = results.get(f"executions.jsonl {id}")
        if found is not None:
            findings.add(found)


def _hosts_for(limits: Limits, jobs: int) -> int:
    """Processes that answer programs: enough for all cores, and each with memory for one program
    that takes what the package gives it.

    Args:
        limits: Of the package.
        jobs: Answers and setups to make again.
    """
    of_memory = shared_budget().most_bytes // max(1, _bounded(limits).live_bytes)
    of_cores = -(-physical_cores() // _CORES_OF_A_HOST)
    return max(1, min(of_cores, of_memory, jobs // _JOBS_OF_A_HOST))


def _told(found: Mapping[str, Findings]) -> bytes:
    """What was found of each run, as a host tells it."""
    parts = {where: (one.problems, one.notes, dict(one.checked)) for where, one in found.items()}
    return json.dumps(parts).encode()


def _heard(said: bytes) -> dict[str, Findings]:
    """What `_told` told."""
    found = {}
    for where, (problems, notes, checked) in json.loads(said).items():
        one = found[where] = Findings()
        one.problems = [Problem(*problem) for problem in problems]
        one.notes = [Problem(*note) for note in notes]
        one.checked.update(checked)
    return found


def _lost(job: _Job, how: str) -> dict[str, Findings]:
    """What there is to say of a job that ended its host, twice."""
    found = {}
    for run in job.runs:
        one = found[run.where] = Findings()
        one.problem(run.where, f"can't be replayed: the process that replays it ends ({how})")
    return found


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
            runs.append(RunToRepeat(run, traced.trace if traced else None, name))
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
        again: dict[str, Replay] | None = None
        for run in job.runs:
            findings, replay = found[run.where], first[run.recorded.id]
            findings.checked["replayed"] += 1
            differences = differences_of(run, replay)
            if not differences:
                findings.checked["replayed alike"] += 1
                continue
            if depends_on_machine(run.recorded, replay):
                for what, _ in differences:
                    findings.note(run.where, f"{what} (depends on the machine)")
                continue
            if again is None:
                again = await self._replay(job)
            twice = differences_of(run, again[run.recorded.id])
            self._tell(run, differences, twice, findings)
        return found

    def _tell(
        self,
        run: RunToRepeat,
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

    async def _replay(self, job: _Job) -> dict[str, Replay]:
        """What the runs of an answer came to, by id."""
        store = ReplayStore(RecordedStore(self._contents, self._remade.scaffolds))
        resources = resources_of(self._contents, job.made.unit, store, self._runner)
        missing: str | None = None
        try:
            await job.made.again(self._contents, resources)
        except Missing as error:
            missing = error.got
        return {
            run.recorded.id: Replay(*store.runs[run.recorded.id])
            if run.recorded.id in store.runs
            else Replay(None, None, missing=missing)
            for run in job.runs
        }
