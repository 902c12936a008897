"""Ollama's store: `ollama:NAME`, `ollama:NAME:TAG`, `ollama:NAMESPACE/NAME:TAG`.

Below `models` (~/.ollama/models, OLLAMA_MODELS, or that of the system's service) a manifest names
the layers of a model by their SHA-256; weights are `blobs/sha256-...`, without a file name of their
own. The template that Ollama adds in a layer is in its own language and is not used; that of the
GGUF file is.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cgr_nb.hub.located import DownloadError, WeightFile
from cgr_nb.hub.strict_json import BadFile, read_object, text_of
from cgr_nb.hub.walking import Walk

__all__ = ["OllamaModel", "locate_ollama", "ollama_models"]

_WORD = r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}"
_FORM = re.compile(
    rf"ollama:(?:(?:(?P<host>{_WORD}(?::\d+)?)/)?(?P<namespace>{_WORD})/)?(?P<name>{_WORD})"
    rf"(?::(?P<tag>{_WORD}))?"
)
_HOST, _NAMESPACE, _TAG = "registry.ollama.ai", "library", "latest"
_DIGEST = re.compile(r"sha256[:-]([0-9a-f]{64})")
_LAYER = "application/vnd.ollama.image."
_LONGEST_MANIFEST = 1 << 20
_MOST_LAYERS = 100
_SYSTEM = ("/usr/share/ollama/.ollama/models", "/var/lib/ollama/models", "/var/lib/ollama")


@dataclass(frozen=True, slots=True)
class OllamaModel:
    """A model as Ollama names it."""

    name: str
    tag: str = _TAG
    namespace: str = _NAMESPACE
    host: str = _HOST

    @classmethod
    def parse(cls, text: str) -> OllamaModel:
        """Read the `ollama:` form.

        Raises:
            DownloadError: It is not of that form.
        """
        found = _FORM.fullmatch(text)
        if found is None:
            raise DownloadError(
                "not the name of a model of Ollama",
                got=repr(text)[:200],
                fix="write it as `ollama list` does: ollama:NAME:TAG",
            )
        return cls(
            found["name"],
            found["tag"] or _TAG,
            found["namespace"] or _NAMESPACE,
            found["host"] or _HOST,
        )

    def __str__(self) -> str:
        parts = [self.name]
        if self.host != _HOST:
            parts = [self.host, self.namespace, self.name]
        elif self.namespace != _NAMESPACE:
            parts = [self.namespace, self.name]
        return f"ollama:{'/'.join(parts)}:{self.tag}"

    def manifest(self, store: Path) -> Path:
        """Where its manifest would lie."""
        return store / "manifests" / self.host / self.namespace / self.name / self.tag


def locate_ollama(model: OllamaModel) -> WeightFile:
    """The weights of a model of a store of Ollama.

    Raises:
        DownloadError: It is not there, is no single GGUF, or its manifest makes no sense.
    """
    for store in _stores():
        manifest = model.manifest(store)
        if manifest.is_file():
            try:
                return _weights(model, manifest, store)
            except (BadFile, OSError) as error:
                raise DownloadError(
                    f"the model can't be read from Ollama: {_words(error)}",
                    where=str(manifest),
                    fix=f"run `ollama pull {str(model).removeprefix('ollama:')}`",
                ) from error
    raise DownloadError(
        "Ollama has no such model here",
        where=str(model),
        fix=f"see `ollama list`; looked in {', '.join(map(str, _stores())) or 'no folder'}, and "
        "OLLAMA_MODELS names another",
    )


def ollama_models(walk: Walk) -> Iterator[WeightFile]:
    """The weights of all models of the stores of Ollama. A manifest that makes no sense is noted in
    the walk."""
    for store in _stores():
        for manifest in walk.files(store / "manifests", depth=4):
            parts = manifest.relative_to(store / "manifests").parts
            text = "ollama:" + "/".join(parts[:-1]) + ":" + parts[-1]
            if len(parts) != 4 or _FORM.fullmatch(text) is None:
                continue
            try:
                yield _weights(OllamaModel.parse(text), manifest, store)
            except (BadFile, OSError) as error:
                walk.note(f"{manifest}: {_words(error)}")


def _weights(model: OllamaModel, manifest: Path, store: Path) -> WeightFile:
    found = read_object(manifest, _LONGEST_MANIFEST)
    layers = found.get("layers")
    if not isinstance(layers, list) or len(layers) > _MOST_LAYERS:
        raise BadFile("its manifest names no layers")
    by_kind: dict[str, list[dict[str, Any]]] = {}
    for layer in layers:
        if not isinstance(layer, dict):
            raise BadFile("a layer of its manifest is no table")
        kind = text_of(layer, "mediaType").removeprefix(_LAYER)
        by_kind.setdefault(kind, []).append(layer)
    if "adapter" in by_kind:
        raise BadFile("it changes its weights by an adapter (LoRA), which is not supported here")
    if len(by_kind.get("model", ())) != 1:
        count = len(by_kind.get("model", ()))
        raise BadFile(f"it has {count} layers of weights; one GGUF file is needed")
    digest = _DIGEST.fullmatch(text_of(by_kind["model"][0], "digest"))
    if digest is None:
        raise BadFile("the name of its weights is no SHA-256")
    for name in (f"sha256-{digest[1]}", f"sha256:{digest[1]}"):
        blob = store / "blobs" / name
        if blob.is_file():
            return WeightFile((blob,), str(model), digest[1])
    raise BadFile("its weights are not there")


def _stores() -> list[Path]:
    """Folders of models that are there."""
    stated = os.environ.get("OLLAMA_MODELS")
    places = [stated] if stated else []
    places += ["~/.ollama/models", *_SYSTEM]
    found: list[Path] = []
    for place in places:
        try:
            path = Path(place).expanduser()
            if path.joinpath("manifests").is_dir() and path not in found:
                found.append(path)
        except (OSError, RuntimeError, ValueError):
            continue
    return found


def _words(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
