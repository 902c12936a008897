"""What runs programs, for those who need no more than that."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from cgr_nb.records import Execution, Item
from cgr_nb.sandbox.limits import Limits
from cgr_nb.sandbox.modes import RunMode
from cgr_nb.sandbox.replies import Asker

__all__ = ["CellRunner", "Cells", "ProgramRunner"]


class ProgramRunner(Protocol):
    """Runs programs: a `Sandbox`, or what stands in for one."""

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
        ...


class Cells(Protocol):
    """A session: a `CellSession`, or what stands in for one."""

    @property
    def ended(self) -> bool:
        """See `CellSession.ended`."""
        ...

    async def run(self, source: str, ask: Asker, *, calls: int | None = None) -> Execution:
        """See `CellSession.run`."""
        ...


class CellRunner(ProgramRunner, Protocol):
    """Runs programs, and cell after cell."""

    def session(
        self,
        item: Item | Mapping[str, Any],
        *,
        limits: Limits | None = None,
        seed: int = 0,
        trace: bool = True,
    ) -> AbstractAsyncContextManager[Cells]:
        """See `Sandbox.session`."""
        ...
