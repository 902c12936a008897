"""Labels of other scripts: which option a Cyrillic, Arabic, Bengali ... letter stands for.

Inside the room every option has a Latin capital, its own label where that is one, and one by its
place where it is not. A label of a reply is replaced by that capital where one reading exists, and
by a character for "one of these" where several do. Only characters that stand like a label are
replaced: in brackets, alone on a line, after a colon. The sentence reader asks for others.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from cgr_nb.answers.lazy_pattern import LazyPattern

__all__ = ["EITHER", "UNKNOWN", "Labels"]

EITHER = "\ue000-\ue0fe"
"""A range of characters, for patterns: each stands for labels of several readings."""
UNKNOWN = "\ue0ff"
"""Stands for a label that is no option's."""

_CAPITALS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_READ = tomllib.loads(Path(__file__).with_name("alphabets.toml").read_text(encoding="utf-8"))
_LIKE = {pair[0]: pair[1] for pair in _READ["like"]}
_SERIES: tuple[str, ...] = (_CAPITALS, *_READ["series"])
_SYMBOLS = "".join(series for series in _SERIES if not series[0].isalpha())
_LETTERS = "".join(
    sorted({each for series in _SERIES[1:] for each in series if each.isalpha()} | set(_LIKE))
)
_EDGE = "\\w\u0900-\u0903\u093a-\u094f\u0981-\u0983\u09bc-\u09cd\u064b-\u065f'’"
_CASES = "".join(sorted({each for letter in _LETTERS for each in (letter, letter.lower())}))
_STANDING = LazyPattern(
    rf"[(\[]\s?(?P<both>[{_CASES}])\s?(?=[)\]])"
    rf"|(?<![{_EDGE}])(?P<closed>[{_CASES}])(?=\s?[)\]])"
    rf"|^[^\w\n]{{0,8}}(?P<alone>[{_CASES}])(?=[^\w\n]{{0,8}}$)(?![{_EDGE}])"
    rf"|[:=]\s{{0,3}}[\"'(\[]{{0,2}}(?P<after>[{_CASES}])(?![{_EDGE}])"
    r"(?=\s{0,3}[.,;:!?)\]\"\n]|\s{0,3}\Z)"
    rf"|^(?P<first>[{_LETTERS}])(?=[.:]\s(?![^\W\d_]\.))"
    rf"|\b(?:is|option|choice|answer)\s[\"'(]{{0,2}}(?P<named>[{_LETTERS}])"
    r"(?=\s?[.,;:!?)\"\n]|\s?\Z)"
    rf"|(?P<symbol>[{_SYMBOLS}])",
    re.MULTILINE,
)
_LATIN = LazyPattern(r"(?<![\w'’\\^])[A-Z](?![\w'’])")
_STYLED = LazyPattern(
    r"(?<![A-Za-z0-9^_])(?:[A-H](?:[.):](?=\s?[^\x00-\u024f])|[选選项項])|[选選]项?[A-H](?![A-Za-z]))"
)
_HEADS = LazyPattern(rf"^\s?([{_LETTERS}])[).:]\s", re.MULTILINE)
_SYMBOL = LazyPattern(rf"[{_SYMBOLS}]")
_SMALL = LazyPattern(r"\b(?:[Oo]ption|[Cc]hoice|[Aa]nswer)\s?[(\[]\s?[a-z](?=\s?[)\]])")


def _enlarged(found: re.Match[str]) -> str:
    return found[0][:-1] + found[0][-1].upper()


@dataclass(frozen=True, slots=True)
class Labels:
    """What each label may stand for, for the options of one item."""

    own: Mapping[str, str]
    """Label of an option -> the capital that stands for it."""
    written: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Character of a reply -> capitals of the options that it may stand for."""
    several: tuple[tuple[str, ...], ...] = ()
    """Readings of the characters of `EITHER`, in their order."""
    foreign: bool = False
    """Some option's own label is no Latin capital."""

    @classmethod
    def of(cls, labels: Sequence[str], texts: Sequence[str]) -> Labels:
        """Prepare for options with these labels and these texts."""
        capitals = all(label in _CAPITALS and len(label) == 1 for label in labels)
        single = all(len(label) == 1 for label in labels) and len(labels) <= len(_CAPITALS)
        if capitals or not single:
            own = {label: label for label in labels}
        else:
            own = dict(zip(labels, _CAPITALS, strict=False))
        return _prepared(tuple(own.items()), not capitals and single, _in_texts(texts))

    def capital(self, character: str) -> str | None:
        """The capital, the character for several, or `UNKNOWN`; None where it is no label."""
        readings = self.written.get(character)
        if readings is None:
            return None
        if len(readings) == 1:
            return readings[0]
        return chr(0xE000 + self.several.index(readings)) if readings else UNKNOWN

    def readings(self, letter: str) -> tuple[str, ...]:
        """The capitals that a letter of the cleaned reply stands for."""
        place = ord(letter) - 0xE000
        return self.several[place] if 0 <= place < len(self.several) else (letter,)

    def put_in(self, text: str) -> str:
        """Replace the labels of a cleaned reply, character for character."""
        if not self.foreign and text.isascii():
            return _SMALL.sub(_enlarged, text)
        if self.foreign:
            text = _LATIN.sub(self._latin, text)
        elif _STYLED.search(text):
            text = _SYMBOL.sub("•", text)  # statements, not options: "A. ①③"
        text = _SMALL.sub(_enlarged, text)
        if not self.foreign and (series := _series_of(text)):
            text = _STANDING.sub(lambda found: self._by_place(found, series), text)
        return _STANDING.sub(self._replaced, text)

    def _by_place(self, found: re.Match[str], series: str) -> str:
        """A label of this series as the option at its place."""
        name = found.lastgroup or ""
        place, options = series.find(found[name].upper()), tuple(self.own.values())
        if not 0 <= place < len(options):
            return found[0]
        at = found.start(name) - found.start()
        return found[0][:at] + options[place] + found[0][at + 1 :]

    def _replaced(self, found: re.Match[str]) -> str:
        name = found.lastgroup or ""
        character = found[name]
        capital = self.capital(character) or self.capital(character.upper())
        if capital is None:
            return found[0]
        at = found.start(name) - found.start()
        return found[0][:at] + capital + found[0][at + 1 :]

    def _latin(self, found: re.Match[str]) -> str:
        return self.capital(found[0]) or found[0]


def _series_of(text: str) -> str:
    """The series that the lines of a reply count in, where labels of it stand that look like no
    Latin letter, and begin lines from the first on: "А) ... Б) ... В) ..."; else nothing."""
    heads = "".join(found[1].upper() for found in _HEADS.finditer(text))
    for series in _SERIES[1:]:
        if len(heads) > 2 and series.startswith(heads) and any(each not in _LIKE for each in heads):
            return series
    return ""


def _in_texts(texts: Sequence[str]) -> frozenset[str]:
    """Characters that the options use as names of other things: "① and ③"."""
    return frozenset(
        character for text in texts for character in text if character in _SYMBOLS
    ) | frozenset(text.strip() for text in texts if len(text.strip()) == 1)


@lru_cache(maxsize=256)
def _prepared(pairs: tuple[tuple[str, str], ...], foreign: bool, taken: frozenset[str]) -> Labels:
    own = dict(pairs)
    written: dict[str, tuple[str, ...]] = {}
    in_order = tuple(own)
    latin = not foreign and set(own) <= set(_CAPITALS)
    for character in {*_LETTERS, *_SYMBOLS, *(_CAPITALS if foreign else "")}:
        if character in own:
            written[character] = (own[character],)
            continue
        if character in taken:
            continue
        found = {
            own[in_order[series.index(character)]]
            for series in _SERIES
            if character in series and series.index(character) < len(in_order)
        }
        # Letters P to S are read by their likeness alone, and so are series that begin elsewhere.
        if latin and in_order[:1] != ("A",):
            found = set()
        for one, other in _LIKE.items():
            like = {one: other, other: one}.get(character)
            if like in own:
                found.add(own[like])
        written[character] = tuple(capital for capital in own.values() if capital in found)
    for label, capital in own.items():
        if label not in _CAPITALS:
            written[label] = (capital,)
    several = tuple(sorted({each for each in written.values() if len(each) > 1}))
    return Labels(own, written, several, foreign)
