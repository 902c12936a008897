"""The container of a package: a zip file (or a folder) that has exactly one possible form.

Written with sorted names, one date, one compression and nothing optional. Read by rebuilding every
header from the directory and comparing bytes: whatever a zip file can hide (a second entry of a
name, a path out of the folder, a link, data between, before or behind entries, a size that lies)
is a difference, and the archive is refused before anything is unpacked. Members are unpacked in
memory, never to disk.
"""

from __future__ import annotations

import io
import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cgr_nb.errors import CgrError
from cgr_nb.util.atomic_write import replacing

__all__ = ["LIMITS", "ArchiveLimits", "PackageError", "read_archive", "write_archive"]


class PackageError(CgrError):
    """A package can't be written, or is refused before it is read."""


@dataclass(frozen=True, slots=True)
class ArchiveLimits:
    """What a package may be at most."""

    members: int = 200
    total_bytes: int = (2 << 30) - 1
    """Bytes of all members, unpacked: what a zip file holds in its plain form."""
    ratio: int = 250
    """Unpacked by packed bytes of a member above `small_bytes`. A table of records with an id each
    stays far below it."""
    small_bytes: int = 1 << 20


LIMITS = ArchiveLimits()

_NAME = re.compile(
    r"(?:[a-z_]+\.(?:jsonl|json|md|toml)|README\.md"
    r"|prompts/(?:[A-Za-z0-9_-]+/)?[A-Za-z0-9_-]+@\d{1,6}\.txt)"
)
_DATE = (1980, 1, 1, 0, 0, 0)
_END = struct.Struct("<4s4H2LH")
_ENTRY_BYTES = 46
_HEADER_BYTES = 30
_ENCRYPTED = 0x1
_LEVEL = 6
"""Of compression."""


def write_archive(
    members: Mapping[str, bytes], target: Path, limits: ArchiveLimits = LIMITS
) -> Path:
    """Write a zip file, or a folder when the target has no suffix `.zip`. Equal members give equal
    bytes (of a zip file: with the same zlib).

    Raises:
        PackageError: The target is a folder that holds something, can't be written, or would be
            more than `read_archive` reads.
    """
    for name in members:
        if not _NAME.fullmatch(name):
            raise PackageError("a package has no such file", where=name)
    if len(members) > limits.members:
        raise PackageError(
            f"a package holds at most {limits.members} files",
            got=f"{len(members):,}, of which most are prompt templates",
            fix="export studies with fewer prompt profiles",
        )
    total = sum(map(len, members.values()))
    if total > limits.total_bytes:
        raise PackageError(
            f"a package holds at most {limits.total_bytes:,} bytes",
            got=f"{total:,}",
            fix="export studies of fewer items or models, or without traces",
        )
    try:
        if target.suffix == ".zip":
            _write_zip(members, target, limits)
        else:
            _write_folder(members, target)
    except OSError as error:
        raise PackageError(
            "the package can't be written", where=str(target), got=str(error)
        ) from error
    return target


def read_archive(path: Path, limits: ArchiveLimits = LIMITS) -> dict[str, bytes]:
    """All members of a package, unpacked in memory.

    Raises:
        PackageError: There is nothing to read, or it is refused: it is not an archive of this form
            or passes a limit. `where` names the member, where there is one.
    """
    if path.is_dir():
        return _read_folder(path, limits)
    try:
        with path.open("rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise PackageError("not a file", where=str(path))
            if os.fstat(file.fileno()).st_size > limits.total_bytes:
                raise PackageError("refused: the file is larger than a package may be unpacked")
            data = file.read()
    except OSError as error:
        raise PackageError("no package to read", where=str(path), got=str(error)) from error
    return _read_zip(data, limits)


# ---- zip ---------------------------------------------------------------------------------------


def _info(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _DATE)
    info.create_system = 3
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = (stat.S_IFREG | 0o644) << 16
    return info


def _write_zip(members: Mapping[str, bytes], target: Path, limits: ArchiveLimits) -> None:
    with replacing(target) as made:
        with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
            for name in sorted(members):
                level = 0 if _packs_too_well(members[name], limits) else _LEVEL
                archive.writestr(_info(name), members[name], compresslevel=level)
            written = archive.infolist()
        packed = sum(max(entry.file_size, entry.compress_size) for entry in written)
        if max(packed, made.stat().st_size) > limits.total_bytes:
            raise PackageError(
                f"a package holds at most {limits.total_bytes:,} bytes",
                where=str(target),
                fix="export into a folder: a name without .zip",
            )


def _packs_too_well(body: bytes, limits: ArchiveLimits) -> bool:
    """Whether it would be taken for a bomb: then it is written as it is."""
    if len(body) <= limits.small_bytes:
        return False
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = len(packer.compress(body)) + len(packer.flush())
    return len(body) / max(1, packed) > limits.ratio


def _read_zip(data: bytes, limits: ArchiveLimits) -> dict[str, bytes]:
    entries = _entries(data, limits)
    _check_names([entry.orig_filename for entry in entries])
    for entry in entries:
        _check_kind(entry)
        _check_size(entry, limits)
    total = sum(max(entry.file_size, entry.compress_size) for entry in entries)
    if total > limits.total_bytes:
        raise PackageError(f"refused: unpacks to more than {limits.total_bytes:,} bytes")
    return {entry.filename: body for entry, body in _bodies(data, entries)}


def _entries(data: bytes, limits: ArchiveLimits) -> list[zipfile.ZipInfo]:
    """The directory, after its own size has been looked at."""
    if len(data) < _END.size or data[-_END.size :][:4] != b"PK\x05\x06":
        raise PackageError("refused: not a zip file, or something follows it")
    _, _, _, _, count, size, start, _ = _END.unpack(data[-_END.size :])
    if count > limits.members:
        raise PackageError(f"refused: {count:,} members, a package has at most {limits.members}")
    if start + size + _END.size != len(data):
        raise PackageError("refused: the directory is not where a package has it")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
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
            raise PackageError("refused: the name is there twice", where=shown)
        if not _NAME.fullmatch(name):
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


def _bodies(data: bytes, entries: list[zipfile.ZipInfo]) -> list[tuple[zipfile.ZipInfo, bytes]]:
    """Unpack entry by entry, seeing to it that the file is made of these bytes and no others."""
    position = 0
    directory = b""
    for entry in entries:
        expected = _info(entry.filename)
        expected.CRC, expected.header_offset = entry.CRC, position
        expected.compress_size, expected.file_size = entry.compress_size, entry.file_size
        header = expected.FileHeader(zip64=False)
        end = position + len(header) + entry.compress_size
        if data[position : position + len(header)] != header or end > len(data):
            raise PackageError("refused: its header is not that of a package", where=entry.filename)
        position = end
        directory += _directory_entry(expected)
    count = len(entries)
    end_record = _END.pack(b"PK\x05\x06", 0, 0, count, count, len(directory), position, 0)
    if data[position:] != directory + end_record:
        raise PackageError("refused: its directory is not that of a package")
    starts = [int(entry.header_offset) + _HEADER_BYTES + len(entry.filename) for entry in entries]
    return [
        (entry, _unpacked(entry, data[start : start + entry.compress_size]))
        for entry, start in zip(entries, starts, strict=True)
    ]


def _directory_entry(info: zipfile.ZipInfo) -> bytes:
    name = info.filename.encode("ascii")
    date = (_DATE[0] - 1980) << 9 | _DATE[1] << 5 | _DATE[2]
    return (
        struct.pack(
            "<4s4B4HL2L5H2L",
            b"PK\x01\x02",
            *(info.create_version, info.create_system, info.extract_version, info.reserved),
            *(info.flag_bits, info.compress_type, 0, date),
            *(info.CRC, info.compress_size, info.file_size),
            *(len(name), 0, 0, 0, 0),
            *(info.external_attr, info.header_offset),
        )
        + name
    )


def _unpacked(entry: zipfile.ZipInfo, packed: bytes) -> bytes:
    # Not through zipfile: it unpacks a whole chunk before it looks at the size that was promised.
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        body = unpacker.decompress(packed, entry.file_size + 1)
    except zlib.error as error:
        raise PackageError(f"refused: damaged: {error}", where=entry.filename) from error
    whole = unpacker.eof and not unpacker.unused_data and len(body) == entry.file_size
    if not whole or zlib.crc32(body) != entry.CRC:
        raise PackageError(
            "refused: damaged, its bytes are not what the directory says", where=entry.filename
        )
    return body


# ---- folder ------------------------------------------------------------------------------------


def _write_folder(members: Mapping[str, bytes], target: Path) -> None:
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise PackageError(
            "there is something here already", where=str(target), fix="name a new folder"
        )
    for name in sorted(members):
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(members[name])


def _read_folder(folder: Path, limits: ArchiveLimits) -> dict[str, bytes]:
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
            Path(parent, name).relative_to(folder).as_posix(): Path(parent, name) for name in files
        }
        if len(paths) > limits.members:
            raise PackageError(f"refused: more than {limits.members} files")
    _check_names(sorted(paths))
    if sum(path.stat().st_size for path in paths.values()) > limits.total_bytes:
        raise PackageError(f"refused: more than {limits.total_bytes:,} bytes")
    return {name: paths[name].read_bytes() for name in sorted(paths)}
