"""What runs programs, for those who need no more than that."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from cgr_nb.records import Execution, Item
from cgr_nb.sandbox.limits import Limits
from cgr_nb.sandbox.modes import RunMode
from cgr_nb.sandbox.replies import Asker

__all__ = ["ProgramRunner"]


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
