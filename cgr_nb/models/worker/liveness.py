"""Whether a silent process still works: by the processor time, the reads and the page faults that
it has had.

Weights come in from slow disks without a word and long prompts are computed for minutes, so silence
alone proves nothing. Linux tells the rest; elsewhere only a much longer silence counts.
"""

from __future__ import annotations

import time
from pathlib import Path

__all__ = ["Liveness"]

_STILL_S = 120.0
"""No sign of work for so long is a hang."""
_SILENT_S = 1800.0
"""Where nothing but silence can be seen, silence for so long is."""
_CPU_TICKS = 5
"""Clock ticks that a process which waits for ever may use up: a thread of it looks around."""


class Liveness:
    """One process under watch."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._signs = self._read()
        self._moved = time.monotonic()

    def heard(self) -> None:
        """Note that it has spoken."""
        self._moved = time.monotonic()

    def stands_still_s(self) -> float | None:
        """Seconds without a sign of work, once they are too many; None before."""
        signs, before = self._read(), self._signs
        now = time.monotonic()
        if signs is None or before is None:
            silent = now - self._moved
            return silent if silent > _SILENT_S else None
        cpu, faults, read = (new - old for new, old in zip(signs, before, strict=True))
        if cpu > _CPU_TICKS or faults or read:
            self._signs, self._moved = signs, now
        silent = now - self._moved
        return silent if silent > _STILL_S else None

    def _read(self) -> tuple[int, int, int] | None:
        """Clock ticks of processor time, page faults that waited for a disk, bytes read."""
        folder = Path(f"/proc/{self._pid}")
        try:
            fields = (folder / "stat").read_text("ascii", "replace").rpartition(")")[2].split()
        except OSError:
            return None
        try:
            read = int((folder / "io").read_text("ascii").split("rchar:", 1)[1].split()[0])
        except (OSError, ValueError, IndexError):
            read = 0  # not ours to see where the process gave up its rights
        return int(fields[11]) + int(fields[12]), int(fields[9]), read
