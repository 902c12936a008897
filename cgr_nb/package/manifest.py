"""`manifest.json`: what a package holds. Made from the study alone, so it carries no date."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from cgr_nb import __version__
from cgr_nb.package.coding import parse, record_from

__all__ = ["MANIFEST", "SCHEMA_VERSION", "FileEntry", "Manifest", "make_manifest", "python_version"]

SCHEMA_VERSION = "1"
MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class FileEntry:
    """One file of the package."""

    sha256: str
    bytes: int
    lines: int | None
    """Records of a table; None for other files."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a package says of itself."""

    schema: str
    """Version of the package's form."""
    study: str
    """Name of the study."""
    cgr_nb: str
    """Version of cgr-nb that wrote the package."""
    python: str
    """Python that wrote it, as "3.11": steps and error texts of programs depend on it."""
    rows: int
    """Rows that the study has."""
    units: int
    """Rows that it would have, were every solver and generator done with every item."""
    complete: bool
    """Whether it has all of them."""
    files: Mapping[str, FileEntry]

    def to_bytes(self) -> bytes:
        """Its JSON, for people: indented, sorted by file name."""
        return (json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n").encode()

    @classmethod
    def from_bytes(cls, data: bytes) -> Manifest:
        """Read what `to_bytes` wrote.

        Raises:
            FormatError: It is something else.
        """
        return record_from(cls, parse(data.decode("utf-8", "replace")))


def make_manifest(study: str, members: Mapping[str, bytes], rows: int, units: int) -> Manifest:
    """Describe the files of a package."""
    return Manifest(
        schema=SCHEMA_VERSION,
        study=study,
        cgr_nb=__version__,
        python=python_version(),
        rows=rows,
        units=units,
        complete=rows == units,
        files={name: file_entry(name, members[name]) for name in sorted(members)},
    )


def file_entry(name: str, data: bytes) -> FileEntry:
    """Hash and measure one file."""
    lines = data.count(b"\n") if name.endswith(".jsonl") else None
    return FileEntry(hashlib.sha256(data).hexdigest(), len(data), lines)


def python_version() -> str:
    """This Python, as "3.11"."""
    return ".".join(platform.python_version_tuple()[:2])
