"""Where the files that come with the package are.

In a source checkout they lie at its top, in `fixtures/` and `notebooks/`; a wheel carries them
inside the package, in the same folders.
"""

from __future__ import annotations

from pathlib import Path

__all__ = ["bundled_folder"]

_PACKAGE = Path(__file__).resolve().parent.parent
_PLACES = {"models": "fixtures/models", "items": "fixtures/items", "notebooks": "notebooks"}


def bundled_folder(name: str) -> Path:
    """The folder "models", "items" or "notebooks" that comes with this installation."""
    carried = _PACKAGE / _PLACES[name]
    return carried if carried.is_dir() else _PACKAGE.parent / _PLACES[name]
