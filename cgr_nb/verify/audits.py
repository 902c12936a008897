"""Checks the behavioural audits of a package: from the probes on record, or by probing again.

The audit's own code judges in both cases. From the record, each run that it begins ends as the next
recorded probe did: so the plan of probes, what is reachable and the verdict are all made anew, and
only what a program did under a probe is taken on trust. Probing again checks that too, at some tens
of runs a program.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from typing import Any, cast

from cgr_nb.audit.probes.dependence import Dependence, Probe, probe_program
from cgr_nb.audit.probes.listening import calls_heard
from cgr_nb.bundle.contents import Contents
from cgr_nb.bundle.record_file import columns
from cgr_nb.bundle.rows import DependenceLine
from cgr_nb.bundle.verification import Findings
from cgr_nb.records import Ask, Execution, ExecutionStatus, Item
from cgr_nb.sandbox import Asker, Level, Limits, ProgramRunner, RunMode, Sandbox
from cgr_nb.util.parallel import in_parallel
from cgr_nb.verify.pythons import Pythons
from cgr_nb.verify.replay_differences import MACHINE_STATUSES
from cgr_nb.verify.replaying import BoundedRunner

__all__ = ["check_audits", "probe_again"]

_AT_ONCE = 4
"""Programs probed side by side; each of them runs many probes side by side."""


_NO_RUN = "there is no run of the program on its item, whose replies it could be probed with"


_SOME_ASK = Ask(0, "", (), None, None, "", None)


class _Exhausted(Exception):
    """The audit begins a run that is not on record. A signal between the functions here."""


class _RecordedProbes:
    """Ends each run as the next recorded probe did: a `ProgramRunner` that runs nothing.

    Args:
        probes: The record.
    """

    def __init__(self, probes: tuple[Probe, ...]) -> None:
        self._left: Iterator[Probe] = iter(probes)

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
        """See `ProgramRunner.run`."""
        probe = next(self._left, None)
        if probe is None:
            raise _Exhausted
        return Execution(
            # Where it is none of them, the record does not come out as it is there.
            status=cast(ExecutionStatus, probe.status),
            solver_answer=probe.letter,
            generator_answer=None,
            difficulty=None,
            detail="",
            # What it asked is not on record, only whether it did; but for runs listened to.
            calls=calls_heard(probe.heard) or ((_SOME_ASK,) if probe.asked else ()),
            output="",
            line=None,
            cpu_s=None,
            wall_s=0,
            isolation="limits",
        )


async def check_audits(contents: Contents, findings: Findings) -> None:
    """Judge the recorded probes of every audit again."""
    audits = contents.records.dependence
    for audit in audits:
        if audit.program_id not in contents.programs or audit.item_id not in contents.items:
            continue
        found = await _judged(contents, audit)
        if found is not None:
            findings.problem(f"dependence.jsonl {audit.program_id}", found)
    probed = {audit.program_id for audit in audits}
    ran = {
        program
        for program, solver, status in columns(
            contents.records.executions, "program_id", "solver", "status"
        )
        if solver in contents.models and status not in ("syntax_error", "interface_error")
    }
    if audits and ran - probed:
        findings.note("dependence.jsonl", f"{len(ran - probed)} programs that ran have no audit")


async def _judged(contents: Contents, audit: DependenceLine) -> str | None:
    """How an audit differs from what its own probes come to, if it does."""
    differences = []
    for calls in _recordings(contents, audit):
        try:
            due = await _probe(_RecordedProbes(audit.probes), contents, audit, calls)
        except (_Exhausted, KeyError):
            differences.append("its probes are not those of the audit")
            continue
        found = _difference(audit, due)
        if found is None:
            return None
        differences.append(found)
    return differences[0] if differences else _NO_RUN


async def probe_again(
    contents: Contents,
    findings: Findings,
    *,
    pythons: Pythons,
    isolation: Level,
    on_done: Callable[[int, int], None],
) -> None:
    """Run every probe of every audit again.

    Args:
        contents: The package.
        findings: Where what is found goes.
        pythons: Of the study and here.
        isolation: Weakest sandbox level to accept.
        on_done: Called with programs done and programs to do.

    Raises:
        IsolationError: This machine can't give that isolation.
    """
    audits = [
        audit
        for audit in contents.records.dependence
        if audit.program_id in contents.programs and audit.item_id in contents.items
    ]
    done = 0
    async with Sandbox(minimum=isolation) as sandbox:
        runner = BoundedRunner(sandbox)

        async def work(audit: DependenceLine) -> None:
            nonlocal done
            where = f"dependence.jsonl {audit.program_id}"
            found, on_machine = await _probed(runner, contents, audit)
            findings.checked["probed again"] += 1
            if found is not None and on_machine:
                findings.note(where, f"probed again, {found} (depends on the machine)")
            elif found is not None:
                why = "" if pythons.same else f" ({pythons})"
                findings.problem(where, f"probed again, {found}{why}")
            done += 1
            on_done(done, len(audits))

        await in_parallel(audits, work, _AT_ONCE)


async def _probed(
    runner: ProgramRunner, contents: Contents, audit: DependenceLine
) -> tuple[str | None, bool]:
    """How an audit differs from a new one, and whether that hangs on the machine or on chance."""
    first: tuple[str | None, bool] = (_NO_RUN, False)
    for number, calls in enumerate(_recordings(contents, audit)):
        due = await _probe(runner, contents, audit, calls)
        found = _difference(audit, due)
        if found is None:
            return None, False
        if number == 0:
            again = await _probe(runner, contents, audit, calls)
            statuses = {probe.status for probe in (*audit.probes, *due.probes)}
            first = found, again != due or bool(statuses & MACHINE_STATUSES)
    return first


def _recordings(contents: Contents, audit: DependenceLine) -> Iterator[tuple[Ask, ...]]:
    """Asks that the audit may have disturbed: of each run of the program on the item, the likeliest
    first. Which one it was is not on record, and a study may have grown since."""
    seen = set()
    for run in contents.runs_of(audit.program_id):
        if run.solver in contents.models and run.item_id == audit.item_id:
            replies = tuple(ask.reply for ask in run.calls)
            if replies not in seen:
                seen.add(replies)
                yield run.calls


async def _probe(
    runner: ProgramRunner, contents: Contents, audit: DependenceLine, calls: tuple[Ask, ...]
) -> Dependence:
    source, item = contents.programs[audit.program_id], contents.items[audit.item_id]
    return await probe_program(runner, source, item, calls)


def _difference(audit: DependenceLine, due: Dependence) -> str | None:
    """The first thing that differs, in words."""
    for one in fields(Dependence):
        kept, made = getattr(audit, one.name), getattr(due, one.name)
        if kept == made:
            continue
        if one.name != "probes":
            return f"{one.name} is {kept!r}; its probes give {made!r}"
        pairs = zip(kept, made, strict=False)
        number = next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(kept), len(made)))
        there = kept[number] if number < len(kept) else "not there"
        new = made[number] if number < len(made) else "not there"
        return f"probe {number + 1} is {there}; it should be {new}"
    return None
