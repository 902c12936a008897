"""Where a model comes from, as one text, and where that is on this machine. Nobody is asked."""

from __future__ import annotations

from cgr_nb.hub.huggingface import HubFile, cached_file
from cgr_nb.hub.lmstudio import locate_lmstudio
from cgr_nb.hub.located import DownloadError, WeightFile
from cgr_nb.hub.ollama import OllamaModel, locate_ollama
from cgr_nb.hub.pip_packages import PipPackage, locate_package

__all__ = ["SCHEMES", "is_source", "locate"]

SCHEMES = ("hf:", "pip:", "ollama:", "lmstudio:")


def is_source(text: str) -> bool:
    """Whether a text names a hub, a package or a store, and not a file or a server."""
    return text.startswith(SCHEMES)


def locate(source: str) -> WeightFile:
    """Find the weights of a source on this machine.

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
