"""The turns of a generator's reply: what stands behind its thoughts, cut where a turn ends.

Servers and templates leave marks in replies: of the end of a text (`</s>`, `<|endoftext|>`), of
turns (`<|im_start|>assistant`, `<end_of_turn>`, `[/INST]`), of thoughts. A model that goes on after
its end invents further turns, so the first turn with a program in it is the reply's. A mark that
stands in quotes is no mark; whoever knows of more places where they are none writes over them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgr_nb.thoughts import find_thoughts, split_thoughts

__all__ = ["Span", "has_marks", "turns"]

Span = tuple[int, int]
"""Start and end offset in a reply."""

_MARKS = re.compile(
    r"(?:(?:<\|[A-Za-z0-9_ -]{1,40}\|>|<｜[^<>\n]{1,40}｜>|</?s>|\[/?(?:INST|PYTHON)\]"
    r"|</?(?:eos|bos|pad|endoftext|end_of_text|end_of_turn|start_of_turn)>)[ \t]*+"
    r"(?:(?:assistant|model|user|system|python|tool)[ \t]*+(?=[\r\n<\[]|\Z))?+)++"
)
_QUOTES = frozenset("\"'`")
_MOST_TURNS = 32
"""Turns that are looked at: a model that talks to itself without end says nothing new."""


def has_marks(text: str) -> bool:
    """Whether there is any mark in a text."""
    found = find_thoughts(text)
    return bool(found.end) or found.opened_at is not None or _MARKS.search(text) is not None


def turns(reply: str) -> Iterator[Span]:
    """Where the turns of a reply stand that say something, in order, without the marks."""
    told, start = 0, len(split_thoughts(reply)[0])
    for found in _MARKS.finditer(reply, start):
        if not _counts(found):
            continue
        turn, start = (start, found.start()), found.end()
        if reply[turn[0] : turn[1]].strip():
            yield turn
            told += 1
            if told == _MOST_TURNS:
                return
    if reply[start:].strip():
        yield start, len(reply)


def _counts(found: re.Match[str]) -> bool:
    """Whether a mark is one, and not a text in quotes."""
    text, start, end = found.string, found.start(), found.end()
    before, after = text[start - 1 : start], text[end : end + 1]
    # A fence may stand right before a mark, or right behind it.
    if before == "`" or after == "`":
        before = "" if text[start - 3 : start] == "```" else before
        after = "" if text[end : end + 3] == "```" else after
    return not ({before, after} & _QUOTES)
