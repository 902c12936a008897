"""How many lines of a walked program were emulated, as the detail of its run tells it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

__all__ = ["WalkedLines"]

_WORDS: Final = re.compile(r"(?:^|; )emulated (\d{1,10}) of (\d{1,10}) lines$")


@dataclass(frozen=True, slots=True)
class WalkedLines:
    """Lines of a run, each counted as often as it was come to. As the program's process tells
    them: advisory, like its trace."""

    emulated: int
    """Those that the solver gave the effect or the value of, and not Python."""
    lines: int
    """All of them."""

    def __str__(self) -> str:
        return f"emulated {self.emulated} of {self.lines} lines"

    def behind(self, detail: str) -> str:
        """A run's detail, and how many lines were emulated behind it."""
        return f"{detail}; {self}" if detail else str(self)

    @classmethod
    def of(cls, detail: str) -> WalkedLines | None:
        """What a run's detail tells; None where it tells nothing of it: the run was stopped from
        outside, or was not walked."""
        found = _WORDS.search(detail)
        return cls(int(found[1]), int(found[2])) if found else None
