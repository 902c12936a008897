"""The text of a session: its cells one below the other, each under a line with its number.

It is a program text like any other, with which the record names what ran; lines of an outcome and
of a trace are lines of it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["CellLine", "is_transcript", "lines_before", "place_of", "transcript"]

_HEADER = "# %% cell {}\n"
_FIRST = re.compile(r"# %% cell 1\n")
_NEWLINE = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class CellLine:
    """A line of a session."""

    cell: int
    """1, 2, 3 ..."""
    line: int
    """Within the cell, from 1."""
    text: str


def transcript(cells: Sequence[str]) -> str:
    """The text of a session.

    Args:
        cells: In the order in which they ran.
    """
    return "".join(
        [f"{_HEADER.format(number)}{_whole(cell)}" for number, cell in enumerate(cells, 1)]
    )


def is_transcript(source: str) -> bool:
    """Whether a program text is that of a session."""
    return _FIRST.match(source) is not None


def lines_before(cells: Sequence[str]) -> int:
    """Lines of a session's text that stand before the next cell."""
    return _count(transcript(cells)) + 1


def place_of(cells: Sequence[str], line: int | None) -> CellLine | None:
    """The cell and the line in it of a line of the text; None where it is in no cell."""
    start = 0
    for number, cell in enumerate(cells, 1):
        start += 1
        lines = _NEWLINE.split(cell)
        if line is not None and start < line <= start + len(lines):
            return CellLine(number, line - start, lines[line - start - 1])
        start += _count(_whole(cell))
    return None


def _whole(cell: str) -> str:
    """A cell whose last line ends."""
    return cell if cell.endswith("\n") else f"{cell}\n"


def _count(text: str) -> int:
    return len(_NEWLINE.findall(text))
