"""The bytes of an item file, taken out of gzip, bzip2, xz, zstd or a zip archive, up to a limit."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from cgr_nb.errors import ItemError

__all__ = ["MOST_BYTES", "archive_members", "member_bytes", "unpacked_bytes"]

MOST_BYTES = 2**31
"""Most bytes that a file may unpack to: a small file that unpacks to more is an attack."""

_ZSTD_METHOD = 93
_KINDS = {
    b"\x1f\x8b": "gzip-compressed",
    b"BZh": "bzip2-compressed",
    b"\xfd7zXZ": "xz-compressed",
    b"\x28\xb5\x2f\xfd": "zstd-compressed",
}


def unpacked_bytes(path: Path, head: bytes) -> tuple[bytes, str | None]:
    """Return the bytes of a file, and how it was compressed; None when it was not.

    Raises:
        ItemError: the archive is damaged, or unpacks to more than `MOST_BYTES`.
    """
    kind = next((kind for magic, kind in _KINDS.items() if head.startswith(magic)), None)
    if kind is None:
        return path.read_bytes(), None
    try:
        with _opened(path, kind) as file:
            data = file.read(MOST_BYTES + 1)
    except (OSError, EOFError, lzma.LZMAError, ValueError) as error:
        raise ItemError(
            f"the file is {kind} and damaged", where=path.name, got=str(error)
        ) from error
    if len(data) > MOST_BYTES:
        raise ItemError(f"the file is {kind} and is too large when decompressed", where=path.name)
    if not data:
        raise ItemError(f"the file is {kind} and empty", where=path.name)
    return data, kind


def archive_members(path: Path) -> list[str]:
    """Return the names of the files in a zip archive.

    Raises:
        ItemError: it is none, or is damaged.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return [info.filename for info in archive.infolist() if not info.is_dir()]
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise ItemError(
            "the file is a damaged zip archive", where=path.name, got=str(error)
        ) from error


def member_bytes(path: Path, names: Sequence[str]) -> list[bytes]:
    """Return the bytes of some files of a zip archive, together at most `MOST_BYTES`.

    Raises:
        ItemError: it is damaged, encrypted, or holds more.
    """
    found: list[bytes] = []
    left = MOST_BYTES
    try:
        with zipfile.ZipFile(path) as archive:
            for name in names:
                info = archive.getinfo(name)
                if info.file_size > left:
                    raise ItemError("the archive is too large when decompressed", where=path.name)
                found.append(_member(path, archive, info, left))
                left -= len(found[-1])
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError) as error:
        raise ItemError(
            "a file of the archive can't be unpacked", where=path.name, got=str(error)
        ) from error
    except (ValueError, lzma.LZMAError) as error:
        raise ItemError("the archive is damaged", where=path.name, got=str(error)) from error
    return found


def _opened(path: Path, kind: str) -> IO[bytes]:
    if kind.startswith("gzip"):
        return gzip.open(path, "rb")  # type: ignore[return-value]
    if kind.startswith("bzip2"):
        return bz2.open(path, "rb")
    if kind.startswith("xz"):
        return lzma.open(path, "rb")
    import pyarrow

    stream: IO[bytes] = pyarrow.CompressedInputStream(pyarrow.OSFile(str(path)), "zstd")
    return stream


def _member(path: Path, archive: zipfile.ZipFile, info: zipfile.ZipInfo, most: int) -> bytes:
    if info.compress_type != _ZSTD_METHOD:
        with archive.open(info) as file:
            data = file.read(most + 1)
        if len(data) > most:
            raise ItemError("the archive is too large when decompressed", where=path.name)
        return data
    # The standard library learns this method only with Python 3.14.
    import pyarrow

    with path.open("rb") as raw:
        raw.seek(info.header_offset + 26)
        name_length = int.from_bytes(raw.read(2), "little")
        extra_length = int.from_bytes(raw.read(2), "little")
        raw.seek(info.header_offset + 30 + name_length + extra_length)
        packed = raw.read(info.compress_size)
    with pyarrow.CompressedInputStream(io.BytesIO(packed), "zstd") as stream:
        data = stream.read(most + 1)
    if len(data) > most:
        raise ItemError("the archive is too large when decompressed", where=path.name)
    return bytes(data)
