"""Hashes of large weight files, computed once a machine: many processes open the same models.

What was computed is kept in this user's cache folder, under all that the system says of the files:
path, number, size, and when content and metadata were changed last. Processes that want the same
hash at one time wait for the first of them. Where nothing can be kept, each computes its own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from cgr_nb.hub import cache_folder
from cgr_nb.records import content_id
from cgr_nb.util.atomic_write import write_text

__all__ = ["known_sha256"]

_LARGE_BYTES = 64 << 20
"""Smaller files are hashed in a moment."""
_SHA256 = re.compile(r"[0-9a-f]{64}")


def known_sha256(files: Sequence[Path], compute: Callable[[], str]) -> str:
    """The hash of files, as it was computed on this machine, or as it is now.

    Args:
        files: All files of the weights, in order.
        compute: Gives their hash.
    """
    states = [file.stat() for file in files]
    if sum(state.st_size for state in states) < _LARGE_BYTES:
        return compute()
    told = [
        [str(file), state.st_dev, state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns]
        for file, state in zip(files, states, strict=True)
    ]
    place = cache_folder() / "hashes" / content_id("hash", told)
    with _one_at_a_time(place.with_suffix(".lock")):
        known = _read(place)
        if known is not None:
            return known
        found = compute()
        with suppress(OSError):  # the next process computes it again
            write_text(place, found)
        return found


def _read(place: Path) -> str | None:
    try:
        with place.open("rb") as file:
            text = file.read(100).decode("ascii", "replace")
    except OSError:
        return None
    return text if _SHA256.fullmatch(text) else None


@contextmanager
def _one_at_a_time(path: Path) -> Iterator[None]:
    """Held by one process at a time, where the system has such locks."""
    try:
        import fcntl

        path.parent.mkdir(parents=True, exist_ok=True)
        lock = path.open("wb")
    except (ImportError, OSError):
        yield
        return
    with lock:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
