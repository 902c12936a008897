"""What was made from files, kept for as long as they are as they were.

A study renders a hundred thousand prompts from a dozen templates: looking whether a file is still
the same costs a hundredth of reading it. Files and folders are told by time, size and number; one
that was changed a moment ago may change again within the clock's own step, and is read each time.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from typing import Generic, TypeVar

__all__ = ["FileMemo", "files_at_rest", "path_of"]

T = TypeVar("T")
_Stamp = tuple[int, int, int, int] | None
_MOST = 1_000
"""Entries; more than any study has templates."""
_SETTLED_NS = 2_000_000_000
"""From that age on a change shows in the time of a file: file systems count in steps of up to two
seconds."""


path_of = lru_cache(maxsize=64)(Path)
"""A path of its parts: each prompt of a study asks for that of its templates."""

_AT_REST: ContextVar[bool] = ContextVar("files_at_rest", default=False)


@contextmanager
def files_at_rest() -> Iterator[None]:
    """While the block runs nobody changes files that were read: what was made of them is not
    compared with them again. For the templates of a package, which lie where nobody else writes."""
    before = _AT_REST.set(True)
    try:
        yield
    finally:
        _AT_REST.reset(before)


class FileMemo(Generic[T]):
    """Remembers what was made from some files, under a key that says all else it was made from."""

    def __init__(self) -> None:
        self._made: dict[Hashable, tuple[tuple[tuple[str, _Stamp], ...], T]] = {}

    def of(self, key: Hashable, make: Callable[[], tuple[T, Iterable[Path]]]) -> T:
        """What was made under a key, made anew where one of its files or folders has changed.

        Args:
            key: What it is made from beside files.
            make: Makes it; returns it with every file and folder that was looked at, those that
                were not there among them. What it raises is passed on, and nothing is kept.
        """
        known = self._made.get(key)
        if known is not None and (
            _AT_REST.get() or all(_stamp(path) == stamp for path, stamp in known[0])
        ):
            return known[1]
        value, paths = make()
        stamps = tuple((path, _stamp(path)) for path in dict.fromkeys(map(os.fspath, paths)))
        before = time.time_ns() - _SETTLED_NS
        if _AT_REST.get() or all(stamp is None or stamp[0] < before for _, stamp in stamps):
            if len(self._made) >= _MOST:
                self._made.clear()
            self._made[key] = stamps, value
        else:
            self._made.pop(key, None)
        return value


def _stamp(path: str) -> _Stamp:
    try:
        found = os.stat(path)
    except OSError:
        return None
    # The last is set by the system alone: times of content are also those that an archive gives.
    return found.st_mtime_ns, found.st_size, found.st_ino, found.st_ctime_ns
