"""The connections of one endpoint: a client for each event loop, as one can't be used from another,
and the places in it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from cgr_nb.models.pacing import Pacing

if TYPE_CHECKING:
    from httpx2 import AsyncClient

__all__ = ["Connections", "Line"]


@dataclass(slots=True)
class Line:
    """The connections of one event loop."""

    client: AsyncClient
    pacing: Pacing
    probing: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Held by whoever finds out what the server takes."""


class Connections:
    """Opened when they are used, closed for good."""

    def __init__(self, client: Callable[[], AsyncClient], pacing: Callable[[], Pacing]) -> None:
        """Open none yet.

        Args:
            client: Makes the client of a loop.
            pacing: Makes the places of a loop.
        """
        self._client = client
        self._pacing = pacing
        self._lines: WeakKeyDictionary[asyncio.AbstractEventLoop, Line] = WeakKeyDictionary()
        self.closed = False

    def line(self) -> Line:
        """Those of the running loop."""
        loop = asyncio.get_running_loop()
        line = self._lines.get(loop)
        if line is None:
            line = self._lines[loop] = Line(self._client(), self._pacing())
        return line

    @asynccontextmanager
    async def place(self) -> AsyncIterator[Line]:
        """Wait for a place for one request, and keep it while the block lasts."""
        line = self.line()
        async with line.pacing.place():
            yield line

    async def close(self) -> None:
        """Close those of the running loop. Requests in them end in a `RuntimeError`."""
        self.closed = True
        line = self._lines.pop(asyncio.get_running_loop(), None)
        if line is not None:
            await line.client.aclose()
