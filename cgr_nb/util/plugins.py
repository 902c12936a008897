"""What other packages bring in as entry points, found anew only where packages have changed.

`importlib.metadata` reads the files of every installed package each time it is asked, which takes
some ten milliseconds; a study asks for its arms hundreds of times.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType

__all__ = ["plugins"]


def plugins(group: str) -> Mapping[str, EntryPoint]:
    """Entry points of a group by name, in alphabetical order.

    A package that is installed or taken away while Python runs is noticed: it changes the time of
    the folder that it lies in.
    """
    return _found(group, tuple(map(_place, sys.path)))


def _place(entry: str) -> tuple[str, int]:
    """A place of packages, and when something was last put there or taken away."""
    try:
        place = entry or os.getcwd()
        return place, os.stat(place).st_mtime_ns
    except OSError:
        return entry, 0


@lru_cache(maxsize=16)
def _found(group: str, places: tuple[tuple[str, int], ...]) -> Mapping[str, EntryPoint]:
    points = {point.name: point for point in entry_points(group=group)}
    return MappingProxyType(dict(sorted(points.items())))
