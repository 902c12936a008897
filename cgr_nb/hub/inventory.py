"""Every weight file that this machine already has: in packages, caches, stores and a folder."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from cgr_nb.hub.cache import cache_folder
from cgr_nb.hub.lmstudio import lmstudio_models
from cgr_nb.hub.located import WeightFile
from cgr_nb.hub.ollama import ollama_models
from cgr_nb.hub.pip_packages import packages_here
from cgr_nb.hub.walking import Walk

__all__ = ["FoundFile", "Inventory", "find_weight_files"]

_REPOSITORY = re.compile(r"(models|datasets)--([\w.-]+?)--([\w.-]+)")
_FOLDER_DEPTH = 6
_CACHE_DEPTH = 5


@dataclass(frozen=True, slots=True)
class FoundFile:
    """Weights, and every name under which they were found."""

    weights: WeightFile
    also: tuple[str, ...] = ()
    """Further sources that lead to the same file."""


@dataclass(frozen=True, slots=True)
class Inventory:
    """What was found."""

    files: tuple[FoundFile, ...]
    notes: tuple[str, ...]
    """What could not be looked at, a line each."""


def find_weight_files(folder: Path | None = None, walk: Walk | None = None) -> Inventory:
    """Look for GGUF files in Python packages, the cache of a Hugging Face hub, the stores of Ollama
    and LM Studio, llama.cpp's cache, and a folder.

    Args:
        folder: Looked through to a depth of six folders; None is the current one.
        walk: The bounds of the look; None are the usual ones.
    """
    walk = walk or Walk()
    places = (
        packages_here(),
        _hub_cache(walk),
        ollama_models(walk),
        lmstudio_models(walk),
        _llama_cpp_cache(walk),
        _below(folder or Path(), walk),
    )
    found: dict[object, FoundFile] = {}
    for place in places:
        for weights in place:
            key = _identity(weights)
            if key is None:
                continue
            known = found.get(key)
            if known is None:
                found[key] = FoundFile(weights)
            elif weights.source not in (known.weights.source, *known.also):
                found[key] = replace(known, also=(*known.also, weights.source))
    return Inventory(tuple(found.values()), tuple(walk.notes))


def _identity(weights: WeightFile) -> object:
    """What is the same for two names of one file; None for a file that has just gone."""
    try:
        state = weights.path.stat()
    except (OSError, ValueError):
        return None
    return (state.st_dev, state.st_ino) if state.st_ino else weights.path.resolve()


def _hub_cache(walk: Walk) -> Iterator[WeightFile]:
    """Weights of the cache that the hub's client keeps, by its layout: it need not be installed."""
    cache = _hub_cache_folder()
    for path in walk.weights(cache, depth=_CACHE_DEPTH):
        parts = path.relative_to(cache).parts
        repository = _REPOSITORY.fullmatch(parts[0])
        if len(parts) < 4 or parts[1] != "snapshots" or repository is None:
            continue
        kind = "datasets/" if repository[1] == "datasets" else ""
        name, commit = f"{repository[2]}/{repository[3]}", parts[2]
        yield WeightFile((path,), f"hf:{kind}{name}@{commit}/{'/'.join(parts[3:])}")


def _hub_cache_folder() -> Path:
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        if stated := os.environ.get(name):
            return _expanded(stated)
    if stated := os.environ.get("HF_HOME"):
        return _expanded(stated) / "hub"
    caches = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    return _expanded(caches) / "huggingface" / "hub"


def _llama_cpp_cache(walk: Walk) -> Iterator[WeightFile]:
    """Files that llama.cpp's own tools have fetched."""
    if stated := os.environ.get("LLAMA_CACHE"):
        place = _expanded(stated)
    elif sys.platform == "darwin":
        place = _expanded("~/Library/Caches/llama.cpp")
    else:
        place = _expanded(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "llama.cpp"
    for path in walk.weights(place, depth=2):
        yield WeightFile((path,), str(path))


def _below(folder: Path, walk: Walk) -> Iterator[WeightFile]:
    own = cache_folder()
    for path in walk.weights(folder, depth=_FOLDER_DEPTH):
        if not path.is_relative_to(own):
            yield WeightFile((path,), str(path))


def _expanded(place: str) -> Path:
    try:
        return Path(os.path.expandvars(place)).expanduser()
    except RuntimeError:
        return Path(place)
