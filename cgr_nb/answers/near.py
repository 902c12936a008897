"""An option's text told again with small differences of wording: "the ribosome" for "Ribosomes".

A phrase is taken apart into words: small words such as articles fall away, plurals and possessives
lose their ending, numbers lose zeros behind the point. It names an option when it has words in it
that tell this option apart from the others, hardly any that the option does not have, the same
numbers, and denies neither more nor less than the option does.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from cgr_nb.answers.labels import Choices
from cgr_nb.answers.lazy_pattern import LazyPattern

__all__ = ["Telling", "near_named", "telling_of", "words_of"]

_WORD = LazyPattern(r"\d{1,12}(?:[.,]\d{1,12}){0,3}|[^\W\d_]{1,40}(?:['’][^\W\d_]{1,3})?")
_SMALL = frozenset(
    re.findall(
        r"[a-z]+",
        "a an the of in on at to by with for and or that this it its is are was were be as from"
        " one some any you they their there called i e option answer choice statement says which",
    )
)
_DENYING = frozenset(["not", "no", "never", "without", "cannot", "neither", "nor", "non", "except"])
_ZEROS = LazyPattern(r"(\d)\.0{1,6}\Z")
_LONGEST = 160
"""Characters of a phrase that may be an option's text."""


@dataclass(frozen=True, slots=True)
class Telling:
    """The words of each option, and those that tell it apart."""

    words: Mapping[str, tuple[str, ...]]
    """Letter -> its words, small words left out."""
    own: Mapping[str, frozenset[str]]
    """Letter -> words that no other option has."""


@lru_cache(maxsize=4096)
def _bare(word: str) -> str:
    """A word without the ending of plural or possessive; a number without zeros at its end."""
    word = word.lower().replace("’", "'")
    if word[0].isdigit():
        return _ZEROS.sub(r"\1", word)
    if word.endswith("n't"):
        return "not"
    word = word.split("'")[0]
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("ses", "xes", "zes", "ches", "shes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def words_of(text: str) -> tuple[str, ...]:
    """The words of a text that say something, each without its ending.

    Example:
        `words_of("The anti-Smith antibodies")` is `("anti", "smith", "antibody")`.
    """
    found = (_bare(each) for each in _WORD.findall(text))
    return tuple(each for each in found if each not in _SMALL)


@lru_cache(maxsize=256)
def _telling(texts: tuple[tuple[str, str], ...]) -> Telling:
    words = {letter: words_of(text) for letter, text in texts}
    own = {
        letter: frozenset(said)
        - {each for other, theirs in words.items() if other != letter for each in theirs}
        for letter, said in words.items()
    }
    return Telling(words, own)


def telling_of(choices: Choices) -> Telling:
    """The words of the options."""
    return _telling(tuple(choices.texts.items()))


def near_named(phrase: str, choices: Choices) -> tuple[str, ...]:
    """The letter of the option that a phrase is, wording aside; none where that can't be told.

    Example:
        "anti-Smith" is "Anti-Smith antibody", "IM epinephrine" is "Intramuscular epinephrine".
    """
    if not choices.longest or len(phrase) > _LONGEST:
        return ()
    said = words_of(phrase)
    if not said or len(said) > 16:
        return ()
    telling = telling_of(choices)
    fitting = [letter for letter in choices.letters if _fits(said, letter, telling)]
    return tuple(fitting) if len(fitting) == 1 else ()


def _fits(said: tuple[str, ...], letter: str, telling: Telling) -> bool:
    own, words = telling.own[letter], telling.words[letter]
    given, wanted = set(said), set(words)
    shared = given & wanted
    if not any(len(each) > 2 or each[0].isdigit() for each in shared & own):
        return False
    if given & _DENYING != wanted & _DENYING:
        return False
    numbers = {each for each in given if each[0].isdigit()}
    if numbers != {each for each in wanted if each[0].isdigit()}:
        return False
    strange = given - wanted
    theirs = {each for other, their in telling.own.items() if other != letter for each in their}
    if strange & theirs:
        return False
    # A word or two of its own: "IM" for "intramuscular", "24 newtons" for "24 N".
    if not strange and wanted and 3 * len(shared) >= len(wanted):
        return True
    return len(strange) <= max(1, len(shared) // 2) and 2 * len(shared) >= len(wanted)
