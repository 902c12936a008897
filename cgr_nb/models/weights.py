"""Where weight files are and whether they are the right ones.

Bundled weights come with the package (see `bundled`). Nothing is fetched unless somebody asks for
it: `fetch_weights`, behind `cgr-nb models fetch`.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from cgr_nb.errors import ModelError
from cgr_nb.hub import Fetched, HubFile, fetch
from cgr_nb.records import ModelCard

__all__ = [
    "checked_sha256",
    "fetch_weights",
    "file_sha256",
    "find_weights",
    "home_expanded",
    "weights_place",
]

_hashes: dict[tuple[Path, int, int], str] = {}


def home_expanded(path: str, where: str) -> Path:
    """A path with a `~` at its beginning expanded.

    Raises:
        ModelError: There is no such user, or it is no path.
    """
    try:
        if "\0" in path:
            raise ValueError("it holds a zero byte")
        return Path(path).expanduser()
    except (RuntimeError, ValueError) as error:
        raise ModelError(
            f"not a path on this machine: {str(error).rstrip('.')}", where=where, got=repr(path)
        ) from error


def weights_place(card: ModelCard, base: Path) -> Path:
    """Absolute path that a card's weight file has, or would have.

    Raises:
        ModelError: The card names no file.
    """
    if card.path is None:
        raise ModelError(
            "the card names no weight file", where=f"model '{card.name}'", fix="give it a path"
        )
    return (base / home_expanded(card.path, f"model '{card.name}'")).absolute()


def find_weights(card: ModelCard, base: Path) -> Path:
    """Absolute path of a card's weight file.

    Raises:
        ModelError: The card names no file, or there is none.
    """
    path = weights_place(card, base)
    if not path.is_file():
        from_hub = card.source.startswith("hf:")
        raise ModelError(
            "the weight file is missing",
            where=f"model '{card.name}'",
            got=str(path),
            fix=f"run `cgr-nb models fetch {card.name}` with the --registry that it stands in"
            if from_hub
            else f"put it there or correct the path; it comes from {card.source}",
        )
    return path


def fetch_weights(card: ModelCard, base: Path, *, show: bool = False) -> Fetched:
    """Bring a card's weight file from the hub to where the card says it lies.

    Args:
        card: Its source is a hub file, such as "hf:OWNER/NAME@REVISION/FILE.gguf".
        base: Folder that a relative path starts from.
        show: Draw a progress bar.

    Raises:
        ModelError: The card names no file, or its source is no hub file.
        DownloadError: See `fetch`; also when the card's hash is not the hub's.
    """
    if not card.source.startswith("hf:"):
        raise ModelError(
            "the card's source is no file of a hub",
            where=f"model '{card.name}'",
            got=card.source,
            fix="fetch it by hand, or give a source such as hf:OWNER/NAME/FILE.gguf",
        )
    return fetch(HubFile.parse(card.source), weights_place(card, base), card.sha256, show=show)


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
