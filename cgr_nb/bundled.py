"""Where the files that come with the package are: models and items of `fixtures/`.

In a source checkout they lie in `fixtures/` beside the package; a wheel carries them inside it.
"""

from __future__ import annotations

from pathlib import Path

__all__ = ["bundled_folder"]

_PACKAGE = Path(__file__).resolve().parent


def bundled_folder(name: str) -> Path:
    """The folder "models" or "items" that comes with this installation."""
    carried = _PACKAGE / "fixtures" / name
    return carried if carried.is_dir() else _PACKAGE.parent / "fixtures" / name
