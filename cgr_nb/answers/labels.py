"""Reading option labels at a place in a reply: "(B)", "B) text", "C.", "B and D", "BD", "A, C".

A bare capital counts only when what follows shows that it is a label, so neither the article "A",
the pronoun "I", "T cells", "A = 5" nor "P(A)" is one. Labels that are outside the options are read
too: the caller has to know that one was named. Patterns have bounded repeats; reading at one place
takes a bounded number of steps.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from cgr_nb.answers.view import plain

__all__ = ["Choices", "Group", "read_group"]


def _normalise(text: str) -> str:
    """Case, spaces and outer punctuation taken off. Replies come here cleaned; option texts are
    cleaned first."""
    words = " ".join(text.casefold().split())
    return words.strip(" .,;:!?\"'“”‘’`()[]{}")


@dataclass(frozen=True, slots=True)
class Choices:
    """The options of one item, prepared for reading."""

    letters: tuple[str, ...]
    """Labels in presented order."""
    texts: Mapping[str, str]
    """Label -> normalised text; empty when the text is not known."""

    longest: int
    """Characters of the longest normalised text; 0 when no text is known."""

    @classmethod
    def of(cls, options: Mapping[str, str]) -> Choices:
        """Prepare options: letter -> text."""
        texts = {letter: _normalise(plain(text)) for letter, text in options.items()}
        return cls(tuple(options), texts, max(map(len, texts.values()), default=0))

    def named(self, text: str) -> tuple[str, ...]:
        """Letters whose option text is this text, typography and case aside."""
        if not self.longest or len(text) > self.longest + 80:
            return ()
        wanted = _normalise(text)
        if not wanted:
            return ()
        return tuple(letter for letter in self.letters if self.texts[letter] == wanted)

    def begins(self, letter: str, text: str) -> bool:
        """Whether this text is the beginning of the letter's option text, or the other way
        round."""
        own, given = self.texts.get(letter, ""), _normalise(text)
        size = min(len(own), len(given))
        return size >= 3 and own[:size] == given[:size]

    def in_order(self, letters: set[str]) -> tuple[str, ...]:
        """Those of the letters that are options, in presented order."""
        return tuple(letter for letter in self.letters if letter in letters)


@dataclass(frozen=True, slots=True)
class Group:
    """One or several labels that stand together."""

    letters: tuple[str, ...]
    """Upper case, in the order read; may name letters outside the options."""
    start: int
    end: int
    either: bool
    """Joined by "or": a choice between them, not an answer of several."""
    marked: bool
    """The first label wears a bracket: "(B)", "[B]" or "B)"."""


_TOKEN = re.compile(r"((?:\[\[|[(\[{])\s{0,2})?([A-Za-z])(\s{0,2}(?:\]\]|[)\]}]))?")
_JOINED = re.compile(r"[(\[{]?\s{0,2}([A-Z]{2,10})(?:\s{0,2}[)\]}]|(?![A-Za-z0-9_^(\\'’-]))")
_AFTER_BRACKET = re.compile(r"(?![a-z0-9^_\[(])")
_JOINT = re.compile(
    r"[ \t]{0,6}(?:,[ \t]{0,6}(?:(and|or)\b|&)?|(?:\b(and|or|und|et|y|oder|ou)\b)|[;/&+、和])"
    r"[ \t]{0,6}(?:(?:also|options?|choices?|statements?)\b[ \t]{0,3})?"
)
_NOT_A_LABEL = re.compile(r"N/A\b")
_ROMAN = re.compile(r"(?:I{2,3}|IV|VI{1,3}|IX)\b")
_LABEL_ENDS = re.compile(
    r"\s{0,12}\Z"
    r"|[ \t]{0,12}[\n\r]"
    r"|[ \t]{0,12}\.(?![0-9a-z]|[A-Z]\.)"
    r"|[ \t]{0,12}(?:[,;!?)\]}\"”’|、&和]|</|:(?![A-Z0-9]\b))"
    r"|/(?=[A-Z]\b)"
    r"|'(?![A-Za-z])"
    r"|[ \t]{1,12}(?:[-–—](?=\s)|[(\[{“\"<])"
    r"|[ \t]{1,12}(?:because|since|as|is|isn't|are|aren't|was|were|would|cannot|can't|doesn't"
    r"|seems?|must|and|or|und|oder|et|ou"
    r"|y|but|which|due|given|for|with|at|by|in|on|not|rather)\b"
)
_PRONOUN_ENDS = re.compile(
    r"\s{0,12}\Z|[ \t]{0,12}(?:[\n\r.,;:!?)\]}\"”]|(?:because|since|is|and|or)\b)"
)
_SMALL_LABEL_ENDS = re.compile(r"\s{0,12}\Z|[ \t]{0,12}(?:[\n\r]|[.,;:](?=\s|\Z))")


def read_group(
    text: str,
    pos: int,
    choices: Choices,
    *,
    stop: int,
    small: bool = False,
    article: bool = False,
) -> Group | None:
    """Read the labels that begin exactly at `pos`.

    Args:
        text: The cleaned reply.
        pos: Where the first label, or its bracket, begins.
        choices: The item's options.
        stop: Where the reply ends.
        small: Lower-case labels count.
        article: A bare lower-case "a" at the end of a line counts ("answer: a").

    Returns:
        The group, or None when no label stands there. Example: "(A) and (C)." gives A, C.
    """
    joined = _joined(text, pos, choices, stop)
    if joined:
        return joined
    first = _token(text, pos, choices, stop, small=small, article=article)
    if first is None:
        return None
    letter, end, marked = first
    letters, either, size = [letter], False, len(choices.letters)
    for _ in range(max(size, 26)):
        joint = _JOINT.match(text, end, stop)
        if joint is None:
            break
        if _ROMAN.match(text, joint.end(), stop):
            return None  # "I, II and III" are statements, not labels
        after = _token(text, joint.end(), choices, stop, small=small and letter.islower())
        if after is None:
            break
        letters.append(after[0])
        end = after[1]
        either = (
            either or "or" in joint[0].lower().split() or joint[0].strip() in {"oder", "ou", "/"}
        )
    found = tuple(dict.fromkeys(each.upper() for each in letters))
    return Group(found, pos, end, either, marked)


def _token(
    text: str, pos: int, choices: Choices, stop: int, *, small: bool = False, article: bool = False
) -> tuple[str, int, bool] | None:
    match = _TOKEN.match(text, pos, stop)
    if match is None or _NOT_A_LABEL.match(text, pos, stop):
        return None
    opened, letter, closed = match.groups()
    marked = bool(opened and closed) or bool(closed)
    if closed:
        if not _AFTER_BRACKET.match(text, match.end(), stop):
            return None
        # A small roman one looks the same as a small I.
        ok = letter.isupper() or (small and letter != "i")
        return (letter, match.end(), marked) if ok else None
    end = match.end(2)
    if letter.islower():
        ok = small and (letter not in "ai" or article) and _SMALL_LABEL_ENDS.match(text, end, stop)
    elif letter == "I":
        ok = _PRONOUN_ENDS.match(text, end, stop)
    else:
        ok = _LABEL_ENDS.match(text, end, stop) or _own_text_follows(text, end, choices, letter)
    if not ok or _names_another_option(text, pos, choices, letter, stop):
        return None
    return letter, end, marked


def _own_text_follows(text: str, end: int, choices: Choices, letter: str) -> bool:
    """ "D None of the above": no mark, but the option's own words follow."""
    return text[end : end + 1].isspace() and choices.begins(
        letter, text[end : end + 40].split("\n")[0]
    )


def _names_another_option(text: str, pos: int, choices: Choices, letter: str, stop: int) -> bool:
    """ "E. coli" is the text of option A, not label E."""
    own = choices.texts.get(letter, "")
    for other, words in choices.texts.items():
        lookalike = other != letter and words[:1] == letter.lower() and not words[1:2].isalnum()
        if lookalike and len(words) > 2:
            given = _normalise(text[pos : min(stop, pos + 80)].split("\n")[0])
            if given.startswith(words) and not own.startswith(words[1:].lstrip(" .):-")):
                return True
    return False


def _joined(text: str, pos: int, choices: Choices, stop: int) -> Group | None:
    """ "BD": capitals in rising order, all of them options. With many options that could be any
    word."""
    match = _JOINED.match(text, pos, stop)
    if match is None or len(choices.letters) > 10:
        return None
    letters = tuple(match[1])
    rising = all(one < two for one, two in pairwise(letters))
    if not rising or not set(letters) <= set(choices.letters):
        return None
    if not (match[0][-1] in ")]}" or _LABEL_ENDS.match(text, match.end(), stop)):
        return None
    return Group(letters, pos, match.end(), either=False, marked=match[0][-1] in ")]}")
