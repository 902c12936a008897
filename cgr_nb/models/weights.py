"""Where weight files are and whether they are the right ones.

Bundled weights come with the package (see `bundled`). Fetching weights from a hub will be one more
place to look, in `find_weights`.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from cgr_nb.errors import ModelError
from cgr_nb.records import ModelCard

__all__ = ["checked_sha256", "file_sha256", "find_weights"]

_hashes: dict[tuple[Path, int, int], str] = {}


def find_weights(card: ModelCard, base: Path) -> Path:
    """Absolute path of a card's weight file.

    Raises:
        ModelError: The card names no file, or there is none.
    """
    where = f"model '{card.name}'"
    if card.path is None:
        raise ModelError("the card names no weight file", where=where, fix="give it a path")
    path = (base / Path(card.path).expanduser()).absolute()
    if not path.is_file():
        raise ModelError(
            "the weight file is missing",
            where=where,
            got=str(path),
            fix=f"put it there or correct the path; it comes from {card.source}",
        )
    return path


def checked_sha256(card: ModelCard, path: Path) -> str:
    """SHA-256 of a weight file, 64 hex digits.

    Raises:
        ModelError: It is not the one the card names.
    """
    actual = file_sha256(path)
    if card.sha256 is not None and card.sha256.lower() != actual:
        raise ModelError(
            f"the weight file of model '{card.name}' is not the one its card names",
            where=str(path),
            got=f"SHA-256 {actual}, card says {card.sha256}",
            fix="fetch the file again, or correct the card if the change is meant",
        )
    return actual


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, 64 hex digits; remembered while size and time stamp stay the same."""
    state = path.stat()
    key = (path, state.st_size, state.st_mtime_ns)
    if key not in _hashes:
        with path.open("rb") as file:
            _hashes[key] = hashlib.file_digest(file, "sha256").hexdigest()
    return _hashes[key]
