"""How often Python looks for objects that hold each other."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["seldom_collected"]

_OBJECTS = 50_000
_LOCK = threading.Lock()
_within = 0
"""Blocks that are being run, in all threads: the thresholds are the process's."""
_before = gc.get_threshold()


@contextmanager
def seldom_collected() -> Iterator[None]:
    """While the block runs Python looks for cycles every 50,000 new objects, not every 700: work
    that makes millions of records, none of them in a cycle, spends a sixth of its time on that, and
    a read of a large table half of it. Memory that cycles hold meanwhile is some megabytes."""
    global _within, _before
    with _LOCK:
        if not _within:
            _before = gc.get_threshold()
            gc.set_threshold(max(_before[0], _OBJECTS) if _before[0] else 0, *_before[1:])
        _within += 1
    try:
        yield
    finally:
        with _LOCK:
            _within -= 1
            if not _within:
                gc.set_threshold(*_before)
