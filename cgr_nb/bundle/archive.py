"""The container of a package: a zip file (or a folder) that has exactly one possible form, with
sorted names, one date, one compression and nothing optional.

What is here is for packages that fit into memory; large ones are written and read piece by piece
(`archive_writing`, `archive_reading`), which is what these functions do too.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from cgr_nb.bundle.archive_form import LIMITS, ArchiveLimits, PackageError
from cgr_nb.bundle.archive_reading import Archive
from cgr_nb.bundle.archive_writing import ArchiveWriter

__all__ = ["LIMITS", "ArchiveLimits", "PackageError", "read_archive", "write_archive"]


def write_archive(
    members: Mapping[str, bytes], target: Path, limits: ArchiveLimits = LIMITS
) -> Path:
    """Write a zip file, or a folder when the target has no suffix `.zip`. Equal members give equal
    bytes (of a zip file: with the same zlib).

    Raises:
        PackageError: The target is a folder that holds something, can't be written, or would be
            more than `read_archive` reads.
    """
    with ArchiveWriter(limits) as writer:
        for name, body in members.items():
            writer.add(name, [body])
        return writer.write(target)


def read_archive(path: Path, limits: ArchiveLimits = LIMITS) -> dict[str, bytes]:
    """All members of a package, unpacked in memory.

    Raises:
        PackageError: There is nothing to read, or it is refused: see `Archive`.
    """
    with Archive(path, limits) as archive:
        return {name: archive.read(name) for name in archive}
