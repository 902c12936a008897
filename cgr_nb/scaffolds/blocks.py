"""The fenced blocks of a text, as models write them.

A fence stands on a line of its own, of backticks or tildes, or behind the marks of a list item or
of a quotation ("1. ```python", "> ```"); behind other words only where it names Python. A block
ends with a fence of the same character, at least as long and indented by at most three columns more
than its own, or with the text. Three things are otherwise than in CommonMark, because of what a
block holds here:

* The first statement of a Python program stands in column 0, so the white space before it is the
  list's, not the program's: it is taken from every line, as far as it is there. (CommonMark takes
  the indent of the fence, which models often do not keep to.)
* A fence at the end of a line of code ends the block.
* A fence inside a string of three quotes ends nothing, if the string is closed further on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

__all__ = ["PYTHON", "Block", "fenced_blocks", "without_indent"]

PYTHON = frozenset({"", "py", "python", "ipython", "tool_code"})
"""What fences of Python programs are called; "" is one without a name."""

_FENCE = re.compile(
    r"^(?P<before>(?:[ \t]*+(?:>|(?:[-*+•]|\d{1,9}[.):]|[A-Za-z][.)])(?=[ \t])))*+[ \t]*+)"
    r"(?P<fence>`{3,}+|~{3,}+)[ \t]*+(?P<info>[^\r\n`]*+)\r?$"
    r"|^[^\r\n`~]*+(?P<word>`{3,}+|~{3,}+)[ \t]*+(?P<python>py(?:thon3?)?)[ \t]*+\r?$"
    r"|^(?![ \t]*+\#)[^\r\n`~]*+(?<=[^\s`~])(?P<glued>`{3,}+|~{3,}+)[ \t]*+\r?$",
    re.MULTILINE | re.IGNORECASE,
)
_LANGUAGE = re.compile(r"[{. \t]*([a-z_+#-]*)")
_QUOTES = re.compile(r"\"\"\"|'''")
_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_QUOTATION = re.compile(r"[ \t]*>[ ]?")
_INDENT = re.compile(r"[ \t]*")
_MOST_IN_STRING = 16
"""Fences inside one string that are passed by."""
_SLACK = 3
_TAB = 4


@dataclass(frozen=True, slots=True)
class Block:
    """One fenced block."""

    language: str
    """First word behind the opening fence, in lower case, without numbers; "" for none."""
    text: str
    """What stands between the fences, without what indents all of it."""
    begin: int
    """Offset of the line with the opening fence."""
    start: int
    """Offset of the line after it."""
    end: int
    """Offset of the closing fence, or of the end of the text."""
    closed: bool
    """Whether there is a closing fence."""


@dataclass(frozen=True, slots=True)
class _Fence:
    """A line that could open or close a block."""

    begin: int
    end: int
    """Offset of the next line."""
    mark: str
    """Its backticks or tildes."""
    info: str
    """What stands behind them, trimmed."""
    columns: int
    """By how much it is indented, marks of lists counted."""
    quotations: int
    """Marks of quotations before it."""
    alone: bool
    """Whether nothing but white space and marks of quotations stands before it."""
    glued: bool
    """Whether it stands at the end of a line of code: then it can only close."""

    def closes(self, opening: _Fence) -> bool:
        return (
            self.mark[0] == opening.mark[0]
            and len(self.mark) >= len(opening.mark)
            and not self.info
            and (self.glued or (self.alone and self.columns <= opening.columns + _SLACK))
        )


def fenced_blocks(text: str) -> Iterator[Block]:
    """The blocks of a text in order, none inside another. Linear in its length."""
    fences = [_fence(found) for found in _FENCE.finditer(text)]
    place = 0
    while place < len(fences):
        opening = fences[place]
        if opening.glued:
            place += 1
            continue
        closing = _closing(text, fences, place)
        end = len(text) if closing is None else fences[closing].begin
        body = text[opening.end : max(end, opening.end)]
        language = _LANGUAGE.match(opening.info.lower())
        yield Block(
            language=language[1] if language else "",
            text=without_indent(_without_quotations(body, opening.quotations)),
            begin=opening.begin,
            start=opening.end,
            end=end,
            closed=closing is not None,
        )
        place = len(fences) if closing is None else closing + 1


def _closing(text: str, fences: Sequence[_Fence], opening: int) -> int | None:
    """Number of the fence that closes another; None where none does."""
    first: int | None = None
    passed = 0
    string: str | None = None
    looked = fences[opening].end
    for number in range(opening + 1, len(fences)):
        fence = fences[number]
        if not fence.closes(fences[opening]):
            continue
        string = _string_after(text, looked, fence.begin, string)
        looked = fence.begin
        if string is None:
            return number
        first = number if first is None else first
        passed += 1
        if passed > _MOST_IN_STRING:
            break
    return first


def _string_after(text: str, start: int, end: int, string: str | None) -> str | None:
    """The quotes of the string that is open after a stretch of a program; None for none."""
    for found in _QUOTES.finditer(text, start, max(start, end)):
        if string is None:
            string = found[0]
        elif string == found[0]:
            string = None
    return string


def _fence(found: re.Match[str]) -> _Fence:
    before = found["before"] or ""
    glued = found["glued"] is not None
    mark = found["fence"] or found["word"] or found["glued"]
    return _Fence(
        begin=found.start("glued") if glued else found.start(),
        end=min(found.end() + 1, len(found.string)),
        mark=mark,
        info=(found["info"] or found["python"] or "").strip(),
        columns=len(before.expandtabs(_TAB)),
        quotations=before.count(">"),
        alone=found["fence"] is not None and not before.strip("> \t"),
        glued=glued,
    )


def _without_quotations(body: str, marks: int) -> str:
    """A body without the marks of the quotation that it stands in."""
    if not marks:
        return body
    lines = []
    for found in _LINE.finditer(body):
        line = found[0]
        for _ in range(min(marks, 8)):
            mark = _QUOTATION.match(line)
            if mark is None:
                break
            line = line[mark.end() :]
        lines.append(line)
    return "".join(lines)


def without_indent(body: str) -> str:
    """A text without the white space before its first statement."""
    for found in _LINE.finditer(body):
        said = found[0].strip()
        if said and not said.startswith("#"):
            indent = _INDENT.match(found[0])
            break
    else:
        return body
    if indent is None or not indent[0]:
        return body
    lines = (found[0] for found in _LINE.finditer(body))
    return "".join(line[_shared(line, indent[0]) :] for line in lines)


def _shared(line: str, indent: str) -> int:
    """How much of an indent a line has."""
    if line.startswith(indent):
        return len(indent)
    pairs = enumerate(zip(line, indent, strict=False))
    return next((place for place, (one, other) in pairs if one != other), len(line))
