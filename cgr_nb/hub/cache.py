"""The folder in which this project keeps what can be made again."""

from __future__ import annotations

import os
import sys
from pathlib import Path

__all__ = ["cache_folder"]


def cache_folder() -> Path:
    """This user's cache folder of the project; it need not be there yet."""
    if stated := os.environ.get("XDG_CACHE_HOME"):
        return Path(stated) / "cgr-nb"
    if sys.platform == "darwin":
        return Path("~/Library/Caches/cgr-nb").expanduser()
    return Path("~/.cache/cgr-nb").expanduser()
