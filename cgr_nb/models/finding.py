"""Every GGUF that this machine has, and whether it can be a solver."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cgr_nb.errors import CgrError
from cgr_nb.hub import FoundFile, find_weight_files, split_files
from cgr_nb.models.gguf import GgufHead, read_head
from cgr_nb.models.gguf_kind import why_no_text, why_no_weights
from cgr_nb.models.gguf_parts import read_weights_head

__all__ = ["FoundModel", "FoundModels", "find_models"]


@dataclass(frozen=True, slots=True)
class FoundModel:
    """One weight file."""

    source: str
    """As `cgr-nb models add` takes it: "pip:...", "hf:...", "ollama:...", "lmstudio:..." or a
    path."""
    also: tuple[str, ...]
    """Further names of the same file."""
    path: str
    """Where it lies; of several files, the first."""
    files: int
    """How many files it is: parts of a split GGUF, or pieces that `models add` joins."""
    size: int
    """Bytes, of all."""
    family: str | None = None
    """Architecture, in the file's own word; None where its head can't be read."""
    parameters: int | None = None
    quantisation: str | None = None
    context_tokens: int | None = None
    """Context window that it was trained with."""
    solver: bool = False
    """It can be a solver, or a generator."""
    why_not: str | None = None
    """Why it can't, in one line."""
    to_know: str | None = None
    """What it needs to be one, in one line."""

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class FoundModels:
    """What a look over this machine has found."""

    models: tuple[FoundModel, ...]
    """Those that can be solvers first, each group in the order of the places."""
    notes: tuple[str, ...]
    """What could not be looked at, a line each."""


def find_models(folder: Path | None = None) -> FoundModels:
    """Look for weight files in Python packages, caches, other tools' stores and a folder.

    Heads are read, nothing is loaded, and nothing but this machine is asked.

    Args:
        folder: Looked through, to some depth; None is the current one.
    """
    inventory = find_weight_files(folder)
    models = list(_described(inventory.files))
    return FoundModels(tuple(sorted(models, key=lambda model: not model.solver)), inventory.notes)


def _described(files: tuple[FoundFile, ...]) -> Iterator[FoundModel]:
    for found in files:
        weights = found.weights
        facts: dict[str, Any] = {}
        try:
            paths = weights.files if len(weights.files) > 1 else split_files(weights.path)
            size = sum(path.stat().st_size for path in paths)
        except (CgrError, OSError) as error:
            paths, size = weights.files, _size(weights.path)
            facts["why_not"] = _words(error)
        try:
            head = read_weights_head(paths[0]) if weights.joined else read_head(*paths)
            facts |= _facts(head)
        except (CgrError, OSError) as error:
            facts.setdefault("why_not", _words(error))
        yield FoundModel(
            weights.source,
            found.also,
            str(weights.path),
            len(paths),
            size,
            **facts,
            solver="why_not" not in facts,
        )


def _facts(head: GgufHead) -> dict[str, Any]:
    facts = {
        "family": head.architecture or None,
        "parameters": head.parameters or None,
        "quantisation": head.quantisation,
        "context_tokens": head.context_tokens,
    }
    why_not = why_no_text(head) or why_no_weights(head)
    if why_not is not None:
        return {**facts, "why_not": why_not}
    if head.chat_template is None:
        base = "no chat template: add a base model with --prompts base, another with --template"
        return {**facts, "to_know": base}
    return facts


def _words(error: CgrError | OSError) -> str:
    if isinstance(error, CgrError):
        return error.what if error.got is None else f"{error.what} (got {error.got})"
    return f"it can't be read: {error.strerror or error}"


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
