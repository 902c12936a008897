"""What a worker has ready before it forks, so that programs find it loaded.

The light set is what scaffolds are seen to import, with what those import late. It must be
generous: where Landlock is missing, what is not preloaded can't be imported at all.
"""

from __future__ import annotations

import re
from typing import Final

__all__ = ["HEAVY", "LIGHT", "may_read", "needs_heavy"]

LIGHT: Final = (
    *("__future__", "_strptime", "abc", "array", "ast", "base64", "binascii", "bisect"),
    *(
        "calendar",
        "cmath",
        "collections",
        "collections.abc",
        "contextlib",
        "copy",
        "copyreg",
        "csv",
    ),
    *("dataclasses", "datetime", "decimal", "difflib", "encodings.ascii", "encodings.idna"),
    *("encodings.latin_1", "encodings.unicode_escape", "encodings.utf_16", "enum", "errno"),
    *("fractions", "functools", "heapq", "html", "inspect", "io", "itertools", "json"),
    *("keyword", "linecache", "locale", "math", "numbers", "operator", "os", "pprint"),
    *("queue", "random", "re", "reprlib", "statistics", "string", "struct", "sys", "textwrap"),
    *("threading", "time", "timeit", "traceback", "types", "typing", "unicodedata"),
    *("warnings", "weakref", "zlib"),
)

HEAVY: Final = (
    *("numpy", "numpy.fft", "numpy.linalg", "numpy.polynomial", "numpy.random"),
    *("mpmath", "sympy", "sympy.abc", "sympy.parsing.sympy_parser", "sympy.solvers", "sympy.stats"),
)
"""Imported where installed, by the second worker only: half a second and 100 MB that few programs
need."""

_NAMES_HEAVY = re.compile(r"\b(?:numpy|sympy|mpmath)\b")
_NAMES_READERS = re.compile(r"\bread_(?:letter|number)\b")


def needs_heavy(source: str) -> bool:
    """Whether a program names one of the heavy packages. A false alarm only costs time."""
    return _NAMES_HEAVY.search(source) is not None


def may_read(source: str) -> bool:
    """Whether a program names a helper that reads replies. A false alarm only costs time, and so
    does a program that gets at one without its name: it prepares what it needs by itself."""
    return _NAMES_READERS.search(source) is not None
