"""Reading the one number that a short answer states, for the sub-questions that scaffolds ask.

Rules, first that reads a number wins: the last `\\boxed{...}`; the last number that follows "answer
is", "result:", "value is" or a sign of equality; the last number of the text. Units and a final
full stop are left out, percent signs too ("48 %" is 48). Thousands commas, fractions, mixed
numbers, powers of ten and `\\frac` are understood. What is not finite is not read.

A part is never taken for the whole: no number of an expression that was left standing ("3 + 4",
"12\\pi", "2x + 5", "3:4"), none of a question that is only repeated, no digits glued to a letter
before them (H2O, x1), no number of a list's item ("2. Add them.").
"""

from __future__ import annotations

import math
import re

from cgr_nb.answers.lazy_pattern import LazyPattern
from cgr_nb.answers.view import view

__all__ = ["read_number"]

_DIGITS = r"(?:\d{1,3}(?:,\d{3}){1,8}(?!\d)(?:\.\d{1,40})?|\d{1,60}(?:\.\d{0,40})?|\.\d{1,40})"
_NUMBER = LazyPattern(
    r"(?<![A-Za-z0-9_.^\\/])(?P<sign>[-+−–]\s{0,1})?(?:"
    r"\\[dt]?frac\s?\{\s?(?P<top>-?"
    + _DIGITS
    + r")\s?\}\s?\{\s?(?P<bottom>-?"
    + _DIGITS
    + r")\s?\}"
    r"|(?P<value>" + _DIGITS + r")"
    r"(?:[eE](?P<exponent>[-+−]?\d{1,3})(?!\w)"
    r"|\s{0,2}(?:\\times|\\cdot"
    r"|[×x*·])\s{0,2}10\s{0,2}\^\s{0,2}\{?\s{0,2}(?P<power>[-+−]?\d{1,3})\}?"
    r"|\s?/\s?(?P<under>" + _DIGITS + r")(?![\d/^])"
    r"|\s{0,1}\^\s{0,1}\{?(?P<raised>[-−]?\d{1,3})\}?)?)"
    r"(?!\d)"
)
_BOX = LazyPattern(r"\\(?:boxed|fbox)\s?\{")
_STATED = LazyPattern(
    r"\b(?:answer|result|total|value)\b[^.\n:=]{0,60}?(?:\b(?:is|are|equals)\b|:|=)"
    r"\s{0,2}(?:approximately|about|approx\.?|≈|~)?"
    r"|(?:=|≈|\\approx)\s?(?=[-+−–.\d\\])",
    re.IGNORECASE,
)
_CLOSING = LazyPattern(
    r"\b(?:is|are|equals|be)\s(?:approximately\s|about\s|approx\.?\s|≈\s?|~\s?|equal\sto\s|only\s)?"
    r"(?=(?:√|sqrt\s?\(|\\sqrt)"
    r"|[-+−–]?\s?[.\d][^\n.!?;=]{0,12}(?:\.\d{1,40})?[^\n.!?;=]{0,24}[.!]?\s?\Z)",
    re.IGNORECASE,
)
_EXPRESSION = LazyPattern(
    r"[\s(]{0,2}(?:[-+−]?\s?[A-Za-z]\s?|[-+−]\s?)?(?:√|sqrt\s?\(|\\(?:sqrt|pi|times|cdot|left|ln"
    r"|log|sin|cos|tan)"
    r"|\\[dt]?frac\s?\{[^{}]{0,40}[A-Za-z\\+*√π])"
)
_GAP = 40
_GOES_ON = LazyPattern(
    r"\s?(?:[+*×·÷√π]|\^(?!\s?\{?\s?(?:\\circ|o\b|°))|\\(?:pi|sqrt|times|cdot|div|pm|ln|log|sin"
    r"|cos|tan|frac|theta|alpha|beta|lambda)"
    r"|[-−–]\s?[\d(\\]|[x×]\s?\d|/\s?[\dA-Za-z(\\])"
    r"|[(:]\d|(?:[a-eik-zπθλαβω])(?![A-Za-z])[\s^+*)=−-]{0,2}[+*^=(−-]|[xyznk](?![A-Za-z])"
)
_COMES_FROM = LazyPattern(
    r"(?:[+*×·÷/^√]|\d:|\d\s?[-−–]|[}^_]\s?\{|\\(?!boxed|fbox)[A-Za-z]{2,12}\s?\{|(?:sqrt|log|ln"
    r"|sin|cos|tan|exp)\s?[({]?|\\(?:times|cdot|div|pm)"
    r"|\d\s[x×])\s?\Z",
    re.IGNORECASE,
)
_SUBTRACTED = LazyPattern(r"(?:[\d)}]|(?<![A-Za-z])[A-Za-z])\s?\Z")
_MIXED = LazyPattern(r"(\d{1,9})\s(\d{1,9})\s?/\s?(\d{1,9})(?![\d/^])")
_CALLED_QUESTION = LazyPattern(r"^(?:Question|Problem|Exercise|Q)\s?:[^\n]{0,4000}", re.MULTILINE)
_QUESTION = LazyPattern(_CALLED_QUESTION.pattern + r"|(?>[^.!?\n]{0,600})\?", re.MULTILINE)
_ITEM = LazyPattern(r"(?:^|(?<=[.!?]\s))(\d{1,2})[.)]\s(?=[A-Z])", re.MULTILINE)


def read_number(text: str) -> float | None:
    """Read the last, or only, number that a text states.

    Args:
        text: A reply; time is linear in its length.

    Returns:
        The number, or None when the text states none, or only parts of an expression or of a
        question.

    Example:
        "27", "= 27." give 27; "The answer is 1,200 km" 1200; "-3" -3; "3/4" 0.75; "2.5e3" 2500;
        "3 + 4" and "What is 3 times 9?" None.
    """
    seen = view(text)
    for stop in (*seen.parts[:1], seen.stop):
        part = seen.until(stop)
        shown = _without_questions(part.text[part.start : part.stop])
        value = _read(shown)
        if value is not None:
            return value
    return None


def _without_questions(text: str) -> str:
    """Questions and the numbers of a list's items blanked."""
    if text.endswith("?"):
        return ""
    # Most texts ask nothing, and to look for what ends in a question mark takes longest of all.
    question = _QUESTION if "?" in text else _CALLED_QUESTION
    text = question.sub(lambda found: " " * len(found[0]), text)
    items = {int(found[1]) for found in _ITEM.finditer(text)}
    if not {1, 2} <= items:
        return text
    return _ITEM.sub(lambda found: " " * len(found[0]), text)


def _read(text: str) -> float | None:
    begin = 0
    for cue in (_BOX, _CLOSING, _STATED):
        announced, last = 0, None
        for found in cue.finditer(text, begin):
            match = _first(text, found.end(), min(len(text), found.end() + _GAP))
            if _EXPRESSION.match(text, found.end()):
                announced, last = found.end(), None
            elif match is not None:
                announced, last = match.end(), _value(text, match)
        if last is not None:
            return last
        # What is announced last is an expression: only what comes after it can be its value.
        begin = max(begin, announced)
    last = None
    for match in _NUMBER.finditer(text, begin):
        value = _value(text, match)
        last = value if value is not None else last
    return last


def _first(text: str, pos: int, stop: int) -> re.Match[str] | None:
    """The number that begins within a few characters of `pos`, with no word in between."""
    match = _NUMBER.search(text, pos, stop + 80)
    if (
        match is None
        or match.start() >= stop
        or re.search(r"[A-Za-z]{2}", text[pos : match.start()])
    ):
        return None
    return match


def _value(text: str, match: re.Match[str]) -> float | None:
    """The number that a match stands for; None when it is a part of something."""
    mixed = _mixed(text, match)
    if mixed is not None:
        return mixed
    before = text[max(0, match.start() - 12) : match.start()]
    if _COMES_FROM.search(before) or _GOES_ON.match(text, match.end()):
        return None
    if match["sign"] and _SUBTRACTED.search(before):
        return None
    return _number(match)


def _mixed(text: str, match: re.Match[str]) -> float | None:
    """ "2 1/2": the whole part may have matched, or the fraction after it."""
    found = _MIXED.match(text, match.start("value")) if match["value"] else None
    if found is None and match["under"]:
        found = _MIXED.search(text, max(0, match.start() - 10), match.end())
        if found is None or found.end() != match.end():
            return None
    if found is None or not int(found[3]):
        return None
    value = int(found[1]) + int(found[2]) / int(found[3])
    minus = re.search(r"(?:^|[\s=:({])[-−–]\s?\Z", text[: found.start()][-3:])
    return -value if minus else value


def _number(match: re.Match[str]) -> float | None:
    parts = {name: _plain(part) for name, part in match.groupdict().items() if part}
    try:
        if "top" in parts:
            value = float(parts["top"]) / float(parts["bottom"])
        else:
            value = float(parts["value"])
            if "under" in parts:
                value /= float(parts["under"])
            if "raised" in parts:
                value = value ** int(parts["raised"])
            ten = parts.get("exponent") or parts.get("power")
            if ten:
                value *= 10.0 ** int(ten)
    except (OverflowError, ZeroDivisionError):
        return None
    if parts.get("sign") == "-":
        value = -value
    return value if math.isfinite(value) else None


def _plain(part: str) -> str:
    return part.replace(",", "").replace("−", "-").replace("–", "-").strip()
