"""The behavioural audit of a whole study: every program probed once, resumable like a run.

What a probe is and what the verdicts mean: `cgr_nb.audit.probes.dependence`. Programs that never
parsed or defined no `solve` are not probed: they return nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from cgr_nb.audit.probes.dependence import probe_program
from cgr_nb.sandbox import Level, ProgramRunner, Sandbox
from cgr_nb.store import BehaviouralAudit, Store
from cgr_nb.store.lock import FolderLock
from cgr_nb.store.past import programs_run
from cgr_nb.util.parallel import in_parallel

__all__ = ["AuditProgress", "audit_study"]

_LOGGER = logging.getLogger(__name__)

PROGRAMS_AT_ONCE = 4
"""Each of them runs all its probes side by side."""


@dataclass(frozen=True, slots=True)
class AuditProgress:
    """How far an audit is."""

    done: int
    """Programs on record, those of earlier audits included."""
    total: int


async def audit_study(
    folder: Path,
    isolation: Level = "strict",
    on_progress: Callable[[AuditProgress], None] | None = None,
) -> None:
    """Probe every program of a study that ran and has not been probed.

    Args:
        folder: The study folder.
        isolation: Weakest sandbox level to accept.
        on_progress: Called at the start and after each program.

    Raises:
        StoreError: No study there, or another process is writing to it.
        IsolationError: Programs can't be isolated on this machine.
    """
    tell = on_progress or (lambda progress: None)
    with FolderLock(folder), Store.open(folder) as store:
        known = store.audits.program_ids()
        programs = programs_run(store)
        left = [program for program in programs if program[0] not in known]
        done = len(programs) - len(left)
        tell(AuditProgress(done, len(programs)))
        if not left:
            return
        async with Sandbox(minimum=isolation) as sandbox:

            async def audit(program: tuple[str, str]) -> None:
                nonlocal done
                await _audit(store, sandbox, *program)
                done += 1
                tell(AuditProgress(done, len(programs)))

            await in_parallel(left, audit, PROGRAMS_AT_ONCE)


async def _audit(store: Store, runner: ProgramRunner, program_id: str, execution_id: str) -> None:
    source, execution = store.program(program_id), store.execution(execution_id)
    item = store.item_of_execution(execution_id)
    # The store writes all three before the row that names the execution.
    assert source is not None
    assert execution is not None
    assert item is not None
    found = await probe_program(runner, source, item, execution.calls)
    _LOGGER.info("program %s: %s", program_id, found.verdict)
    store.audits.add(
        BehaviouralAudit(
            program_id=program_id,
            item_id=item.id,
            verdict=found.verdict,
            reachable=tuple(found.reachable),
            fixed=found.fixed,
            probes=tuple(asdict(probe) for probe in found.probes),
        )
    )
