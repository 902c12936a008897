"""A reply as the rules see it: one character for each character of the reply, so that offsets hold.

Typography that says nothing about the answer (markdown, LaTeX wrappers, full-width letters) becomes
spaces or plain letters. Parts that are not the answer become spaces: reasoning before `</think>`,
and whatever follows an end-of-turn mark or the start of a next, invented question. Nothing is
removed, nothing moves.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

__all__ = ["View", "plain", "view"]


@dataclass(frozen=True, slots=True)
class View:
    """What the rules read of one reply."""

    text: str
    """The cleaned reply, as long as the reply itself; unread parts are spaces."""
    start: int
    """Offset of the first character that is not white space."""
    stop: int
    """Offset after the last character that is not white space; `start` when there is none."""
    unfinished_thought: bool
    """The reply is still inside `<think>`: only an explicit final answer counts."""


def _letters_of_typography() -> dict[int, str]:
    """Map full-width, circled, squared and mathematical characters to the plain character they
    stand for."""
    ranges = (
        (0xFF01, 0xFF5F),  # full-width forms
        (0x2460, 0x24EA),  # circled
        (0x1D400, 0x1D800),  # mathematical letters and digits
        (0x1F130, 0x1F14A),  # squared
    )
    table: dict[int, str] = {}
    for first, last in ranges:
        for code in range(first, last):
            normal = unicodedata.normalize("NFKC", chr(code))
            if len(normal) == 1 and normal.isascii():
                table[code] = normal
    invisible = [0x00, 0xA0, 0xAD, 0x3000, 0xFEFF, *range(0x2000, 0x2010), *range(0x202A, 0x2030)]
    invisible += range(0x205F, 0x2070)
    table.update(dict.fromkeys(invisible, " "))
    table.update({0x3010: "[", 0x3011: "]", 0x3002: ".", 0x3001: ","})
    return table


_TYPOGRAPHY = _letters_of_typography()

# Every pattern here is one pass over the text with bounded repeats only.
_WRAPPERS = re.compile(
    r"\\(?:text(?:bf|it|rm|sf|tt|normal)?|math(?:bf|rm|sf|it|tt|bb)|mbox|boldsymbol|bm|underline"
    r"|operatorname)\s?\{"
    r"|\\(?:left|right|quad|qquad|displaystyle|bf|rm|Large|large)(?![A-Za-z])"
    r"|\\[()\[\];,!: ]"
    r"|\$"
    r"|</?(?:b|i|u|em|strong|p|br|span|code|mark)\s?/?>",
    re.IGNORECASE,
)
_MARKDOWN = re.compile(
    r"(?<![\w\s])\*{1,3}|\*{1,3}(?![\w\s])|(?<!\w)\*{1,3}(?=\w)|(?<=\w)\*{1,3}(?!\w)"
    r"|(?<!\w)_{1,3}(?=[^\s_])|(?<=[^\s_])_{1,3}(?![\w{\\])"
    r"|`{1,3}"
    r"|^[ \t]{0,8}(?:#{1,6}|>{1,3}|[-*•])(?=\s)",
    re.MULTILINE,
)
_THOUGHT_OPEN = re.compile(r"<(?:think|thinking|thought)>", re.IGNORECASE)
_THOUGHT_CLOSE = re.compile(r"</(?:think|thinking|thought)>", re.IGNORECASE)
_TURN_MARK = re.compile(
    r"<\|[A-Za-z0-9_ -]{1,40}\|>(?:assistant\b)?|</?s>|<(?:eos|bos|pad|end_of_turn|start_of_turn"
    r"|endoftext)>"
    r"|\[/?INST\]|<｜[^<>\n]{1,40}｜>",
    re.IGNORECASE,
)
_NEXT_PROMPT = re.compile(
    r"\n[ \t]{0,4}(?:Question|Problem|Exercise|Human|User|Q)(?:[ \t]{0,2}\d{1,4})?[ \t]{0,2}(?::"
    r"|\.(?=\s)|(?=\s{0,2}\Z))"
)


def _blank(match: re.Match[str]) -> str:
    return " " * len(match[0])


def plain(text: str) -> str:
    """Typography taken off, character for character.

    Example:
        `plain("**C**")` is `"  C  "`.
    """
    text = _WRAPPERS.sub(_blank, text.translate(_TYPOGRAPHY))
    return _MARKDOWN.sub(_blank, text)


def view(reply: str) -> View:
    """Clean one reply. Time and memory are linear in its length.

    Example:
        `view("<think>A?</think>**B**</s>").text.strip()` is `"B"`.
    """
    start, unfinished = 0, False
    for close in _THOUGHT_CLOSE.finditer(reply):
        start = close.end()
    if _THOUGHT_OPEN.search(reply, start):
        unfinished = True
    text = " " * start + reply[start:]
    text = _without_what_follows(text, _TURN_MARK)
    text = _TURN_MARK.sub(_blank, text)
    text = _THOUGHT_OPEN.sub(_blank, text)
    text = _without_what_follows(text, _NEXT_PROMPT)
    text = plain(text)
    stop = len(text.rstrip())
    first = len(text) - len(text.lstrip()) if stop else 0
    return View(text=text, start=first, stop=stop, unfinished_thought=unfinished)


def _without_what_follows(text: str, mark: re.Pattern[str]) -> str:
    """Blank everything from the first mark that has something before it."""
    begin = len(text) - len(text.lstrip())
    for found in mark.finditer(text, begin):
        if found.start() > begin:
            return text[: found.start()] + " " * (len(text) - found.start())
        begin = found.end()
        begin += len(text[begin : begin + 200]) - len(text[begin : begin + 200].lstrip())
    return text
