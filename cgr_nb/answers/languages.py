"""The words of other languages, from `languages.toml`, and a sentence taken apart into them.

The file is read when the room is imported, as the sandboxed process has no files later on; it is
parsed, and its lists are prepared, when a reply first needs them.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from cgr_nb.answers.lazy_pattern import LazyPattern

__all__ = [
    "NOT_CHOSEN",
    "NOT_INTRODUCED",
    "OPTION_BEFORE",
    "TAKES_BACK",
    "WORD",
    "Language",
    "Token",
    "languages",
    "leading_words",
    "named_in",
    "option_words",
    "prepare_lists",
    "spelling",
    "verdicts",
]

_KINDS = (
    "answer", "option", "right", "wrong", "choose", "link", "filler", "so", "final", "not", "if",
    "maybe", "or", "and", "because", "but", "back", "names", "all", "none",
    "only", "except", "asked",
)  # fmt: skip
_CUES = frozenset({"answer", "option", "right", "wrong", "choose", "back", "names"})
_MARKS = (
    "\u0300-\u036f\u064b-\u065f\u0670\u0900-\u0903\u093a-\u094f\u0951-\u0957\u0962\u0963"
    "\u0981-\u0983\u09bc-\u09cd\u09d7"
)
WORD = LazyPattern(rf"(?:[^\W\d_]|[{_MARKS}]){{1,40}}")
"""A word: letters, with the vowel signs and accents that the scripts of this file set apart."""

_SHORT = 40
"""Characters of a reply that may be Japanese without any kana."""
_TOGETHER = LazyPattern(r"[\u3041-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_KANA = LazyPattern(r"[\u3041-\u30fa]")


def spelling(word: str) -> str:
    """A word as the lists spell it: small letters, composed."""
    return unicodedata.normalize("NFC", word.casefold())


def _bare(word: str) -> str:
    """A word without its accents."""
    if word.isascii():
        return word
    parts = unicodedata.normalize("NFD", word)
    return "".join(each for each in parts if not "\u0300" <= each <= "\u036f")


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a sentence: words that the language's lists know, one unknown word, or a mark."""

    kinds: frozenset[str]
    """What the lists call it; empty for a word that they do not know."""
    start: int
    end: int
    mark: str = ""
    """The character, where it is a punctuation mark."""
    english: bool = False
    """English has this word too."""


class Language:
    """The words of one language, ready to be looked up."""

    def __init__(self, name: str, table: Mapping[str, Any]) -> None:
        self.name = name
        self.words = frozenset(table.get("words", ""))
        self.linkless = bool(table.get("linkless"))
        self.free = bool(table.get("free"))
        self.unspaced = bool(table.get("unspaced"))
        self.glued = str(table.get("glued", ""))
        self._exact: dict[str, list[tuple[tuple[str, ...], set[str]]]] = {}
        self._stems: dict[str, set[str]] = {}
        self._runs: dict[str, list[tuple[str, set[str]]]] = {}
        self.of_all = tuple(
            spelling(word) for kind in ("all", "none", "except") for word in table.get(kind, ())
        )
        """Words without which no sentence of this language speaks of every option."""
        self.cues: set[str] = set()
        self.cue_stems: set[str] = set()
        for kind in _KINDS:
            for entry in table.get(kind, ()):
                self._add(entry, kind)
        for listed in self._exact.values():
            listed.sort(key=lambda pair: -len(pair[0]))
        for known in self._runs.values():
            known.sort(key=lambda pair: -len(pair[0]))

    def _add(self, entry: str, kind: str) -> None:
        text = spelling(entry)
        if self.unspaced:
            text = text.replace(" ", "")
            _put(self._runs.setdefault(text[0], []), text, kind)
            if kind in _CUES:
                self.cues.add(text)
            return
        parts = tuple(WORD.findall(text))
        if entry.endswith("*"):
            for spelt in {parts[-1], _bare(parts[-1])}:
                self._stems.setdefault(spelt, set()).add(kind)
                if kind in _CUES:
                    self.cue_stems.add(spelt)
            return
        forms = {parts}
        if max(map(len, parts)) >= 4:
            forms.add(tuple(map(_bare, parts)))
        for form in forms:
            if not form:
                continue
            _put(self._exact.setdefault(form[0], []), form, kind)
            if kind in _CUES and form[0] not in _english():
                self.cues.add(form[0])

    def written_in(self, text: str) -> bool:
        """Whether a text in the script of this language, which writes words together, has one that
        an answer could be said with."""
        if self.name == "ja" and len(text) > _SHORT and not _KANA.search(text):
            return False  # Chinese
        return any(cue in text for cue in self.cues)

    def known(self, text: str, pos: int, stop: int) -> Token | None:
        """The longest known words that begin at `pos`, or one unknown word; None at no word."""
        return self._run(text, pos, stop) if self.unspaced else self._words(text, pos, stop)

    def _run(self, text: str, pos: int, stop: int) -> Token | None:
        piece = spelling(text[pos : min(stop, pos + 24)])
        for run, kinds in self._runs.get(piece[:1], ()):
            if piece.startswith(run):
                return Token(frozenset(kinds), pos, pos + len(run))
        word = WORD.match(text, pos, stop)
        if word is None:
            return None
        end = word.end() if text[pos].isascii() else pos + 1
        return Token(frozenset(), pos, end)

    def _words(self, text: str, pos: int, stop: int) -> Token | None:
        first = WORD.match(text, pos, stop)
        if first is None:
            return None
        word = spelling(first[0])
        for parts, kinds in self._exact.get(word, ()):
            end = _follow(text, first.end(), stop, parts[1:])
            if end:
                english = len(parts) == 1 and word in _english()
                return Token(frozenset(kinds), pos, end, english=english)
        for size in range(min(len(word), 20), 1, -1):
            stem = self._stems.get(word[:size])
            if stem:
                return Token(frozenset(stem), pos, first.end(), english=word in _english())
        return Token(frozenset(), pos, first.end())


def _put(known: list[tuple[Any, set[str]]], entry: object, kind: str) -> None:
    for each, kinds in known:
        if each == entry:
            kinds.add(kind)
            return
    known.append((entry, {kind}))


def _follow(text: str, pos: int, stop: int, parts: Iterable[str]) -> int:
    """Where the words that must follow end; 0 when others follow."""
    for part in parts:
        limit = min(stop, pos + 3)
        while pos < limit and (text[pos] in " '’-" or text[pos].isspace()):
            pos += 1
        word = WORD.match(text, pos, stop)
        if word is None or spelling(word[0]) != part:
            return 0
        pos = word.end()
    return pos


_TEXT = Path(__file__).with_name("languages.toml").read_text(encoding="utf-8")
_OF_NO_LANGUAGE = frozenset({"english", "alone", "judging", "not_chosen"})


@cache
def _file() -> Mapping[str, Any]:
    return tomllib.loads(_TEXT)


@cache
def _english() -> frozenset[str]:
    return frozenset(_file()["english"])


def _tables() -> dict[str, Mapping[str, Any]]:
    """Name of a language -> its table."""
    return {name: table for name, table in _file().items() if name not in _OF_NO_LANGUAGE}


def _spaced() -> list[Mapping[str, Any]]:
    """The tables of languages that set words apart."""
    return [table for table in _tables().values() if not table.get("unspaced")]


@cache
def languages() -> tuple[Language, ...]:
    """All languages of the file."""
    return tuple(Language(name, table) for name, table in _tables().items())


@cache
def verdicts() -> Language:
    """What a clause that only judges may consist of, in every language that sets words apart."""
    tables = [_file()["judging"], *_spaced()]
    merged = {kind: [word for table in tables for word in table.get(kind, ())] for kind in _KINDS}
    return Language("any", merged)


def prepare_lists() -> None:
    """Prepare now what is otherwise prepared when a reply first needs it."""
    _cues()
    verdicts()


def leading_words() -> str:
    """Words that may stand before a label which is the whole reply, as alternatives of a pattern.

    These and other words of the file make patterns: see `LazyPattern` for when.
    """
    return "|".join(map(re.escape, sorted(_file()["alone"], key=len, reverse=True)))


def option_words() -> str:
    """Words for option, as alternatives of a pattern."""
    words = [word for word in _of_kind("option", _spaced()) if WORD.match(word)]
    heads = dict.fromkeys(("option", "statement", "choice", "answer", *words))
    return "|".join(re.escape(each).removesuffix(r"\*") + r"\w{0,6}" for each in heads)


def _of_kind(kind: str, tables: Iterable[Mapping[str, Any]]) -> list[str]:
    """The words of a kind in some tables, long ones first."""
    words = {word for table in tables for word in table.get(kind, ())}
    return sorted(words, key=lambda word: (-len(word), word))


def _taking_back() -> str:
    words = _of_kind("back", _tables().values())
    spaced = "|".join(re.escape(word) for word in words if WORD.fullmatch(word[0]))
    return rf"(?<!\w)(?:{spaced})(?!\w)"


def _option_before() -> str:
    words = {word.rstrip("*") for word in _of_kind("option", _tables().values())}
    longest = sorted(words, key=lambda word: (-len(word), word))
    return rf"(?:{'|'.join(map(re.escape, longest))})\s?[A-Z]\Z"


def _not_chosen(*kinds: str) -> str:
    words = [word for kind in kinds for word in _file()["not_chosen"][kind]]
    bounded = "|".join(word.replace("\\w*", "\\w{0,12}") for word in words)
    return rf"\b(?:{bounded})\b|n['’]t\b|[不没誤틀않]|错误|ない"


NOT_CHOSEN = LazyPattern(lambda: _not_chosen("words"), re.IGNORECASE)
"""Words by which what a sentence names is not chosen."""
NOT_INTRODUCED = LazyPattern(lambda: _not_chosen("words", "introducing"), re.IGNORECASE)
"""Words by which a line does not introduce a list of what is chosen."""
TAKES_BACK = LazyPattern(_taking_back, re.IGNORECASE)
"""Words of all languages that take back what was said before them."""
OPTION_BEFORE = LazyPattern(_option_before, re.IGNORECASE)
"""A word for option, of whatever language, at the end, and a capital: "opción C"."""


@cache
def _cues() -> tuple[Mapping[str, set[str]], Mapping[str, set[str]], range]:
    """Words and stems of all languages that an answer could be said with -> names of languages;
    lengths of the stems."""
    whole: dict[str, set[str]] = {}
    stems: dict[str, set[str]] = {}
    for language in languages():
        if not language.unspaced:
            for cue in language.cues:
                whole.setdefault(cue, set()).add(language.name)
            for stem in language.cue_stems:
                stems.setdefault(stem, set()).add(language.name)
    lengths = [len(stem) for stem in stems]
    return whole, stems, range(min(lengths), max(lengths) + 1)


def named_in(text: str) -> Iterator[Language]:
    """The languages that a text may be written in, as far as their words for answers tell."""
    whole, stems, sizes = _cues()
    heard: set[str] = set()
    for word in {spelling(word) for word in set(WORD.findall(text))}:
        if word in whole:
            heard |= whole[word]
        if word not in _english():
            for size in sizes[: max(0, len(word) - sizes.start + 1)]:
                if word[:size] in stems:
                    heard |= stems[word[:size]]
    wide = not text.isascii() and _TOGETHER.search(text) is not None
    for language in languages():
        if language.name in heard or (wide and language.unspaced and language.written_in(text)):
            yield language
