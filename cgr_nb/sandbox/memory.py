"""Room for programs: what all that exist at once may take of the machine's memory, together.

Every program is counted with the most that its limits let it take, from before it starts until it
is gone, whatever it takes in fact: so no outcome of a program depends on what its neighbours do,
and a machine is not filled by programs that each stay within their limits. Whoever finds no room
waits, in order of arrival.
"""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Final

__all__ = ["MemoryBudget", "machine_memory", "shared_budget"]

_SHARE: Final = 0.4
"""Share of the machine's memory that programs may take; models may take half of it."""
_UNKNOWN: Final = 4 << 30
_NO_LIMIT: Final = 1 << 60
"""Version 1 of cgroups says "no limit" by a number of this size."""


class MemoryBudget:
    """Memory for programs. For any threads and event loops at once.

    Args:
        most_bytes: What all programs may take together. One that needs more than that runs alone.
    """

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        self._lock = Lock()
        self._used = 0
        self._waiting: deque[tuple[int, Future[None]]] = deque()

    @property
    def used_bytes(self) -> int:
        """What the programs that exist now are counted with."""
        return self._used

    @asynccontextmanager
    async def room(self, size: int) -> AsyncIterator[None]:
        """Wait for room, and have it for a while."""
        size = min(size, self.most_bytes)
        ticket = Future[None]()
        with self._lock:
            self._waiting.append((size, ticket))
        self._admit()
        try:
            if not ticket.done():
                await asyncio.wrap_future(ticket)
            yield
        finally:
            if ticket.cancel():  # given up before there was room
                size = 0
            with self._lock:
                self._used -= size
            self._admit()

    def _admit(self) -> None:
        """Let in who is next, as long as there is room."""
        admitted: list[Future[None]] = []
        with self._lock:
            while self._waiting and self._used + self._waiting[0][0] <= self.most_bytes:
                size, ticket = self._waiting.popleft()
                if ticket.set_running_or_notify_cancel():
                    self._used += size
                    admitted.append(ticket)
        for ticket in admitted:
            ticket.set_result(None)


@cache
def shared_budget() -> MemoryBudget:
    """The budget of this process, two fifths of what the machine has: of all sandboxes that state
    none of their own."""
    return MemoryBudget(int(_SHARE * machine_memory()))


def machine_memory(root: Path = Path("/")) -> int:
    """Bytes of memory that this process can have: the machine's, or less where a container or
    another control group limits it.

    Args:
        root: Where `proc` and `sys` are.
    """
    try:
        pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, ValueError, OSError):  # not on Windows
        return _UNKNOWN
    return min([pages * size, *_group_limits(root)])


def _group_limits(root: Path) -> Iterator[int]:
    """Memory limits of the control groups that this process is in, of either version."""
    for folder, name in _group_folders(root):
        text = _text(folder / name).strip()
        if text.isascii() and text.isdigit() and len(text) < 20 and 0 < int(text) < _NO_LIMIT:
            yield int(text)


def _group_folders(root: Path) -> Iterator[tuple[Path, str]]:
    """Where the limits are: a folder, and the name of the file in it."""
    groups: dict[bool, str] = {}  # is it version 2 -> path of the group
    for line in _text(root / "proc/self/cgroup").splitlines():
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if number == "0" or "memory" in controllers.split(","):
            groups[number == "0"] = path
    for line in _text(root / "proc/self/mountinfo").splitlines():
        left, _, right = line.partition(" - ")
        fields, (kind, _, options) = left.split(), (right.split() + [""] * 3)[:3]
        newer = kind == "cgroup2"
        older = kind == "cgroup" and "memory" in options.split(",")
        if len(fields) < 5 or not (newer or older) or newer not in groups:
            continue
        # In a container the group's path may start above what is mounted there.
        inside = os.path.relpath(groups[newer], fields[3])
        mount = root / fields[4].lstrip("/")
        folder = mount if inside.startswith("..") else mount / inside
        name = "memory.max" if newer else "memory.limit_in_bytes"
        while True:  # a group is within those above it
            yield folder, name
            if folder == mount:
                break
            folder = folder.parent


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace")
    except OSError:
        return ""
