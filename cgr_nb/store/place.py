"""Is the study file still where it was opened? Folders are deleted and moved while a study runs."""

from __future__ import annotations

import os
from pathlib import Path

from cgr_nb.errors import StoreError

__all__ = ["Place"]


class Place:
    """The file that a connection was opened on, and the log beside it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._place, self._log = str(path), f"{path}-wal"
        self._file = _identity(self._place)
        self._log_file = _identity(self._log)

    def check(self) -> None:
        """See that both are there and no others in their places.

        Raises:
            StoreError: They are not.
        """
        log = _identity(self._log)
        # SQLite makes the log with the first write, and keeps it as long as the file is open.
        if self._log_file is None:
            self._log_file = log
        if _identity(self._place) != self._file or log != self._log_file:
            raise StoreError(
                "the study was deleted, moved or replaced while it was in use",
                where=str(self._path.parent),
                got="nothing there" if not self._path.exists() else "another file",
                fix="restore the folder and run again; later results can't be kept",
            )


def _identity(path: str) -> tuple[int, int] | None:
    """What tells a file from another one of its name; None where there is none."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino
