"""Where other tools' files go, and how they are named and dated."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cgr_nb.bundle.archive import PackageError
from cgr_nb.bundle.reading import StudyRead, read_study
from cgr_nb.export.answer_view import Group, groups_of
from cgr_nb.records import content_id

__all__ = ["Exporting", "begin", "begin_export", "slug"]


@dataclass(frozen=True)
class Exporting:
    """A study on its way into another tool's files."""

    study: StudyRead
    began: datetime
    """When it was begun, in UTC; the epoch when that is not on record."""
    groups: list[Group]
    tell: Callable[[str, int, int], None]
    """Takes the file being made, files done and files to make."""


def begin_export(
    folder: Path, target: Path, on_progress: Callable[[str, int, int], None] | None
) -> Exporting:
    """Read a study, and make the folder that it goes to.

    Raises:
        StoreError, ConfigError, PackageError: The study can't be read, or the folder not written.
    """
    tell = on_progress or (lambda name, done, total: None)
    _new_folder(target)
    study = read_study(folder, tell)
    return Exporting(study, begin(study.started), groups_of(study.contents), tell)


def _new_folder(target: Path) -> None:
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
        raise PackageError("the target already exists", where=str(target), fix="name a new folder")


def slug(name: str, also: str = "") -> str:
    """A name of a dataset, model or arm as part of a file name; names that differ only in signs
    that a file name may not have stay apart.

    Args:
        name: The name.
        also: Signs that may stand in it beside letters, digits and hyphens.
    """
    plain = re.sub(rf"[^A-Za-z0-9{re.escape(also)}-]+", "-", name)
    return plain if plain == name else f"{plain}-{content_id('name', name)[:6]}"


def begin(started: str) -> datetime:
    """When a study was begun, in UTC; the epoch when that is not on record."""
    try:
        found = datetime.fromisoformat(started)
    except ValueError:
        return datetime.fromtimestamp(0, UTC)
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
