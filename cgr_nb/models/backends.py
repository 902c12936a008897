"""From a card to a model that answers: backends are entry points in group `cgr_nb.models`."""

from __future__ import annotations

from pathlib import Path

from cgr_nb.errors import ModelError, did_you_mean
from cgr_nb.extras import require
from cgr_nb.models.interface import Backend, Model
from cgr_nb.records import ModelCard
from cgr_nb.util.bundled import bundled_folder
from cgr_nb.util.plugins import plugins

__all__ = ["open_model"]

_NEEDS = {"llama_cpp": ("llama_cpp",)}
"""Backend -> modules of extras that it can't do without."""


def open_model(card: ModelCard, base: Path | None = None) -> Model:
    """Open a model with the backend its card names. Weights are checked now and loaded when used.

    Args:
        card: The model. Use `model.card` from here on: it has the weights' hash if `card` had none.
        base: Folder that a relative `card.path` starts from; None is that of the bundled weights.

    Raises:
        ModelError: The backend is unknown or can't be imported, or it refuses the card.
        ExtraError: The backend's own package is not installed.
    """
    require(*_NEEDS.get(card.backend, ()), where=f"model '{card.name}'")
    found = plugins("cgr_nb.models")
    if card.backend not in found:
        raise ModelError(
            f"there is no model backend {card.backend!r}",
            where=f"model '{card.name}'",
            fix=did_you_mean(card.backend, found) if found else "install the package",
        )
    try:
        backend: Backend = found[card.backend].load()
    except (ImportError, AttributeError) as error:
        raise ModelError(
            f"backend '{card.backend}' can't be imported: {error}", where=f"model '{card.name}'"
        ) from error
    return backend(card, bundled_folder("models") if base is None else Path(base))
