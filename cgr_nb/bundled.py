"""Where the files that come with the package are: models and items of `fixtures/`.

In a source checkout they lie in `fixtures/` beside the package; a wheel carries them inside it.
"""

from __future__ import annotations

from pathlib import Path

from cgr_nb.errors import CgrError

__all__ = ["bundled_path"]

_PACKAGE = Path(__file__).resolve().parent
_PLACES = (_PACKAGE / "fixtures", _PACKAGE.parent / "fixtures")


def bundled_path(*parts: str) -> Path:
    """The path of a bundled file or folder, for example `bundled_path("models", "x.gguf")`.

    Raises:
        CgrError: It did not come with this installation.
    """
    for place in _PLACES:
        if (path := place.joinpath(*parts)).exists():
            return path
    raise CgrError(
        f"{'/'.join(parts)} did not come with this installation",
        where=str(_PLACES[-1]),
        fix="install from a full checkout or wheel",
    )
