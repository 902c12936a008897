"""The turns of a generator's reply: what stands behind its thoughts, cut where a turn ends.

Servers and templates leave marks in replies: of the end of a text (`</s>`, `<|endoftext|>`), of
turns (`<|im_start|>assistant`, `<end_of_turn>`, `[/INST]`), of thoughts. A model that goes on after
its end invents further turns, so the first turn with a program in it is the reply's. A mark that
stands in quotes is no mark; whoever knows of more places where they are none writes over them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

__all__ = ["Span", "has_marks", "turns"]

Span = tuple[int, int]
"""Start and end offset in a reply."""

_THOUGHT = r"(?:seed:)?(?:think|thinking|thought|reasoning)"
_OPENS = re.compile(
    rf"<{_THOUGHT}>|\[THINK\]|◁think▷|<\|begin_of_thought\|>|<\|START_THINKING\|>",
    re.IGNORECASE,
)
_CLOSES = re.compile(
    rf"</{_THOUGHT}>|\[/THINK\]|◁/think▷|<\|end_of_thought\|>|<\|END_THINKING\|>", re.IGNORECASE
)
_CHANNEL = re.compile(r"<\|channel\|>\s{0,2}(\w{1,20})[^<\n]{0,80}<\|message\|>")
_CHANNEL_ENDS = "<|end|>"
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
    return any(mark.search(text) for mark in (_OPENS, _CLOSES, _MARKS))


def turns(reply: str) -> Iterator[Span]:
    """Where the turns of a reply stand that say something, in order, without the marks."""
    told, start = 0, _after_thoughts(reply)
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


def _after_thoughts(reply: str) -> int:
    """Where a reply says what it has to say; its end where it never comes to it.

    Only a thought that the reply begins with is one, or whose end is there and whose beginning the
    prompt may have made.
    """
    channels = [found for found in _CHANNEL.finditer(reply) if _counts(found)]
    finals = [found.end() for found in channels if found[1].lower() == "final"]
    if finals:
        return finals[-1]
    if channels and not reply[: channels[0].start()].strip():
        ended = reply.find(_CHANNEL_ENDS, channels[-1].end())
        return len(reply) if ended < 0 else ended + len(_CHANNEL_ENDS)
    closes = [found.end() for found in _CLOSES.finditer(reply) if _counts(found)]
    if closes:
        return closes[-1]
    begin = len(reply) - len(reply.lstrip())
    return len(reply) if _OPENS.match(reply, begin) else 0


def _counts(found: re.Match[str]) -> bool:
    """Whether a mark is one, and not a text in quotes."""
    text, start, end = found.string, found.start(), found.end()
    before, after = text[start - 1 : start], text[end : end + 1]
    # A fence may stand right before a mark, or right behind it.
    if before == "`" or after == "`":
        before = "" if text[start - 3 : start] == "```" else before
        after = "" if text[end : end + 3] == "```" else after
    return not ({before, after} & _QUOTES)
