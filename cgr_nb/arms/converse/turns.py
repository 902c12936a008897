"""One turn of a conversation with an interpreter: the content of a reply, and the observation of a
cell.

A reply contains text, followed by one block of Python or a line `FINAL: letter`. The first of the
two counts; text after it was written without having seen what the block prints, and is removed
from the conversation (not in the papers).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from cgr_nb.answers import extract, option_of
from cgr_nb.arms.interpreter import ENDING
from cgr_nb.records import Execution
from cgr_nb.sandbox import CellLine
from cgr_nb.scaffolds.blocks import PYTHON, fenced_blocks

__all__ = ["Turn", "observed", "read_turn"]

_FINAL = re.compile(r"^[ \t>*_#`-]*+FINAL\b[^:\n]{0,40}+:(?P<said>[^\n]*)$", re.MULTILINE)
_MARKS = " \t\r*_`."
_MOST_SAID = 500


@dataclass(frozen=True, slots=True)
class Turn:
    """What a reply says."""

    kept: str
    """The part of it that stays in the conversation."""
    code: str | None = None
    """The block to be run."""
    letters: tuple[str, ...] = ()
    """The answer, in option order."""
    span: tuple[int, int] | None = None
    """Where the answer stands in the reply."""
    words: str = ""
    """What stands before the block; all of the reply where there is none."""


def read_turn(reply: str, options: Mapping[str, str], *, multi: bool, text: bool = True) -> Turn:
    """Read a reply.

    Args:
        reply: As it came.
        options: Letter -> option text.
        multi: Whether the answer is a set of letters.
        text: Whether text around a block stays in the conversation.
    """
    blocks = (block for block in fenced_blocks(reply) if block.language in PYTHON)
    block = next((block for block in blocks if block.text.strip()), None)
    for found in _FINAL.finditer(reply, 0, len(reply) if block is None else block.begin):
        letters = _letters(found["said"][:_MOST_SAID], options, multi)
        if letters:
            return Turn(reply[: found.end()], None, letters, found.span("said"))
    if block is None:
        return Turn(reply, words=reply)
    code, words = block.text.strip("\n"), reply[: block.begin]
    if not text:
        return Turn(f"```python\n{code}\n```", code, words=words)
    end = reply.find("\n", block.end) if block.closed else -1
    return Turn(reply if end < 0 else reply[:end], code, words=words)


def _letters(said: str, options: Mapping[str, str], multi: bool) -> tuple[str, ...]:
    """The answer that stands behind FINAL; empty where there is none."""
    found = extract(said, options, multi=multi)
    if found.status == "answered":
        return found.letters
    letter = None if multi else option_of(said.strip(_MARKS), options)
    return (letter,) if letter else ()


def observed(run: Execution, place: CellLine | None, cell: int) -> str:
    """What a model is shown of a cell: what it printed, and the exception with its line.

    Args:
        run: The cell's run.
        place: Where it failed.
        cell: Its number, from 1.
    """
    seen = [run.output.rstrip("\n")] if run.output.strip() else []
    if run.status != "no_answer":
        tail = "" if run.line is None else f" at line {run.line}"
        seen.append(run.detail.removesuffix(tail))
        if place is not None:
            before = "" if place.cell == cell else f"block {place.cell}, "
            seen.append(f"({before}line {place.line}: {place.text.strip()[:200]})")
    if run.status in ENDING:
        seen.append("The interpreter has stopped.")
    return "\n".join(seen) or "(no output)"
