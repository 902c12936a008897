"""A file that was found or fetched, and the error where it can't be."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cgr_nb.errors import CgrError

__all__ = ["DownloadError", "Fetched", "WeightFile"]


class DownloadError(CgrError):
    """A file can't be had from where it should come from, or is not the one that was meant."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """A file that is here."""

    path: Path
    """The file; of several that belong together, the first."""
    sha256: str
    """Of the file; of several, over the bytes of all, in order."""
    size: int
    """Bytes, of all."""
    source: str
    """What it is, at the commit or version that it was taken from: such as "hf:..."."""


@dataclass(frozen=True, slots=True)
class WeightFile:
    """Model weights that lie on this machine."""

    files: tuple[Path, ...]
    """One file; or the parts of a split GGUF, in order; or pieces to be joined (see `joined`)."""
    source: str
    """As `models add` takes it: "pip:NAME==VERSION", "hf:...", ..., or a path."""
    sha256: str | None = None
    """What the one file must be, by the place it was found in; None where that does not tell."""
    joined: bool = True
    """False: the files are pieces of one file, cut anywhere, which can't be loaded so."""

    @property
    def path(self) -> Path:
        """The file that is loaded; of several, the first."""
        return self.files[0]
