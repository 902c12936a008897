"""Memory that was freed, back to the machine."""

from __future__ import annotations

import ctypes
from contextlib import suppress

__all__ = ["give_back"]


def give_back() -> None:
    """Have the C library return the pages that nothing uses any more: between two steps that each
    hold much for a while, so that the second takes the place of the first and not room beside it.
    Does nothing where the C library is another than glibc."""
    with suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
