"""The files of a Python package, as its own record (`RECORD`) lists them. Nothing is imported."""

from __future__ import annotations

import base64
import binascii
import csv
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_string
from importlib.metadata import Distribution
from pathlib import Path, PurePosixPath

__all__ = ["RecordedFile", "distribution_name", "normalised", "recorded_files"]

_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,126}[A-Za-z0-9])?")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9.!+_-]{0,63}")
_LONGEST_RECORD = 64 << 20


@dataclass(frozen=True, slots=True)
class RecordedFile:
    """One file of a package."""

    path: Path
    """Where it lies."""
    inside: str
    """Its name in the package's record, with "/" between folders."""
    sha256: str | None
    """What it must be, 64 hex digits; None where the record does not tell."""

    @property
    def name(self) -> str:
        """Its name without folders."""
        return PurePosixPath(self.inside).name


def normalised(name: str) -> str:
    """A package's name as indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def distribution_name(distribution: Distribution) -> tuple[str, str] | None:
    """Normalised name and version; None where its metadata does not tell them."""
    try:
        names = ("METADATA", "PKG-INFO", "")  # the last is an old package's single file
        text = next(filter(None, map(distribution.read_text, names)), "")
    except (OSError, ValueError):
        return None
    # Up to the first blank line: behind it stands a readme, which takes long to parse.
    told = message_from_string(text.partition("\n\n")[0])
    name, version = told["Name"], told["Version"]
    if not isinstance(name, str) or not isinstance(version, str):
        return None
    if not _NAME.fullmatch(name) or not _VERSION.fullmatch(version):
        return None
    return normalised(name), version


def recorded_files(distribution: Distribution, containing: str = "") -> Iterator[RecordedFile]:
    """The files of a package that are there and lie within the installation.

    Args:
        distribution: The package, installed or unpacked.
        containing: Only those whose names contain this, in small letters; the record of a package
            that has none is not parsed.
    """
    try:
        record = distribution.read_text("RECORD")
    except (OSError, ValueError):
        return
    if not record or len(record) > _LONGEST_RECORD or containing not in record.lower():
        return
    root = Path(str(distribution.locate_file("")))
    homes = (_resolved(root), _resolved(Path(sys.prefix)))
    rows = csv.reader(line for line in record.splitlines() if containing in line.lower())
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error:
            continue
        if not row or not row[0] or "\0" in row[0]:
            continue
        path = root / row[0]
        place = _resolved(path)
        if not any(place.is_relative_to(home) for home in homes) or not _is_file(path):
            continue
        yield RecordedFile(path, row[0], _sha256(row[1] if len(row) > 1 else ""))


def _sha256(text: str) -> str | None:
    kind, _, value = text.partition("=")
    if kind != "sha256":
        return None
    try:
        digest = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
    except (ValueError, binascii.Error):
        return None
    return digest.hex() if len(digest) == 32 else None


def _resolved(path: Path) -> Path:
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError):
        return Path("/nonexistent")


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False
