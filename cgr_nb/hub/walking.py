"""Folders that are looked through for weights: within bounds, whatever lies there.

Links to folders are not followed, so there are no loops. A folder that can't be read is passed
over. Depth, number of entries and time are bounded; what was left out is noted.
"""

from __future__ import annotations

import os
import stat
import time
from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path

from cgr_nb.hub.split_files import part_number

__all__ = ["Walk"]

_MOST_ENTRIES = 300_000
_MOST_NOTES = 50
_PASSED_OVER = frozenset((".git", ".hg", ".svn", "node_modules", "__pycache__"))


class Walk:
    """One look through folders, with one budget of time and entries for all of them."""

    def __init__(
        self,
        seconds: float = 20.0,
        entries: int = _MOST_ENTRIES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Look at nothing yet.

        Args:
            seconds: Time for all.
            entries: Files and folders that are looked at, in all.
            clock: Seconds.
        """
        self.notes: list[str] = []
        """What could not be looked at, a line each."""
        self._clock = clock
        self._end = clock() + seconds
        self._left = entries
        self._is_cut = False

    @property
    def is_over(self) -> bool:
        """Time or entries are used up."""
        return self._left <= 0 or self._clock() > self._end

    def note(self, line: str) -> None:
        """Keep a line for the user; of very many only the first."""
        if len(self.notes) < _MOST_NOTES:
            self.notes.append(line)

    def weights(self, root: Path, depth: int) -> Iterator[Path]:
        """GGUF files below a folder, near ones first; of a split one the first part that is there.

        Args:
            root: The folder.
            depth: Folders below it that are looked into.
        """
        seen = set()
        for path in self.files(root, depth):
            if not path.name.lower().endswith(".gguf"):
                continue
            part = part_number(path.name)
            group = (path.parent, part[0], part[2]) if part else None
            if group is None or group not in seen:
                seen.add(group)
                yield path

    def files(self, root: Path, depth: int) -> Iterator[Path]:
        """Plain files below a folder, near ones first, each folder in the order of its names.
        Links to files count as files."""
        folders = deque([(root, depth)])
        unread, self._is_cut = 0, False
        while folders and not self.is_over:
            folder, left = folders.popleft()
            try:
                entries = self._entries(folder)
            except OSError as error:
                unread += not isinstance(error, FileNotFoundError)
                continue
            for entry in entries:
                path = folder / entry.name
                try:
                    if entry.is_dir(follow_symlinks=False):
                        if left and entry.name not in _PASSED_OVER:
                            folders.append((path, left - 1))
                    elif stat.S_ISREG(entry.stat().st_mode):
                        yield path
                except (OSError, ValueError):
                    continue  # a broken link, a loop of links, a file that has just gone
        if unread:
            self.note(f"{root}: {unread} folder{'s' * (unread > 1)} could not be read")
        if folders or self._is_cut:
            self.note(f"{root}: too much to look through; only a part of it was looked at")

    def _entries(self, folder: Path) -> list[os.DirEntry[str]]:
        found = []
        with os.scandir(folder) as entries:
            for entry in entries:
                self._left -= 1
                found.append(entry)
                if self.is_over:
                    self._is_cut = True
                    break
        return sorted(found, key=lambda entry: entry.name)
