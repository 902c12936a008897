"""Which notebooks make up a study, and in which order: their names begin with a number."""

from __future__ import annotations

import re
from pathlib import Path

from cgr_nb.errors import ConfigError
from cgr_nb.util.bundled import bundled_folder

__all__ = ["bundled_notebooks", "notebooks_of"]

_NUMBERED = re.compile(r"(\d+)")


def bundled_notebooks() -> Path:
    """The folder of the notebooks that come with the package."""
    return bundled_folder("notebooks")


def notebooks_of(place: Path) -> list[Path]:
    """The notebooks to execute, in order.

    Args:
        place: One notebook, or a folder: of that, the notebooks whose names begin with a number.

    Raises:
        ConfigError: There is none.
    """
    if place.is_file():
        if place.suffix != ".ipynb":
            raise ConfigError(
                "not a notebook",
                where=str(place),
                fix=f"a study file is a parameter: cgr-nb rerun -p config {place}",
            )
        return [place]
    numbered = [
        (int(match[1]), path)
        for path in sorted(place.glob("*.ipynb"))
        if (match := _NUMBERED.match(path.name))
    ]
    if not numbered:
        raise ConfigError(
            "no notebook to execute",
            where=str(place),
            fix="give a notebook, or a folder with notebooks named 1-first.ipynb, 2-next.ipynb",
        )
    return [path for _, path in sorted(numbered)]
