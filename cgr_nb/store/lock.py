"""One writer a study folder: an advisory lock that the system drops when its process dies."""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType

from cgr_nb.errors import StoreError

__all__ = ["FolderLock"]


class FolderLock:
    """Holds `folder/.lock` while open; raises StoreError when another process holds it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / ".lock"
        self._descriptor: int | None = None

    def __enter__(self) -> FolderLock:
        # Not on every system: where there is none, two writers are only kept apart by unique keys.
        try:
            import fcntl
        except ImportError:
            return self
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(descriptor, 20, 0).decode("ascii", "replace").strip()
            os.close(descriptor)
            raise StoreError(
                "another process is running this study",
                where=str(self.path.parent),
                got=f"a lock held by process {holder or 'unknown'}",
                fix="wait for it or stop it; reading the study meanwhile is fine",
            ) from error
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        self._descriptor = descriptor
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
