"""SHA-256 of files, and the lists of them that come with files (`SHA256SUMS`)."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path

__all__ = ["read_sums", "sha256_of"]

_LINE = re.compile(r"([0-9a-fA-F]{64}) [ *](.+)")
_PIECE = 1 << 20


def sha256_of(files: Iterable[Path]) -> str:
    """SHA-256 over the bytes of all files, in order: 64 hex digits."""
    digest = hashlib.sha256()
    for path in files:
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                digest.update(piece)
    return digest.hexdigest()


def read_sums(text: str) -> dict[str, str]:
    """File name, without its folders -> hash, of a text as `sha256sum` writes it. Other lines are
    passed over; a name that has two hashes is left out, since neither can be trusted."""
    sums: dict[str, str] = {}
    doubtful = set()
    for line in text.splitlines():
        found = _LINE.fullmatch(line.rstrip())
        if found is None:
            continue
        name = found[2].replace("\\", "/").rpartition("/")[2]
        if sums.setdefault(name, found[1].lower()) != found[1].lower():
            doubtful.add(name)
    return {name: value for name, value in sums.items() if name not in doubtful}
