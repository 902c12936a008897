"""The behavioural audit of a whole study: every program probed once, resumable like a run.

What a probe is and what the verdicts mean: `cgr_nb.analysis.dependence`. Programs that never
parsed or defined no `solve` are not probed: they return nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from cgr_nb.analysis.dependence import probe_program
from cgr_nb.records import Execution, Item
from cgr_nb.sandbox import Sandbox
from cgr_nb.store import Store
from cgr_nb.store.lock import FolderLock

__all__ = ["AuditProgress", "audit_study"]

PROGRAMS_AT_ONCE = 4
"""Each of them runs all its probes side by side."""


@dataclass(frozen=True, slots=True)
class AuditProgress:
    """How far an audit is."""

    done: int
    """Programs on record, those of earlier audits included."""
    total: int


@dataclass(frozen=True, slots=True)
class _Subject:
    program_id: str
    source: str
    item: Item
    execution: Execution


async def audit_study(
    folder: Path, on_progress: Callable[[AuditProgress], None] | None = None
) -> None:
    """Probe every program of a study that ran and has not been probed.

    Args:
        folder: The study folder.
        on_progress: Called at the start and after each program.

    Raises:
        StoreError: No study there, or another process is writing to it.
        IsolationError: Programs can't be isolated on this machine.
    """
    tell = on_progress or (lambda progress: None)
    with FolderLock(folder), Store.open(folder) as store:
        ids = _probed_ids(store)
        done = {found[0] for found in store.connection.execute("SELECT program_id FROM dependence")}
        left = [pair for pair in ids if pair[0] not in done]
        count = len(ids) - len(left)
        tell(AuditProgress(count, len(ids)))
        if not left:
            return
        async with Sandbox() as sandbox:

            async def work() -> None:
                nonlocal count
                while left:
                    subject = _subject(store, *left.pop())
                    found = await probe_program(
                        sandbox, subject.source, subject.item, subject.execution.calls
                    )
                    store.add_dependence(
                        subject.program_id,
                        subject.item.id,
                        found.verdict,
                        found.reachable,
                        found.fixed,
                        [asdict(probe) for probe in found.probes],
                    )
                    count += 1
                    tell(AuditProgress(count, len(ids)))

            async with asyncio.TaskGroup() as group:
                for _ in range(PROGRAMS_AT_ONCE):
                    group.create_task(work())


def _probed_ids(store: Store) -> list[tuple[str, str]]:
    """(program id, id of its first execution) of every program that could return something."""
    found = store.connection.execute(
        "SELECT program_id, min(id) FROM executions"
        " WHERE status NOT IN ('syntax_error', 'interface_error')"
        " GROUP BY program_id ORDER BY program_id"
    )
    return [(program_id, execution_id) for program_id, execution_id in found]


def _subject(store: Store, program_id: str, execution_id: str) -> _Subject:
    item_id = store.connection.execute(
        "SELECT item_id FROM executions WHERE id = ?", (execution_id,)
    ).fetchone()[0]
    source, item = store.program(program_id), store.item(item_id)
    execution = store.execution(execution_id)
    # The store writes these before the execution that names them.
    assert source is not None
    assert item is not None
    assert execution is not None
    return _Subject(program_id, source, item, execution)
