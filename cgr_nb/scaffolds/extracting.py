"""A generator's reply -> the program in it.

What counts, first rule first:

1. Thoughts are left out, and the reply ends where its first turn with a program ends (`turns`).
2. A reply, or a block of it, that is JSON stands for the texts in it: `{"code": "..."}`.
3. Of the fenced blocks that define `solve`, the last that is whole: closed, and Python. Where none
   is, the last that is Python without being closed; where none is, the last.
4. A program without a fence that defines `solve`: from the first line that begins a program to the
   last before prose goes on.
5. Of the other blocks the last that is called Python, or has no name.
6. A program without a fence, where there are no blocks at all.

A block loses the white space that indents all of it, as inside a list (`blocks`), and so does a
program without a fence that stands indented; a text in JSON is taken as it is. A byte-order mark is
no part of a program; ends of lines stay as they are.
"""

from __future__ import annotations

import json
import re
from ast import Module
from collections.abc import Iterator
from dataclasses import dataclass

from cgr_nb.scaffolds.blocks import PYTHON, fenced_blocks, without_indent
from cgr_nb.scaffolds.turns import Span, has_marks, turns
from cgr_nb.util.syntax import SOURCE_LIMIT, parse

__all__ = ["extract_program"]

_SOLVE = re.compile(
    r"^(?:(?:async[ \t]+)?def[ \t]+solve\b|solve[ \t]*(?::[^=\n]*)?=[^=])", re.MULTILINE
)
_START = re.compile(
    r"^(?:import |from [\w.]+ import |(?:async )?def \w+\(|class \w+[(:]|@\w"
    r"|(?:GENERATOR_ANSWER|DIFFICULTY)\s*[:=])",
    re.MULTILINE,
)
_INDENTED_START = re.compile(
    rf"^([ \t]{{2,32}})(?={_START.pattern.replace('^', '')})", re.MULTILINE
)
_CODE_LINE = re.compile(
    r"[\s#@)\]}]|(?:import|from|async|def|class|if|elif|else|for|while|try|except|finally|with"
    r"|return|pass|assert|del|global|raise)\b|[\w.]+(?:\[[^\]]*\])?\s*(?::[^=]+)?[-+*/|&]?=[^=]"
    r"|[\w.]+\(|\"\"\"|'''|$"
)
_CODE_NAMES = frozenset({"code", "program", "python", "source", "script", "scaffold", "solution"})
"""What fields of JSON are called that hold a program, also one without `solve`."""
_BOM = "\ufeff"
_JSON_LIMIT = 4 * SOURCE_LIMIT
"""Characters above which a text is not read as JSON."""
_JSON_DEPTH = 6
_MOST_LITERAL = 8
"""Blocks that are parsed to see whether a mark in them is theirs."""
_MOST_PARSED = 16
"""Blocks that are parsed to see whether they are whole, the last ones."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    language: str
    text: str
    closed: bool


def extract_program(reply: str) -> str | None:
    """Find the program in a reply; see the module for the rules.

    Returns:
        The program text, or None when the reply holds none.
    """
    reply = reply.removeprefix(_BOM)
    if not has_marks(reply):
        return _of_turn(reply)[0]
    first: str | None = None
    for start, end in turns(_without_literal_marks(reply)):
        found, defines = _of_turn(reply[start:end])
        if defines:
            return found
        first = found if first is None else first
    return first


def _without_literal_marks(reply: str) -> str:
    """A reply with whole programs written over: marks in them are in their strings."""
    pieces, done = [], 0
    for start, end in _whole_programs(reply):
        pieces += [reply[done:start], "x" * (end - start)]
        done = end
    return "".join([*pieces, reply[done:]])


def _whole_programs(reply: str) -> Iterator[Span]:
    """Where programs with marks in them stand that are whole as they are."""
    tried = 0
    for block in fenced_blocks(reply):
        if block.closed and tried < _MOST_LITERAL and has_marks(block.text):
            tried += 1
            if _is_whole(block.text):
                yield block.start, block.end
    start = _START.search(reply)
    if not tried and start is not None and _is_whole(reply[start.start() :]):
        yield start.start(), len(reply)


def _of_turn(text: str) -> tuple[str | None, bool]:
    """The program of one turn, and whether it defines `solve`."""
    blocks = list(_candidates(text))
    defining = [block for block in blocks if _SOLVE.search(block.text)]
    if defining:
        return _last_whole(defining), True
    unfenced = _unfenced(text.removeprefix(_BOM))
    if unfenced is not None and _SOLVE.search(unfenced):
        return unfenced, True
    python = [block.text for block in blocks if block.language in PYTHON]
    if python:
        return python[-1], False
    return (None if blocks else unfenced), False


def _candidates(text: str) -> Iterator[_Candidate]:
    """What may be the program of a turn, in order."""
    if text.lstrip()[:1] in ("{", "["):
        told = list(_json_programs(text))
        if told:
            yield from told
            return
    for block in fenced_blocks(text):
        body = block.text.removeprefix(_BOM)
        if not body.strip():
            continue
        told = list(_json_programs(body)) if body.lstrip()[:1] in ("{", "[") else []
        yield from told or [_Candidate(block.language, body, block.closed)]


def _json_programs(text: str) -> Iterator[_Candidate]:
    """The programs in the texts of a JSON value, if it is one."""
    if len(text) > _JSON_LIMIT:
        return
    try:
        # Models write line ends into strings as they are.
        value = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return
    for name, found in _texts(value, "", _JSON_DEPTH):
        program, defines = (found, True) if _is_whole(found) else _of_turn(found)
        if name in _CODE_NAMES and program is None and isinstance(parse(found), Module):
            program = found
        if program is not None and (defines or name in _CODE_NAMES):
            yield _Candidate("python", program, True)


def _texts(value: object, name: str, depth: int) -> Iterator[tuple[str, str]]:
    """The texts in a JSON value, each with its name; a list of texts may be the lines of one."""
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, list) and value and all(isinstance(part, str) for part in value):
        yield name, "\n".join(part.rstrip("\r\n") for part in value)
    elif depth and isinstance(value, list):
        for part in value:
            yield from _texts(part, name, depth - 1)
    elif depth and isinstance(value, dict):
        for key, part in value.items():
            yield from _texts(part, key.lower(), depth - 1)


def _is_whole(text: str) -> bool:
    return bool(_SOLVE.search(text)) and isinstance(parse(text), Module)


def _last_whole(blocks: list[_Candidate]) -> str:
    """Of several blocks the one that counts."""
    if len(blocks) == 1:
        return blocks[0].text
    looked_at = [block for block in blocks[-_MOST_PARSED:] if isinstance(parse(block.text), Module)]
    closed = [block for block in looked_at if block.closed]
    return (closed or looked_at or blocks)[-1].text


def _unfenced(text: str) -> str | None:
    start = _START.search(text)
    if start is None:
        return _indented(text)
    program = text[start.start() :]
    if isinstance(parse(program), str):
        kept = []
        for line in program.splitlines(keepends=True):
            if not _CODE_LINE.match(line):
                break
            kept.append(line)
        program = "".join(kept)
    return program


def _indented(text: str) -> str | None:
    """A program that is set off by white space alone, if it defines `solve`."""
    start = _INDENTED_START.search(text)
    if start is None:
        return None
    kept = []
    for line in text[start.start() :].splitlines(keepends=True):
        if line.strip() and not line.startswith(start[1]):
            break
        kept.append(line)
    program = without_indent("".join(kept))
    return program if _SOLVE.search(program) else None
