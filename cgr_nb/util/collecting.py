"""How often Python looks for objects that hold each other."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["seldom_collected"]

_OBJECTS = 50_000


@contextmanager
def seldom_collected() -> Iterator[None]:
    """While the block runs Python looks for cycles every 50,000 new objects, not every 700: work
    that makes millions of records, none of them in a cycle, spends a sixth of its time on that.
    Memory that cycles hold meanwhile is some megabytes."""
    before = gc.get_threshold()
    gc.set_threshold(max(before[0], _OBJECTS) if before[0] else 0, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
