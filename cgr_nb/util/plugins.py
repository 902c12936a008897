"""What other packages bring in as entry points, found anew only where packages have changed.

`importlib.metadata` reads the files of every installed package each time it is asked, which takes
some ten milliseconds; a study asks for its arms hundreds of times.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType

__all__ = ["Places", "package_places", "packages_at_rest", "plugins"]

Places = tuple[tuple[str, int], ...]
"""Where packages are looked for, and when something was last put there or taken away."""

_AT_REST: ContextVar[Places | None] = ContextVar("packages_at_rest", default=None)


def plugins(group: str) -> Mapping[str, EntryPoint]:
    """Entry points of a group by name, in alphabetical order.

    A package that is installed or taken away while Python runs is noticed: it changes the time of
    the folder that it lies in.
    """
    return _found(group, package_places())


def package_places() -> Places:
    """Where packages lie now: another value once one was installed or taken away."""
    at_rest = _AT_REST.get()
    return tuple(map(_place, sys.path)) if at_rest is None else at_rest


@contextmanager
def packages_at_rest() -> Iterator[None]:
    """While the block runs the packages are those that are there at its beginning: for what asks
    for plugins many times within milliseconds."""
    before = _AT_REST.set(package_places())
    try:
        yield
    finally:
        _AT_REST.reset(before)


def _place(entry: str) -> tuple[str, int]:
    """A place of packages, and when something was last put there or taken away."""
    try:
        place = entry or os.getcwd()
        return place, os.stat(place).st_mtime_ns
    except OSError:
        return entry, 0


@lru_cache(maxsize=16)
def _found(group: str, places: Places) -> Mapping[str, EntryPoint]:
    points = {point.name: point for point in entry_points(group=group)}
    return MappingProxyType(dict(sorted(points.items())))
