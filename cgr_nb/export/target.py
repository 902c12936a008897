"""Where other tools' files go, and how they are named and dated."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path

from cgr_nb.bundle.archive import PackageError
from cgr_nb.records import content_id

__all__ = ["begin", "new_folder", "slug"]


def new_folder(target: Path) -> None:
    """Make a folder that holds nothing yet.

    Raises:
        PackageError: It holds something, or can't be made.
    """
    try:
        target.mkdir(parents=True, exist_ok=True)
        occupied = any(target.iterdir())
    except OSError as error:
        raise PackageError(
            "the folder can't be written", where=str(target), got=str(error)
        ) from error
    if occupied:
        raise PackageError(
            "there is something here already", where=str(target), fix="name a new folder"
        )


def slug(name: str) -> str:
    """A name of a dataset or model as part of a file name; names that differ only in signs that a
    file name may not have stay apart."""
    plain = re.sub(r"[^A-Za-z0-9-]+", "-", name)
    return plain if plain == name else f"{plain}-{content_id('name', name)[:6]}"


def begin(started: str) -> datetime:
    """When a study was begun, in UTC; the epoch when that is not on record."""
    try:
        found = datetime.fromisoformat(started)
    except ValueError:
        return datetime.fromtimestamp(0, UTC)
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
