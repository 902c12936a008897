"""Reads a package's container by rebuilding every header from the directory and comparing bytes:
whatever a zip file can hide (a second entry of a name, a path out of the folder, a link, data
between, before or behind entries, a size that lies) is a difference, and the archive is refused
before anything of it is used. Members are unpacked piece by piece in memory, never to disk.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO

from cgr_nb.bundle.archive_form import (
    END,
    LIMITS,
    NAME,
    ArchiveLimits,
    PackageError,
    directory_entry,
    end_record,
    entry_of,
)
from cgr_nb.bundle.manifest import FileEntry

__all__ = ["Archive", "described"]

_HEADER_BYTES = 30
_ENCRYPTED = 0x1
_PIECE = 1 << 20
"""Bytes that are read or unpacked in one go."""


def described(name: str, pieces: Iterable[bytes]) -> FileEntry:
    """Hash and measure one file, whose bytes come piece by piece."""
    digest, size, lines = hashlib.sha256(), 0, 0
    for piece in pieces:
        digest.update(piece)
        size += len(piece)
        lines += piece.count(b"\n")
    return FileEntry(digest.hexdigest(), size, lines if name.endswith(".jsonl") else None)


class Archive:
    """An open package, every byte of which was looked at once: its members are as their sizes and
    check sums say. Use it in a `with`."""

    def __init__(self, path: Path, limits: ArchiveLimits = LIMITS) -> None:
        """Open a package.

        Args:
            path: The zip file or folder.
            limits: What it may be at most.

        Raises:
            PackageError: There is nothing to read, or it is refused: it is not an archive of this
                form or passes a limit. `where` names the member, where there is one.
        """
        self.files: dict[str, FileEntry] = {}
        """Name -> hash and size of each member, in order."""
        self._small: dict[str, bytes] = {}
        self._limits = limits
        with ExitStack() as stack:
            self._source = _Folder(path, limits) if path.is_dir() else _Zip(path, limits, stack)
            for name in self._source.names:
                self.files[name] = described(name, self._first(name))
            self._open = stack.pop_all()

    def close(self) -> None:
        """Close the file."""
        self._open.close()

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def __contains__(self, name: object) -> bool:
        return name in self.files

    def __iter__(self) -> Iterator[str]:
        return iter(self.files)

    def read(self, name: str) -> bytes:
        """All of a member."""
        return b"".join(self.pieces(name))

    def pieces(self, name: str) -> Iterator[bytes]:
        """A member piece by piece.

        Raises:
            PackageError: It is not what it was when the archive was opened.
        """
        if name in self._small:
            yield self._small[name]
            return
        digest = hashlib.sha256()
        for piece in self._source.pieces(name):
            digest.update(piece)
            yield piece
        if digest.hexdigest() != self.files[name].sha256:
            raise PackageError("refused: it changes while it is read", where=name)

    def lines(self, name: str) -> Iterator[bytes]:
        """The lines of a member without their ends; the last one is what follows the last end.

        Raises:
            PackageError: A line is longer than one may be.
        """
        begun: list[bytes] = []
        size = 0
        for piece in self.pieces(name):
            first, *others = piece.split(b"\n")
            begun.append(first)
            size += len(first)
            if size > self._limits.line_bytes:
                most = f"{self._limits.line_bytes:,} bytes"
                raise PackageError(f"refused: a line of more than {most}", where=name)
            if others:
                *whole, rest = others
                yield b"".join(begun)
                yield from whole
                begun, size = [rest], len(rest)
        yield b"".join(begun)

    def _first(self, name: str) -> Iterator[bytes]:
        """A member as it is read for the first time; a small one is kept."""
        kept: list[bytes] | None = []
        size = 0
        for piece in self._source.pieces(name):
            size += len(piece)
            if kept is not None and size <= self._limits.small_bytes:
                kept.append(piece)
            else:
                kept = None
            yield piece
        if kept is not None:
            self._small[name] = b"".join(kept)


class _Folder:
    """A package that is a folder."""

    def __init__(self, folder: Path, limits: ArchiveLimits) -> None:
        paths: dict[str, Path] = {}
        for parent, folders, files in os.walk(folder):
            for name in (*folders, *files):
                path = Path(parent, name)
                shown = path.relative_to(folder).as_posix()
                if path.is_symlink():
                    raise PackageError("refused: a symbolic link", where=shown)
                if name in files and not path.is_file():
                    raise PackageError("refused: not a plain file", where=shown)
            paths |= {
                Path(parent, name).relative_to(folder).as_posix(): Path(parent, name)
                for name in files
            }
            if len(paths) > limits.members:
                raise PackageError(f"refused: more than {limits.members} files")
        _check_names(sorted(paths))
        if sum(path.stat().st_size for path in paths.values()) > limits.total_bytes:
            raise PackageError(f"refused: more than {limits.total_bytes:,} bytes")
        self.names = sorted(paths)
        self._paths = paths

    def pieces(self, name: str) -> Iterator[bytes]:
        """The bytes of a file."""
        try:
            with self._paths[name].open("rb") as file:
                while piece := file.read(_PIECE):
                    yield piece
        except OSError as error:
            raise PackageError("can't be read", where=name, got=str(error)) from error


class _Zip:
    """A package that is a zip file."""

    def __init__(self, path: Path, limits: ArchiveLimits, stack: ExitStack) -> None:
        try:
            self._file = stack.enter_context(path.open("rb"))
            found = os.fstat(self._file.fileno())
        except OSError as error:
            raise PackageError(
                "there is no package here", where=str(path), got=str(error)
            ) from error
        if not stat.S_ISREG(found.st_mode):
            raise PackageError("not a file", where=str(path))
        if found.st_size > limits.total_bytes:
            raise PackageError("refused: the file is larger than a package may be unpacked")
        entries = _entries(self._file, found.st_size, limits)
        _check_names([entry.orig_filename for entry in entries])
        for entry in entries:
            _check_kind(entry)
            _check_size(entry, limits)
        total = sum(max(entry.file_size, entry.compress_size) for entry in entries)
        if total > limits.total_bytes:
            raise PackageError(f"refused: unpacks to more than {limits.total_bytes:,} bytes")
        _check_headers(self._file, found.st_size, entries)
        self.names = [entry.filename for entry in entries]
        self._entries = {entry.filename: entry for entry in entries}

    def pieces(self, name: str) -> Iterator[bytes]:
        """The bytes of a member, unpacked."""
        # Not through zipfile: it unpacks a whole chunk before it looks at the size that was
        # promised.
        entry = self._entries[name]
        place = entry.header_offset + _HEADER_BYTES + len(name)
        left, size, crc = entry.compress_size, 0, 0
        unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
        packed = b""
        try:
            while not unpacker.eof:
                if not packed:
                    self._file.seek(place)
                    packed = self._file.read(min(left, _PIECE))
                    place, left = place + len(packed), left - len(packed)
                room = min(_PIECE, entry.file_size - size + 1)
                piece = unpacker.decompress(packed, room)
                # Nothing comes of nothing: it was cut short.
                if not piece and not packed and not unpacker.eof:
                    break
                packed = unpacker.unconsumed_tail
                size, crc = size + len(piece), zlib.crc32(piece, crc)
                if size > entry.file_size:
                    break
                if piece:
                    yield piece
        except zlib.error as error:
            raise PackageError(f"refused: damaged: {error}", where=name) from error
        whole = unpacker.eof and not unpacker.unused_data and not left and size == entry.file_size
        if not whole or crc != entry.CRC:
            raise PackageError(
                "refused: damaged, its bytes are not what the directory says", where=name
            )


def _entries(file: BinaryIO, length: int, limits: ArchiveLimits) -> list[zipfile.ZipInfo]:
    """The directory, after its own size has been looked at."""
    file.seek(max(0, length - END.size))
    last = file.read(END.size)
    if len(last) < END.size or last[:4] != b"PK\x05\x06":
        raise PackageError("refused: not a zip file, or something follows it")
    _, _, _, _, count, size, start, _ = END.unpack(last)
    if count > limits.members:
        raise PackageError(f"refused: {count:,} members, a package has at most {limits.members}")
    if start + size + END.size != length:
        raise PackageError("refused: the directory is not where a package has it")
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, struct.error, NotImplementedError) as error:
        raise PackageError(f"refused: a damaged zip file: {error}") from error
    if len(entries) != count:
        raise PackageError("refused: the directory does not hold what it says")
    return entries


def _check_names(names: list[str]) -> None:
    seen: set[str] = set()
    for name in names:
        shown = name[:120]
        parts = re.split(r"[/\\]", name)
        if name.startswith(("/", "\\")) or re.match(r"[A-Za-z]:", name):
            raise PackageError("refused: an absolute path", where=shown)
        if ".." in parts:
            raise PackageError("refused: a path out of the package", where=shown)
        # Two names that differ in case are one file on many machines.
        if name.lower() in seen:
            raise PackageError("refused: the name appears twice", where=shown)
        if not NAME.fullmatch(name):
            raise PackageError("refused: no file that a package has", where=shown)
        seen.add(name.lower())


def _check_kind(entry: zipfile.ZipInfo) -> None:
    mode = entry.external_attr >> 16
    if stat.S_ISLNK(mode):
        raise PackageError("refused: a symbolic link", where=entry.filename)
    if not stat.S_ISREG(mode):
        raise PackageError("refused: not a plain file", where=entry.filename)
    if entry.flag_bits & _ENCRYPTED:
        raise PackageError("refused: encrypted", where=entry.filename)
    if entry.compress_type != zipfile.ZIP_DEFLATED:
        raise PackageError("refused: another compression than deflate", where=entry.filename)


def _check_size(entry: zipfile.ZipInfo, limits: ArchiveLimits) -> None:
    ratio = entry.file_size / max(1, entry.compress_size)
    if entry.file_size > limits.small_bytes and ratio > limits.ratio:
        raise PackageError(f"refused: unpacks to {ratio:,.0f} times its size", where=entry.filename)


def _check_headers(file: BinaryIO, length: int, entries: list[zipfile.ZipInfo]) -> None:
    """See to it that the file is made of the bytes of these entries and no others."""
    position, directory = 0, b""
    for entry in entries:
        due = entry_of(entry.filename, entry.CRC, entry.compress_size, entry.file_size, position)
        header = due.FileHeader(zip64=False)
        end = position + len(header) + entry.compress_size
        file.seek(position)
        if file.read(len(header)) != header or end > length or entry.header_offset != position:
            raise PackageError("refused: its header is not that of a package", where=entry.filename)
        position = end
        directory += directory_entry(due)
    tail = directory + end_record(len(entries), len(directory), position)
    file.seek(position)
    if length - position != len(tail) or file.read(len(tail)) != tail:
        raise PackageError("refused: its directory is not that of a package")
