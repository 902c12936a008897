"""What the container of a package is: its one possible form, its limits, and its error."""

from __future__ import annotations

import re
import stat
import struct
import zipfile
from dataclasses import dataclass

from cgr_nb.errors import CgrError

__all__ = [
    "DATE",
    "END",
    "LEVEL",
    "LIMITS",
    "NAME",
    "ArchiveLimits",
    "PackageError",
    "directory_entry",
    "end_record",
    "entry_of",
]


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
    line_bytes: int = 256 << 20
    """Of one line of a table: it is read whole."""


LIMITS = ArchiveLimits()

NAME = re.compile(
    r"(?:[a-z_]+\.(?:jsonl|json|md|toml)|README\.md"
    r"|prompts/(?:[A-Za-z0-9_-]+/)?[A-Za-z0-9_-]+@\d{1,6}\.txt)"
)
"""Of a member."""
DATE = (1980, 1, 1, 0, 0, 0)
END = struct.Struct("<4s4H2LH")
"""The last record of the file."""
LEVEL = 6
"""Of compression."""


def entry_of(name: str, crc: int, packed: int, size: int, offset: int) -> zipfile.ZipInfo:
    """The one way in which a member is entered.

    Args:
        name: Of the member.
        crc: Of its bytes.
        packed: Bytes that it takes, compressed.
        size: Bytes that it unpacks to.
        offset: Where its header begins.
    """
    info = zipfile.ZipInfo(name, DATE)
    info.create_system = 3
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = (stat.S_IFREG | 0o644) << 16
    info.CRC, info.compress_size, info.file_size = crc, packed, size
    info.header_offset = offset
    return info


def directory_entry(info: zipfile.ZipInfo) -> bytes:
    """The bytes of a member in the directory."""
    name = info.filename.encode("ascii")
    date = (DATE[0] - 1980) << 9 | DATE[1] << 5 | DATE[2]
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


def end_record(count: int, size: int, start: int) -> bytes:
    """The last record of the file.

    Args:
        count: Members.
        size: Bytes of the directory.
        start: Where it begins.
    """
    return END.pack(b"PK\x05\x06", 0, 0, count, count, size, start, 0)
