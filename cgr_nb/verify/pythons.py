"""The Python that ran a study beside the one that checks it: a program may do otherwise in another.

Within one minor version ("3.11") every difference of a replay is a problem. Across them the words
of errors and the steps differ by themselves: then such a difference is a note, each one told, and a
different outcome is a problem that names both versions.
"""

from __future__ import annotations

import platform
from dataclasses import dataclass

__all__ = ["Pythons"]


@dataclass(frozen=True, slots=True)
class Pythons:
    """Two versions, such as "3.11.9"."""

    there: str
    """Of the run; empty when that is not on record."""
    here: str

    @classmethod
    def of(cls, there: str) -> Pythons:
        """That of a run, and this one."""
        return cls(there, platform.python_version())

    @property
    def same(self) -> bool:
        """Whether they are one version."""
        return self.there == self.here

    @property
    def alike(self) -> bool:
        """Whether they are of one minor version."""
        return self.there.split(".")[:2] == self.here.split(".")[:2]

    def __str__(self) -> str:
        return f"Python {self.there or 'not known'} there, {self.here} here"
