"""Weights that are split over several GGUF files, named `NAME-00001-of-00003.gguf` and so on.

llama.cpp is given the first and finds the others by that form of their names.
"""

from __future__ import annotations

import re
from pathlib import Path

from cgr_nb.errors import ModelError

__all__ = ["is_part", "part_number", "split_files", "split_names"]

_PART = re.compile(r"(?P<stem>.*)-(?P<number>\d{5})-of-(?P<count>\d{5})\.gguf", re.DOTALL)
_MOST_PARTS = 1_000


def is_part(name: str) -> bool:
    """Whether a file's name is that of a part."""
    return _PART.fullmatch(name) is not None


def part_number(name: str) -> tuple[str, int, int] | None:
    """What the parts of a file have in common in their names, which part this is (from 1), and how
    many there are; None for a file that is no part."""
    found = _PART.fullmatch(name)
    return None if found is None else (found["stem"], int(found["number"]), int(found["count"]))


def split_names(name: str) -> tuple[str, ...]:
    """The names of all parts, in order, of which this is one; of a file that is no part, its own.

    Raises:
        ModelError: Its numbers can't be.
    """
    found = part_number(name)
    if found is None:
        return (name,)
    stem, number, count = found
    if not 1 <= number <= count <= _MOST_PARTS:
        raise ModelError(
            "this can't be a part of split weights",
            got=repr(name)[:200],
            fix="parts are named NAME-00001-of-00003.gguf and so on",
        )
    return tuple(f"{stem}-{part:05}-of-{count:05}.gguf" for part in range(1, count + 1))


def split_files(path: Path) -> tuple[Path, ...]:
    """All files that the weights of which this is a file, or a part, lie in; in order.

    Raises:
        ModelError: One of the parts is missing.
    """
    files = tuple(path.with_name(name) for name in split_names(path.name))
    missing = [file.name for file in files if not file.is_file()] if len(files) > 1 else []
    if missing:
        raise ModelError(
            f"{len(missing)} of the {len(files)} files that the weights are split over "
            f"{'is' if len(missing) == 1 else 'are'} missing",
            where=str(path),
            got=f"no {missing[0]}",
            fix="put it beside the others; rename it if it is a complete file",
        )
    return files
