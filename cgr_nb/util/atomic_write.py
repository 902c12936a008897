"""A file that is there whole or not at all: written beside its place, then moved there.

Nobody who reads sees half of it, and neither does who comes after a crash or a power cut. A file
that is replaced hands on its permissions; through a symbolic link the file behind it is replaced.
Two writers of one file do not mix: the later one's is there. Killed in between, a writer leaves a
file `*.making`.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["replacing", "write_text"]

_NAME_CHARS = 40
"""Characters of a file's name in that of the unfinished one: a name has a longest length."""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """An empty file to be written; at the end it takes its place, and after an error it is gone.

    Args:
        path: The place; its folder is made.
    """
    place = Path(os.path.realpath(path))
    place.parent.mkdir(parents=True, exist_ok=True)
    mode = stat.S_IMODE(place.stat().st_mode) if place.is_file() else None
    unfinished = place.with_name(f"{place.name[:_NAME_CHARS]}.{secrets.token_hex(4)}.making")
    unfinished.open("xb").close()
    try:
        if mode is not None:
            unfinished.chmod(mode)
        yield unfinished
        with unfinished.open("rb+") as whole:
            os.fsync(whole.fileno())
        unfinished.replace(place)
    finally:
        unfinished.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text in UTF-8, its line ends as they stand.

    Args:
        path: The place; its folder is made.
        text: All of it.
    """
    with replacing(path) as unfinished:
        unfinished.write_text(text, "utf-8", newline="\n")
