"""Texts of options found in a reply whatever their typography: H₂O is H2O, SO_4^{2-} is SO₄²⁻.

A folded text has no white space, braces, dollars, underscores and carets; raised and lowered
characters stand on the line; a few commands of LaTeX are the characters that they print. Only short
windows of a reply are folded with the places of their characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cgr_nb.answers.lazy_pattern import LazyPattern

__all__ = ["Mention", "fold", "mentions", "starts_with"]


def _plain_forms() -> dict[int, str]:
    """Raised and lowered characters, dashes and quotes -> the character on the line."""
    table: dict[int, str] = {}
    for code in (*range(0x2070, 0x20A0), 0xB2, 0xB3, 0xB9, 0x1D43, 0x1D49, 0x02E3):
        normal = unicodedata.normalize("NFKC", chr(code))
        if len(normal) == 1 and normal != chr(code):
            table[code] = normal
    table.update(dict.fromkeys(map(ord, "−–—‐‑⁻₋"), "-"))
    table.update({ord("⁺"): "+", ord("₊"): "+", ord("’"): "'", ord("‘"): "'", ord("∙"): "·"})
    table.update({ord("“"): '"', ord("”"): '"', ord("º"): "°", ord("µ"): "μ", ord("⋅"): "·"})
    return table


_PLAIN = _plain_forms()
_DROPPED = frozenset(" \t\n\r_^{}$*\"`'\\")
_DROP = dict.fromkeys(map(ord, _DROPPED))
_COMMANDS = {
    "times": "×", "cdot": "·", "pi": "π", "alpha": "α", "beta": "β", "gamma": "γ", "theta": "θ",
    "lambda": "λ", "mu": "μ", "Omega": "Ω", "omega": "ω", "Delta": "Δ", "phi": "φ", "sigma": "σ",
    "infty": "∞", "circ": "°", "pm": "±", "sqrt": "√", "le": "≤", "leq": "≤", "ge": "≥", "geq": "≥",
    **{name: name for name in ("ln", "log", "sin", "cos", "tan", "sec", "cot", "exp", "lim")},
    "rho": "ρ", "epsilon": "ε", "tau": "τ", "to": "→", "rightarrow": "→",
}  # fmt: skip
_COMMAND = LazyPattern(r"\\([A-Za-z]{1,12})(?![A-Za-z])")
_FRACTION = LazyPattern(r"\\[dt]?frac\s?\{([^{}]{1,24})\}\s?\{([^{}]{1,24})\}")
_DIGITS = LazyPattern(r"\d")
_ZEROS = LazyPattern(r"(?:(?<=\d)\.0{1,6}|(?<=\.\d)0{1,6})(?![\d.,]\d|\d)")
"""Zeros at the end of a number: 3.0 is 3."""


def _padded(text: str, size: int) -> str:
    return text + " " * (size - len(text))


def _command(found: re.Match[str]) -> str:
    return _padded(_COMMANDS.get(found[1], ""), len(found[0]))


def _fraction(found: re.Match[str]) -> str:
    return _padded(f"{found[1]}/{found[2]}", len(found[0]))


def _level(text: str) -> str:
    """The text with characters on the line, small, each at its place."""
    if "\\" in text:
        text = _COMMAND.sub(_command, _FRACTION.sub(_fraction, text))
    if "0" in text and "." in text:
        text = _ZEROS.sub(lambda found: " " * len(found[0]), text)
    small = text.lower()
    if len(small) != len(text):
        small = "".join(each.lower() if len(each.lower()) == 1 else each for each in text)
    return small.translate(_PLAIN)


def fold(text: str) -> str:
    """A text without its typography.

    Example:
        `fold("SO_4^{2-}")` and `fold("SO₄²⁻")` are `"so42-"`.
    """
    return _level(text).translate(_DROP)


@dataclass(frozen=True, slots=True)
class Mention:
    """An option's text at one place of a reply."""

    letter: str
    start: int
    end: int


def mentions(
    text: str, start: int, stop: int, keys: Mapping[str, str], *, most: int = 64
) -> list[Mention]:
    """The places of a window at which an option's text stands as words of its own; of texts that
    overlap, the longest.

    Args:
        text: The cleaned reply.
        start: Where the window begins.
        stop: Where it ends; it should be short.
        keys: Letter -> folded text, of the options that are looked for.
        most: Places that are looked at for each option.
    """
    level = _level(text[start:stop])
    places = [at for at, character in enumerate(level) if character not in _DROPPED]
    key = level.translate(_DROP)
    found: list[Mention] = []
    for letter, wanted in keys.items():
        if wanted:
            found += [
                Mention(letter, start + places[at], start + places[at + len(wanted) - 1] + 1)
                for at in _places(key, wanted, most)
                if _stands_alone(level, places[at], places[at + len(wanted) - 1] + 1)
            ]
    found.sort(key=lambda each: (each.start, -each.end))
    kept: list[Mention] = []
    for each in found:
        if not kept or each.start >= kept[-1].end or each.end == kept[-1].end:
            kept.append(each)
    return kept


def _places(key: str, wanted: str, most: int) -> Iterator[int]:
    at = key.find(wanted)
    while at >= 0 and most:
        yield at
        most -= 1
        at = key.find(wanted, at + 1)


_WIDE = LazyPattern(r"[\u3040-\u9fff\uac00-\ud7af]")
_PARTICLES = frozenset("はがをともにでやへの是和与與及为為在的了也都은는이가을를와과의에로도")
"""Characters that stand right beside a word where no spaces part words."""


def _one_word(beside: str, edge: str) -> bool:
    """Whether a character beside a text belongs to the same word as the text's edge."""
    if not beside.isalnum() or beside in _PARTICLES:
        return False
    return (_WIDE.match(beside) is None) == (_WIDE.match(edge) is None)


def _stands_alone(level: str, start: int, end: int) -> bool:
    """Whether neither word nor number goes on at either side."""
    before, after = level[start - 1 : start], level[end : end + 1]
    if before and (_one_word(before, level[start]) or before in "_^\\") and level[start].isalnum():
        return False
    if before and before in "-+.,/" and level[start].isdigit():
        left = level[start - 2 : start - 1]
        if before in "-+" and not left.isalnum() and left != ")":
            return False  # a sign
        if before in ".,/" and left.isdigit():
            return False
    if after and (_one_word(after, level[end - 1]) or after in "_^") and level[end - 1].isalnum():
        return False
    if after and level[end - 1].isdigit():
        if after in ".,/" and level[end + 1 : end + 2].isdigit():
            return False
        if after in "%°":
            return False
    # A charge or a sign that belongs to what stands before it.
    return not (
        after
        and after in "+-"
        and not level[end + 1 : end + 2].isalnum()
        and _DIGITS.search(level[max(start, end - 3) : end]) is not None
        and level[end + 1 : end + 2] not in {" ", ""}
    )


def starts_with(text: str, pos: int, stop: int, wanted: str) -> int:
    """Where an option's folded text that begins in a text ends; -1 where it does not stand there.

    Args:
        text: As it was written.
        pos: Where the option's text is to begin.
        stop: Where to look no further.
        wanted: The option's text, folded.
    """
    if not wanted:
        return -1
    stop = min(stop, pos + 3 * len(wanted) + 24)
    level = _level(text[pos:stop])
    place, at = 0, 0
    while at < len(level) and place < len(wanted):
        if level[at] not in _DROPPED:
            if level[at] != wanted[place]:
                return -1
            place += 1
        at += 1
    if place < len(wanted) or not _stands_alone(level, 0, at):
        return -1
    return pos + at
