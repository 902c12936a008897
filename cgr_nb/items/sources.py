"""The public item sets that can be fetched by name, and what to do about those that can't."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from cgr_nb.errors import ItemError, did_you_mean
from cgr_nb.hub import DownloadError, Fetched, HubFile, fetch
from cgr_nb.items.readers import SUFFIXES

__all__ = [
    "DatasetSource",
    "SourceFile",
    "dataset_files",
    "dataset_source",
    "dataset_sources",
    "fetch_dataset",
]


@dataclass(frozen=True, slots=True)
class SourceFile:
    """One file of a set."""

    source: str
    """Its name on a hub: "hf:datasets/OWNER/NAME@REVISION/PATH"."""
    sha256: str | None = None
    """What it must be; None where no hash is known."""
    bytes: int | None = None
    """Its size, where it is known."""


@dataclass(frozen=True, slots=True)
class DatasetSource:
    """Where one item set comes from."""

    name: str
    """The dataset of its items."""
    about: str
    adapter: str
    """Which adapter reads it."""
    licence: str
    page: str
    """Where a person can read about it, and accept its terms."""
    rows: int
    """Rows of the file, or assumed: `checked` says which."""
    characters: int
    """Mean length of question, context and options."""
    characters_of: str
    """What that was measured on."""
    checked: str
    """What is known of the address, and how."""
    gated: bool = False
    """Its terms must be accepted first, with an account."""
    by_hand: str | None = None
    """What to do where there is no file to fetch."""
    files: tuple[SourceFile, ...] = ()


@cache
def dataset_sources() -> Mapping[str, DatasetSource]:
    """Return the known sources by name, in the order of the paper."""
    text = resources.files("cgr_nb.items").joinpath("sources.toml").read_text("utf-8")
    return {table["name"]: _source(table) for table in tomllib.loads(text)["dataset"]}


def dataset_source(name: str) -> DatasetSource:
    """Return one source.

    Raises:
        ItemError: there is none of that name.
    """
    known = dataset_sources()
    if name in known:
        return known[name]
    raise ItemError(f"no source is known for dataset {name!r}", fix=did_you_mean(name, known))


def fetch_dataset(
    source: DatasetSource, folder: Path, *, show: bool = False
) -> tuple[Fetched, ...]:
    """Fetch the files of a set to `folder/NAME/`.

    Args:
        source: Which set.
        folder: Folder of all sets.
        show: Draw progress bars.

    Raises:
        DownloadError: It can only be had by hand, or as `fetch`.
    """
    if not source.files:
        raise DownloadError(
            f"{source.name} can't be fetched: no public file of it is known",
            where=source.page,
            fix=f"{source.by_hand} ({folder / source.name})",
        )
    named = [(HubFile.parse(file.source), file.sha256) for file in source.files]
    return tuple(
        fetch(file, folder / source.name / file.name, sha256, show=show) for file, sha256 in named
    )


def dataset_files(source: DatasetSource, folder: Path) -> tuple[Path, ...]:
    """Return the files of a set that lie in `folder/NAME/`, fetched or put there by hand.

    A set that is there in part only is not there: then the result is empty.
    """
    place = folder / source.name
    named = tuple(place / HubFile.parse(file.source).name for file in source.files)
    if named and all(path.is_file() for path in named):
        return named
    if not place.is_dir() or any(path.is_file() for path in named):
        return ()
    found = (path for path in place.iterdir() if path.suffix.lower() in SUFFIXES)
    return tuple(sorted(path for path in found if path.is_file()))


def _source(table: dict[str, Any]) -> DatasetSource:
    files = tuple(SourceFile(**file) for file in table.pop("file", ()))
    return DatasetSource(**table, files=files)
