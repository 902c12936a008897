"""One writer a study folder: an advisory lock that the system drops when its process dies."""

from __future__ import annotations

import os
from pathlib import Path

from cgr_nb.errors import StoreBusy

__all__ = ["FolderLock"]

_LOCKED_BYTE = 1 << 20
"""Where Windows locks: what is locked there can't be read, and the holder's number must be."""


class FolderLock:
    """Holds `folder/.lock` while open; raises StoreBusy when another process holds it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / ".lock"
        self._descriptor: int | None = None

    def __enter__(self) -> FolderLock:
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            _seize(descriptor)
        except OSError as error:
            os.lseek(descriptor, 0, os.SEEK_SET)
            holder = os.read(descriptor, 20).decode("ascii", "replace").strip()
            os.close(descriptor)
            raise StoreBusy(
                "another process is running this study",
                where=str(self.path.parent),
                got=f"a lock held by process {holder or 'unknown'}",
                fix="wait for it or stop it; reading the study meanwhile is fine",
            ) from error
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, str(os.getpid()).encode())
        self._descriptor = descriptor
        return self

    def __exit__(self, *error: object) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _seize(descriptor: int) -> None:
    """Lock an open file until it is closed.

    Raises:
        OSError: Somebody else has.
    """
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]  # seen on Linux
    else:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
