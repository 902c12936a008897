"""Small files of other tools: read whole, within bounds, and only where they are plain files."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["BadFile", "read_object", "read_small", "text_of"]


class BadFile(ValueError):
    """A file is not of the form that it should have."""


def read_small(path: Path, most: int) -> bytes:
    """The bytes of a plain file.

    Args:
        path: The file. A pipe or a device is never waited for.
        most: Bytes that it may have.

    Raises:
        BadFile: It is longer, or no plain file.
        OSError: It can't be read.
    """
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise BadFile("it is not a regular file")
        data = file.read(most + 1)
    if len(data) > most:
        raise BadFile(f"it has more than {most:,} bytes")
    return data


def read_object(path: Path, most: int) -> Mapping[str, Any]:
    """A JSON object.

    Raises:
        BadFile: It is none.
        OSError: It can't be read.
    """
    try:
        value = json.loads(read_small(path, most).decode("utf-8"))
    except (ValueError, RecursionError) as error:
        if isinstance(error, BadFile):
            raise
        raise BadFile("it is no JSON") from None
    if not isinstance(value, dict):
        raise BadFile("it is no JSON object")
    return value


def text_of(table: Mapping[str, Any], key: str) -> str:
    """A text under a key.

    Raises:
        BadFile: There is none.
    """
    value = table.get(key)
    if not isinstance(value, str):
        raise BadFile(f"'{key}' is no text")
    return value
