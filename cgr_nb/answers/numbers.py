"""Reading the one number that a short answer states, for the sub-questions that scaffolds ask.

Rules, first that reads a number wins: the last `\\boxed{...}`; the last number that follows "answer
is", "result:", "value is" or a sign of equality; the last number of the text. Units and a final
full stop are left out, percent signs too ("48 %" is 48). Thousands commas, fractions, powers of ten
and `\\frac` are understood. Digits glued to a letter before them (H2O, x1) are not numbers. What is
not finite is not read.
"""

from __future__ import annotations

import math
import re

from cgr_nb.answers.view import view

__all__ = ["read_number"]

_DIGITS = r"(?:\d{1,3}(?:,\d{3}){1,8}(?!\d)(?:\.\d{1,40})?|\d{1,60}(?:\.\d{0,40})?|\.\d{1,40})"
_NUMBER = re.compile(
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
_BOX = re.compile(r"\\(?:boxed|fbox)\s?\{")
_STATED = re.compile(
    r"\b(?:answer|result|total|value)\b[^.\n:=]{0,60}?(?:\b(?:is|are|equals)\b|:|=)"
    r"\s{0,4}(?:approximately|about|approx\.?|≈|~)?"
    r"|(?:=|≈|\\approx)\s{0,4}(?=[-+−–.\d\\])",
    re.IGNORECASE,
)
_GAP = 40


def read_number(text: str) -> float | None:
    """Read the last, or only, number that a text states.

    Args:
        text: A reply; time is linear in its length.

    Returns:
        The number, or None when the text states none.

    Example:
        "27", "= 27." give 27; "The answer is 1,200 km" 1200; "-3" -3; "3/4" 0.75; "2.5e3" 2500.
    """
    seen = view(text)
    shown = seen.text
    for cue in (_BOX, _STATED):
        last = None
        for found in cue.finditer(shown, seen.start, seen.stop):
            last = _first(shown, found.end(), min(seen.stop, found.end() + _GAP), last)
        if last is not None:
            return last
    last = None
    for match in _NUMBER.finditer(shown, seen.start, seen.stop):
        value = _value(match)
        last = value if value is not None else last
    return last


def _first(text: str, pos: int, stop: int, otherwise: float | None) -> float | None:
    """The number that begins within a few characters of `pos`, with no word in between."""
    match = _NUMBER.search(text, pos, stop + 80)
    if (
        match is None
        or match.start() >= stop
        or re.search(r"[A-Za-z]{2}", text[pos : match.start()])
    ):
        return otherwise
    value = _value(match)
    return otherwise if value is None else value


def _value(match: re.Match[str]) -> float | None:
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
