"""Where shards lie: study folders on this disk, and what was published of them, to a shared folder
or an object store.

A place is a folder, or an address that fsspec knows ("s3://bucket/shards"). What is written there
is there whole or not at all.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from cgr_nb.errors import StoreError
from cgr_nb.extras import needed
from cgr_nb.util.atomic_write import replacing

__all__ = ["Place", "is_address", "place_of"]

_CHUNK = 1 << 20
_ERRORS = {
    "aiohttp": "ClientError",
    "azure.core.exceptions": "AzureError",
    "botocore.exceptions": "BotoCoreError",
    "google.auth.exceptions": "GoogleAuthError",
    "requests": "RequestException",
}
"""Module -> the error that all its errors are kinds of."""
_FIX = "see that it is there, and that this machine may read and write it"


def is_address(place: str | Path) -> bool:
    """Whether a place is an address rather than a folder of this machine."""
    return isinstance(place, str) and "://" in place


class Place(Protocol):
    """A folder that published files are in, wherever it is."""

    name: str
    """As people name it."""

    def within(self, name: str) -> Place:
        """A folder in it."""
        ...

    def names(self) -> list[str]:
        """Names of what is in it; none where it is not there."""
        ...

    def read(self, name: str, most: int) -> bytes | None:
        """A file of at most so many bytes; None where there is none.

        Raises:
            StoreError: It is larger, or can't be read.
        """
        ...

    def fetch(self, name: str, to: Path) -> None:
        """Copy a file to this machine; it is there whole or not at all.

        Raises:
            StoreError: It can't be had.
        """
        ...

    def put(self, path: Path, name: str) -> None:
        """Copy a file of this machine there; it is there whole or not at all.

        Raises:
            StoreError: It can't be written.
        """
        ...

    def remove(self, name: str) -> None:
        """Remove a file; one that is not there is no error."""
        ...


def place_of(place: str | Path) -> Place:
    """A folder, or what an address stands for.

    Raises:
        ExtraError: fsspec, or what it needs for this kind of address, is not installed.
        StoreError: There is no such kind of address.
    """
    return _Remote.at(str(place)) if is_address(place) else _Local(Path(place))


class _Local:
    """A folder, shared or not."""

    def __init__(self, folder: Path) -> None:
        self.name = str(folder)
        self.folder = folder

    def within(self, name: str) -> Place:
        return _Local(self.folder / name)

    def names(self) -> list[str]:
        with _told(self.name):
            return sorted(os.listdir(self.folder)) if self.folder.is_dir() else []

    def read(self, name: str, most: int) -> bytes | None:
        with _told(f"{self.name}/{name}"):
            try:
                with (self.folder / name).open("rb") as file:
                    return _bounded(file.read(most + 1), most, f"{self.name}/{name}")
            except (FileNotFoundError, NotADirectoryError):
                return None

    def fetch(self, name: str, to: Path) -> None:
        with _told(f"{self.name}/{name}"), replacing(to) as unfinished:
            shutil.copyfile(self.folder / name, unfinished)

    def put(self, path: Path, name: str) -> None:
        with _told(f"{self.name}/{name}"), replacing(self.folder / name) as unfinished:
            shutil.copyfile(path, unfinished)

    def remove(self, name: str) -> None:
        with _told(f"{self.name}/{name}"):
            (self.folder / name).unlink(missing_ok=True)


class _Remote:
    """A folder of anything that fsspec knows; an object there is written whole or not at all."""

    def __init__(self, system: Any, path: str, name: str) -> None:  # noqa: ANN401
        self._system, self._path, self.name = system, path.rstrip("/"), name

    @classmethod
    def at(cls, address: str) -> _Remote:
        with needed("fsspec", where=address):
            import fsspec.core
        with _told(address):
            try:
                system, path = fsspec.core.url_to_fs(address)
            except ImportError as error:
                raise StoreError(
                    "this kind of address requires a package that is not installed",
                    where=address,
                    got=str(error),
                    fix="install it",
                ) from error
            except ValueError as error:
                raise StoreError("not an address", where=address, got=str(error)) from error
        return cls(system, path, address.rstrip("/"))

    def within(self, name: str) -> Place:
        return _Remote(self._system, f"{self._path}/{name}", f"{self.name}/{name}")

    def names(self) -> list[str]:
        with _told(self.name):
            self._system.invalidate_cache()
            try:
                found = self._system.ls(self._path, detail=False)
            except FileNotFoundError:
                return []
            return sorted({str(one).rstrip("/").rpartition("/")[2] for one in found} - {""})

    def read(self, name: str, most: int) -> bytes | None:
        with _told(f"{self.name}/{name}"):
            try:
                with self._system.open(f"{self._path}/{name}", "rb") as file:
                    return _bounded(file.read(most + 1), most, f"{self.name}/{name}")
            except FileNotFoundError:
                return None

    def fetch(self, name: str, to: Path) -> None:
        with (
            _told(f"{self.name}/{name}"),
            replacing(to) as unfinished,
            self._system.open(f"{self._path}/{name}", "rb") as found,
            unfinished.open("wb") as made,
        ):
            shutil.copyfileobj(found, made, _CHUNK)

    def put(self, path: Path, name: str) -> None:
        with _told(f"{self.name}/{name}"):
            self._system.makedirs(self._path, exist_ok=True)
            self._system.put_file(str(path), f"{self._path}/{name}")

    def remove(self, name: str) -> None:
        with _told(f"{self.name}/{name}"):
            try:
                self._system.rm_file(f"{self._path}/{name}")
            except FileNotFoundError:
                return


@contextmanager
def _told(name: str) -> Iterator[None]:
    """What can go wrong on the way to a place, in words."""
    try:
        yield
    except _errors_of_places() as error:
        why = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise StoreError(f"can't be reached: {why}", where=name, fix=_FIX) from error


def _errors_of_places() -> tuple[type[Exception], ...]:
    """What systems raise, and packages behind fsspec where they were loaded."""
    found = [getattr(sys.modules.get(module), name, None) for module, name in _ERRORS.items()]
    kinds = [kind for kind in found if isinstance(kind, type) and issubclass(kind, Exception)]
    return (OSError, *kinds)


def _bounded(data: bytes, most: int, name: str) -> bytes:
    if len(data) > most:
        raise StoreError("larger than it can be", where=name, got=f"more than {most:,} bytes")
    return data
