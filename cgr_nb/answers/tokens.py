"""A sentence of another language, taken apart: words that its lists know, marks, and labels."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from string import ascii_letters

from cgr_nb.answers.labels import Choices
from cgr_nb.answers.languages import OPTION_BEFORE, WORD, Language, Token
from cgr_nb.answers.lazy_pattern import LazyPattern
from cgr_nb.answers.view import View

__all__ = ["SOFT", "Label", "labels_of", "sentences_of", "tokens_of"]

_LONGEST = 600
"""Characters of a sentence that are looked at."""
_ENDS = LazyPattern(
    r"[!?\n]|;(?!\s?[(\[]?[A-Z][)\]]?\s?(?:[;,.\n]|\Z))|\.(?=\s|\Z|[\"')\]]|[^\x00-\u024f])"
    r"|(?<=[^\x00-\u024f])\."
    r"|(?<=[A-Z)\]])\.(?=[A-Z][^\x00-\u024f])",
)
_LABEL = LazyPattern(
    r"(?P<open>[(\[<{\"“‘]\s?)?(?P<letter>[A-Za-z\ue000-\ue0ff])(?P<close>\s?[)\]>}])?"
)
_OPENS = frozenset('([<{"“‘' + ascii_letters) | {chr(code) for code in range(0xE000, 0xE100)}
"""Characters that a label may begin with, those of other scripts aside."""
_RUN = LazyPattern(r"[A-Z]{2,10}(?![A-Za-z0-9_'’^-])")
_WORDISH = LazyPattern(r"[A-Za-z0-9_\u00c0-\u024f\u0300-\u036f\u0400-\u052f\u1e00-\u1eff]")
_OPENING = " \"'“‘«¿¡"
_KANA = LazyPattern(r"[\u30a1-\u30fc]")
_IDEOGRAPH = LazyPattern(r"[\u30a1-\u30fc\u4e00-\u9fff]")
SOFT = frozenset("\"'“”‘’«»()[]{}<>*:=：→–—-.")


@dataclass(frozen=True, slots=True)
class Label:
    """Letters that stand at one place of a sentence."""

    letters: tuple[str, ...]
    start: int
    end: int
    marked: bool
    either: bool
    first: int
    """Index of its first token ..."""
    last: int
    """... and of its last."""


def sentences_of(view: View) -> Iterator[tuple[int, int, bool]]:
    """Start, end and whether it asks, of each sentence; a heading goes on in the next line."""
    start = view.start
    for end in _ENDS.finditer(view.text, view.start, view.stop):
        mark = end[0]
        if mark == "." and _is_label_with_text(view, start, end.start()):
            continue
        if mark == "\n" and end.start() > start and end.start() - start <= 80:
            before = view.text[start : end.start()].rstrip(" *_")
            # A line of a list is no heading: that one is a paragraph of its own.
            opens = start == view.start or view.text[max(0, start - 2) : start] == "\n\n"
            heading = opens and len(before) <= 30 and not before.endswith((")", ","))
            if (heading or before.endswith(":")) and not _has_label(before):
                continue
        if end.start() > start:
            yield start, min(end.start(), start + _LONGEST), mark == "?"
        start = end.end()
    if start < view.stop:
        yield start, min(view.stop, start + _LONGEST), False


def _is_label_with_text(view: View, start: int, stop: int) -> bool:
    """ "opción C. √2 es correcta": the mark belongs to the label, and its option's text follows."""
    before = view.text[max(start, stop - 24) : stop]
    if not OPTION_BEFORE.search(before):
        return False
    following = _ENDS.search(view.text, stop + 1, view.stop)
    rest = view.text[stop + 1 : following.start() if following else view.stop]
    return bool(rest.strip()) and not _has_label(rest)


def _has_label(text: str) -> bool:
    return re.search(r"(?<![A-Za-z])[A-Z](?![A-Za-z])", text) is not None


def tokens_of(
    text: str, start: int, end: int, language: Language, choices: Choices
) -> Iterator[Token]:
    """The words, marks and labels of a sentence, in their order.

    Args:
        text: The reply.
        start: Where the sentence begins.
        end: Where it ends.
        language: Whose words are known.
        choices: The item's options, prepared for reading.
    """
    pos, written = start, choices.labels.written
    while pos < end:
        character = text[pos]
        if character.isspace():
            pos += 1
            continue
        token = None
        if language.glued:
            token = _glued_joint(text, pos, end, language, choices)
        if token is None and (character in _OPENS or character in written):
            token = _label_token(text, pos, start, end, language, choices)
        if token is None:
            token = language.known(text, pos, end)
        if token is None:
            token = Token(frozenset(), pos, pos + 1, character)
        yield token
        pos = token.end


def _label_token(
    text: str, pos: int, start: int, end: int, language: Language, choices: Choices
) -> Token | None:
    """A label: a capital alone, or any letter in brackets."""
    run = _RUN.match(text, pos, end)
    if (
        run
        and _is_run(run[0], choices)
        and not _beside(text[pos - 1 : pos] if pos else "", language)
    ):
        return Token(frozenset({"label"}), pos, run.end(), run[0])
    found = _LABEL.match(text, pos, end)
    if found is None:
        glued = pos > start and text[pos - 1] == language.glued
        return _script_label(text, pos, end, choices, glued=glued)
    at, letter = found.start("letter"), found["letter"]
    before, after = text[at - 1 : at] if at else "", text[at + 1 : at + 2]
    if before == language.glued and not WORD.match(text[at - 2 : at - 1]):
        before = ""
    if _beside(before, language) or (before in {"'", "’"} and not found["open"]) or before == "\\":
        return None
    closed = found["close"]
    if closed:
        ends = re.match(r"\s?[.,;]?\s?(?:\n|\Z)", text[found.end() : end])
        if letter in "ai" and not found["open"] and (not ends or "(" in text[start:pos]):
            return None
        return Token(frozenset({"label"}), pos, found.end(), letter.upper())
    if found["open"] and found["open"].strip() in "([<{":
        return None
    if _beside(after, language) or after in {"^", "_", "("}:
        return None
    if after in {"'", "’"} and (language.name != "tr" and text[at + 2 : at + 3].isalpha()):
        return None
    if after == "-" and text[at + 2 : at + 3].isascii() and text[at + 2 : at + 3].isalpha():
        return None
    if letter.islower():
        if letter.upper() in language.words or letter in "aeiouy":
            return None
        if not re.match(r"\s?(?:[.,;]|\Z|\n)", text[at + 1 : end]):
            return None
    elif (
        letter in language.words
        and not text[start:at].strip(_OPENING)
        and not re.match(r"\s?[).:\]]", text[at + 1 : end])
    ):
        word = language.known(text, _next(text, at + 1, end), end)
        if word is None or not word.kinds & {"link", "and", "or"} or "filler" in word.kinds:
            return None
    return Token(frozenset({"label"}), pos, at + 1, letter.upper())


def _glued_joint(
    text: str, pos: int, end: int, language: Language, choices: Choices
) -> Token | None:
    """The word for "and" of a language that writes it together with the label: "وج", "و(D)"."""
    if not language.glued or text[pos] != language.glued or WORD.match(text[pos - 1 : pos]):
        return None
    place = _next(text, pos + 1, end)
    if not (_LABEL.match(text, place, end) or _script_label(text, place, end, choices, glued=True)):
        return None
    return Token(frozenset({"and"}), pos, pos + 1)


def _is_run(run: str, choices: Choices) -> bool:
    """ "ABD": options in rising order."""
    rising = all(one < two for one, two in pairwise(run))
    return rising and set(run) <= set(choices.letters) and len(choices.letters) <= 10


def _beside(character: str, language: Language) -> bool:
    """Whether a character next to a letter makes it a part of a word."""
    if _WORDISH.match(character):
        return True
    return not language.unspaced and (character.isalnum() or WORD.match(character) is not None)


def _script_label(
    text: str, pos: int, end: int, choices: Choices, *, glued: bool = False
) -> Token | None:
    """A letter of another script that may be a label, standing alone, but for a word for "and"."""
    capital = choices.labels.capital(text[pos]) if pos < end else None
    if capital is None:
        return None
    after = text[pos + 1 : pos + 2]
    before = text[pos - 1 : pos] if pos and not glued else ""
    if _IDEOGRAPH.match(text[pos]) and not _KANA.match(after) and not _KANA.match(before):
        return Token(frozenset({"label"}), pos, pos + 1, capital)
    if (before and not before.isspace() and before not in "([{\"'“‘«:=-–—") or WORD.match(after):
        return None
    return Token(frozenset({"label"}), pos, pos + 1, capital)


def _next(text: str, pos: int, end: int) -> int:
    while pos < end and text[pos].isspace():
        pos += 1
    return pos


def labels_of(
    text: str, tokens: Sequence[Token], language: Language, choices: Choices
) -> Iterator[Label]:
    """Labels of a sentence, those joined by "and" or "or" as one.

    Args:
        text: The reply.
        tokens: Of the sentence.
        language: Of the sentence.
        choices: The item's options, prepared for reading.
    """
    index = 0
    while index < len(tokens):
        if "label" not in tokens[index].kinds:
            index += 1
            continue
        first = last = index
        named, either = _named(tokens[index], choices)
        marked = (
            not text[tokens[index].end - 1].isalnum()
            and tokens[index].end > tokens[index].start + 1
        )
        while True:
            joint = _joint(tokens, last + 1)
            if joint is None:
                break
            last, alternative = joint
            more, unclear = _named(tokens[last], choices)
            either = either or alternative or unclear
            named += more
        yield Label(
            tuple(dict.fromkeys(named)), tokens[first].start, tokens[last].end, marked, either,
            first, last,
        )  # fmt: skip
        index = last + 1


def _named(token: Token, choices: Choices) -> tuple[list[str], bool]:
    """The capitals that a label stands for, and whether it is only one of them."""
    readings = [choices.labels.readings(letter) for letter in token.mark]
    return [each for some in readings for each in some], any(len(some) > 1 for some in readings)


def _joint(tokens: Sequence[Token], index: int) -> tuple[int, bool] | None:
    """The next label and whether it is an alternative, when only a joint stands before it."""
    joined = alternative = False
    for place in range(index, min(len(tokens), index + 6)):
        token = tokens[place]
        if "label" in token.kinds:
            return (place, alternative) if joined else None
        if "or" in token.kinds or token.mark == "/":
            joined = alternative = True
        elif "and" in token.kinds or token.mark in {",", ";", "&", "+"}:
            joined = True
        elif not token.kinds & {"filler", "option", "final"} and token.mark not in SOFT:
            return None
    return None
