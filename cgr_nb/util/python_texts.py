"""Texts of frames as Python's own strings while a block runs.

pandas keeps texts in Arrow's arrays where Arrow is installed. There each step over a few lines
takes twice as long as with Python's own, and the tables of most studies have few; on 20,000 rows
both are equally fast. The values and the type, `str`, are the same.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["python_texts"]

_OPTION = "mode.string_storage"
_lock = threading.Lock()
_at_work = 0
_before = ""


@contextmanager
def python_texts() -> Iterator[None]:
    """Have frames that are made in the block hold Python's strings. Blocks may overlap in several
    threads: the last one to end leaves pandas as the first one found it."""
    import pandas as pd

    global _at_work, _before
    with _lock:
        if not _at_work:
            _before = pd.get_option(_OPTION)
            pd.set_option(_OPTION, "python")
        _at_work += 1
    try:
        yield
    finally:
        with _lock:
            _at_work -= 1
            if not _at_work:
                pd.set_option(_OPTION, _before)
