"""Writes a package's container member by member, each compressed as it comes: no more of it is in
memory than a piece."""

from __future__ import annotations

import tempfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from cgr_nb.bundle.archive_form import (
    LEVEL,
    LIMITS,
    NAME,
    ArchiveLimits,
    PackageError,
    directory_entry,
    end_record,
    entry_of,
)
from cgr_nb.bundle.archive_reading import described
from cgr_nb.bundle.manifest import FileEntry
from cgr_nb.util.atomic_write import replacing

__all__ = ["ArchiveWriter"]

_PIECE = 1 << 20
_MOST_ENTRY = 0xFFFF_FFFF


@dataclass(frozen=True, slots=True)
class _Packed:
    """A member, compressed in the spool."""

    start: int
    packed: int
    size: int
    crc: int


class ArchiveWriter:
    """Takes the members of a package in any order, and writes them in their own. Use it in a
    `with`."""

    def __init__(self, limits: ArchiveLimits = LIMITS) -> None:
        """Begin a package.

        Args:
            limits: What it may be at most.
        """
        self.files: dict[str, FileEntry] = {}
        """Name -> hash and size of each member so far."""
        self._limits = limits
        self._total = 0
        self._members: dict[str, _Packed] = {}
        with ExitStack() as stack:
            self._spool: IO[bytes] = stack.enter_context(tempfile.TemporaryFile())
            self._open = stack.pop_all()

    def __enter__(self) -> ArchiveWriter:
        return self

    def __exit__(self, *error: object) -> None:
        self._open.close()

    def add(self, name: str, pieces: Iterable[bytes]) -> None:
        """Add a member.

        Args:
            name: Its name in the package.
            pieces: Its bytes, piece by piece.

        Raises:
            PackageError: A package has no such file, or it would be more than can be read.
        """
        if not NAME.fullmatch(name):
            raise PackageError("a package has no such file", where=name)
        if len(self._members) >= self._limits.members:
            raise PackageError(
                f"a package holds at most {self._limits.members} files",
                got="more, of which most are prompt templates",
                fix="export studies with fewer prompt profiles",
            )
        begins = self._spool.seek(0, 2)
        packed, entry = self._packed(name, pieces, LEVEL)
        if packed.size > self._limits.small_bytes and (
            packed.size / max(1, packed.packed) > self._limits.ratio
        ):
            # It would be taken for a bomb: it is written as it is.
            with tempfile.TemporaryFile() as plain:
                for piece in self._unpacked(packed):
                    plain.write(piece)
                plain.seek(0)
                self._spool.seek(begins)
                self._spool.truncate()
                self._total -= packed.size
                packed, entry = self._packed(name, iter(lambda: plain.read(_PIECE), b""), 0)
        self._members[name], self.files[name] = packed, entry

    def write(self, target: Path) -> Path:
        """Write a zip file, or a folder when the target has no suffix `.zip`. Equal members give
        equal bytes (of a zip file: with the same zlib).

        Raises:
            PackageError: The target is a folder that holds something, or can't be written.
        """
        try:
            if target.suffix == ".zip":
                self._write_zip(target)
            else:
                self._write_folder(target)
        except OSError as error:
            raise PackageError(
                "the package can't be written", where=str(target), got=str(error)
            ) from error
        return target

    def _packed(self, name: str, pieces: Iterable[bytes], level: int) -> tuple[_Packed, FileEntry]:
        packer = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
        begins = self._spool.seek(0, 2)
        crc = 0

        def told() -> Iterator[bytes]:
            nonlocal crc
            for piece in pieces:
                self._total += len(piece)
                self._check_total()
                crc = zlib.crc32(piece, crc)
                self._spool.write(packer.compress(piece))
                yield piece

        entry = described(name, told())
        self._spool.write(packer.flush())
        return _Packed(begins, self._spool.tell() - begins, entry.bytes, crc), entry

    def _check_total(self) -> None:
        """Refuse what could not be read: before the rest of the work is done."""
        if self._total > self._limits.total_bytes:
            raise PackageError(
                f"a package holds at most {self._limits.total_bytes:,} bytes",
                got=f"{self._total:,} and more",
                fix="export studies of fewer items or models, or without traces",
            )

    def _unpacked(self, member: _Packed) -> Iterator[bytes]:
        unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
        for piece in self._raw(member):
            yield unpacker.decompress(piece)
        yield unpacker.flush()

    def _raw(self, member: _Packed) -> Iterator[bytes]:
        place, end = member.start, member.start + member.packed
        while place < end:
            self._spool.seek(place)
            piece = self._spool.read(min(_PIECE, end - place))
            place += len(piece)
            yield piece

    def _write_zip(self, target: Path) -> None:
        with replacing(target) as made:
            with made.open("wb") as file:
                directory = b""
                for name in sorted(self._members):
                    member, place = self._members[name], file.tell()
                    if place > _MOST_ENTRY:
                        break
                    info = entry_of(name, member.crc, member.packed, member.size, place)
                    file.write(info.FileHeader(zip64=False))
                    for piece in self._raw(member):
                        file.write(piece)
                    directory += directory_entry(info)
                start = file.tell()
                if start <= _MOST_ENTRY:
                    file.write(directory)
                    file.write(end_record(len(self._members), len(directory), start))
            packed = sum(max(one.size, one.packed) for one in self._members.values())
            if max(packed, made.stat().st_size) > self._limits.total_bytes:
                raise PackageError(
                    f"a package holds at most {self._limits.total_bytes:,} bytes",
                    where=str(target),
                    fix="export into a folder: a name without .zip",
                )

    def _write_folder(self, target: Path) -> None:
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise PackageError(
                "the target already exists", where=str(target), fix="name a new folder"
            )
        for name in sorted(self._members):
            path = target / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                for piece in self._unpacked(self._members[name]):
                    file.write(piece)
