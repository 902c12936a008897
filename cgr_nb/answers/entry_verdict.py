"""What one entry of a ledger judges: right, wrong, or nothing.

The verdict stands right behind the entry's head or the option's text, in a bracket, behind a dash,
at the end of its first line, or at its end; two verdicts of one entry that differ are none.
"""

from __future__ import annotations

import re

from cgr_nb.answers.folding import starts_with
from cgr_nb.answers.heads import Head
from cgr_nb.answers.labels import Choices
from cgr_nb.answers.lazy_pattern import LazyPattern
from cgr_nb.answers.polarity import TICK, polarity
from cgr_nb.answers.verdicts import is_right, is_wrong

__all__ = ["SENTENCE_ENDS", "clause_at", "verdict_of"]

SENTENCE_ENDS = LazyPattern(r"[.!?](?=\s|\Z)\s?|\n|(?<=[^\x00-\u024f])\.")
_SEGMENT = 4000
"""Characters of one option's entry; of longer ones the beginning and the end are read."""
_CLAUSE_ENDS = LazyPattern(
    r"[.,;:!?\n(|–—→]|\s-\s|\s(?:because|since|as|due|for|and|but|porque|weil|da|car|потому)\b"
)
_SKIPPED = LazyPattern(r"[\s)\].:,;=→|–—\"'“”>-]{0,8}")
_BRACKET = LazyPattern(r"\(([^()\n]{1,120})\)")
_DASH = LazyPattern(r"\s[-–—→⇒]\s|:\s")
_PIECE = LazyPattern(r"[–—→⇒:;,(|=]|\s-\s|\b(?:so|hence|therefore|thus|which\sis|and)\b")
_IS = LazyPattern(r"(?=\s(?:is|are|was|isn['’]t|aren['’]t)\s)")
_OTHER = LazyPattern(r"(?<![\w^\\'’(])[(\[]?\s?([A-Z])(?![\w'’^(=])")
_SAID_OF_IT = LazyPattern(
    r"\b(?:this|that|it|(?:the|given)\s(?:statement|option|choice|assertion|relation))\s"
    r"(?:(?:statement|option|choice|one|assertion|relation)\s)?(?:is|was|must\sbe)\s"
    r"(?:(?:also|indeed|therefore|clearly|thus|hence|always)\s){0,2}"
    r"(?:(?P<not>not\s)?(?P<good>true|correct|right|valid)|(?P<bad>false|incorrect|wrong"
    r"|invalid))\b",
    re.IGNORECASE,
)


def verdict_of(text: str, head: Head, end: int, choices: Choices) -> bool | None:
    """What an entry says of its option, from its head to where it ends.

    Args:
        text: The reply.
        head: How the entry begins.
        end: Where the entry ends.
        choices: The item's options, prepared for reading.
    """
    said: set[bool] = set()
    pos = _SKIPPED.match(text, head.end, end)
    at = pos.end() if pos else head.end
    said |= _at_beginning(text, at, end)
    own = starts_with(text, at, end, choices.keys.get(head.letter, "")) if not head.worded else -1
    behind = own if own > 0 else at
    if own > 0:
        said |= _at_beginning(text, behind, end)
    bracket = _BRACKET.match(text, behind, end) or _BRACKET.match(text, behind + 1, end)
    if bracket:
        inside = polarity(bracket[1])
        if inside is not None:
            said.add(inside)
        else:
            said |= _at_beginning(text, bracket.end(), end)
    if not said and not head.worded:
        if is_wrong(text, head.end, end):
            said.add(False)
        elif is_right(text, head.end, end):
            said.add(True)
    piece = text[behind:end].strip()
    if len(piece) > _SEGMENT:
        piece = piece[:400] + "\n" + piece[-400:]
    lines = [line for line in piece.split("\n") if line.strip()]
    for line in dict.fromkeys((*lines[:1], *lines[-1:])):
        said |= _at_end(line.strip(), head.letter, choices)
    for dash in list(_DASH.finditer(lines[0][:300]))[:4] if lines else ():
        said |= _at_beginning(lines[0], dash.end(), len(lines[0]))
    if not said:
        of_it = list(_SAID_OF_IT.finditer(piece))[-1:]
        said |= {each["good"] is not None and not each["not"] for each in of_it}
    return said.pop() if len(said) == 1 else None


def _at_beginning(text: str, pos: int, end: int) -> set[bool]:
    """What the first clause from `pos` on judges."""
    verdict = clause_at(text, pos, end)[1]
    return set() if verdict is None else {verdict}


def clause_at(text: str, pos: int, end: int) -> tuple[int, bool | None]:
    """Where the first clause from `pos` on ends, and what it judges."""
    skipped = _SKIPPED.match(text, pos, end)
    at = skipped.end() if skipped else pos
    if TICK.match(text, at, end):
        return at + 1, polarity(text[at])
    found = _CLAUSE_ENDS.search(text, at, min(end, at + 120))
    stop = found.start() if found else min(end, at + 120)
    return stop, polarity(text[at:stop]) if stop > at else None


def _at_end(line: str, letter: str, choices: Choices) -> set[bool]:
    """What the last sentence, or the last clause, of a line judges; a mark at its end."""
    ticks = TICK.findall(line[-6:])
    if ticks:
        marked = polarity(ticks[-1])
        return set() if marked is None else {marked}
    pieces = [piece for piece in SENTENCE_ENDS.split(line[-300:]) if piece.strip(" .!)*")]
    if not pieces:
        return set()
    last = pieces[-1].strip(" .!)*")
    if any(other != letter and other in choices.letters for other in _OTHER.findall(last)):
        return set()
    last = _OTHER.sub(" ", last)
    for clause in (last, _PIECE.split(last.rstrip(" ,;"))[-1], _IS.split(last.rstrip(" ,;"))[-1]):
        verdict = polarity(clause) if clause.strip(" )(*") else None
        if verdict is not None:
            return {verdict}
    return set()
