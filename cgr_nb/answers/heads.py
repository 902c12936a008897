"""The lines of a reply that begin with an option: its label, its text, or the words that tell it
apart."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from cgr_nb.answers.folding import starts_with
from cgr_nb.answers.labels import Choices
from cgr_nb.answers.languages import option_words
from cgr_nb.answers.lazy_pattern import LazyPattern
from cgr_nb.answers.polarity import TICK, polarity
from cgr_nb.answers.view import View

__all__ = ["Head", "heads_of_lines"]

_MOST_LINES = 400
"""Lines of a reply that are looked at for options' texts."""
_PICTURE = "(?:[\U0001f300-\U0001faff\u2600-\u26ff\u2b50]{1,2} ?)?"
"""A picture before an item of a list, which judges nothing."""
_LINE = LazyPattern(
    lambda: (
        rf"^(?P<cell> ?\|)? ?(?:\d{{1,2}}[.)] )?(?P<tick>{TICK.pattern})? ?{_PICTURE}[\"“']?"
        rf"(?:(?i:{option_words()}) )?"
        r"(?:[(\[]\s?(?P<both>[A-Z])\s?[)\]]|(?P<one>[A-Z])(?=\s?[).:|]|\s[-–—→(]|\n|\s?"
        + TICK.pattern
        + r"|\s(?:is|isn|can|does|doesn|holds?|fails?)\b|\Z))"
    ),
    re.MULTILINE,
)
_WORDED = LazyPattern(
    rf"^(?P<cell> ?\|)? ?(?:\d{{1,2}}[.)] )?(?P<tick>{TICK.pattern})? ?{_PICTURE}[\"“']?(?=[^\s|])",
    re.MULTILINE,
)
_ENDS = LazyPattern(r"\s?(?:[:|→=(\n,–—✓✔✅☑✗✘❌✖☒]|\s-\s|\Z)")
_GIVEN = LazyPattern(r"[^\n:|→=(–—✓✔✅☑✗✘❌✖☒]{2,60}?(?=\s?[:|→=(–—✓✔✅☑✗✘❌✖☒]|\s-\s|\Z|\n)")
_WORD = LazyPattern(r"[^\W_]{1,40}")


@dataclass(frozen=True, slots=True)
class Head:
    """The beginning of an entry on one option."""

    letter: str
    start: int
    end: int
    ticked: bool | None
    """A mark before it says right or wrong."""
    cell: bool
    """It stands in the first cell of a table's row."""
    worded: bool
    """The option's text stands for its label."""


def heads_of_lines(view: View, choices: Choices) -> list[Head]:
    """Lines that begin with labels of options; without such, lines that begin with their texts."""
    labelled = [
        Head(letter, each.start(), each.end(), _tick(each), each["cell"] is not None, worded=False)
        for each in _LINE.finditer(view.text, view.start, view.stop)
        if (letter := each["both"] or each["one"]) in choices.letters
    ]
    if len({head.letter for head in labelled}) > 1 or not choices.longest:
        return labelled
    worded = list(_worded(view, choices))
    return worded if len({head.letter for head in worded}) > 1 else labelled


def _tick(found: re.Match[str]) -> bool | None:
    return polarity(found["tick"]) if found["tick"] else None


def _worded(view: View, choices: Choices) -> Iterator[Head]:
    words = {letter: set(_WORD.findall(text)) for letter, text in choices.texts.items()}
    for count, each in enumerate(_WORDED.finditer(view.text, view.start, view.stop)):
        if count >= _MOST_LINES:
            return
        found = _named_at(view, each.end(), choices, words)
        if found:
            letter, end = found
            yield Head(
                letter, each.start(), end, _tick(each), each["cell"] is not None, worded=True
            )


def _named_at(
    view: View, pos: int, choices: Choices, words: dict[str, set[str]]
) -> tuple[str, int] | None:
    """The option whose text, or what tells it apart, stands at a place, and where that ends."""
    ends = {
        letter: end
        for letter, key in choices.keys.items()
        if (end := starts_with(view.text, pos, view.stop, key)) > 0
    }
    if ends:
        longest = max(ends.values())
        named = [letter for letter, end in ends.items() if end == longest]
        return (named[0], longest) if len(named) == 1 else None
    given = _GIVEN.match(view.text, pos, view.stop)
    if given is None:
        return None
    said = [word.lower() for word in _WORD.findall(given[0])]
    telling = [word for word in said if len(word) > 3]
    if not telling or len(said) > 6:
        return None
    fitting = [letter for letter, own in words.items() if _shortened(said, own)]
    return (fitting[0], given.end()) if len(fitting) == 1 else None


def _shortened(said: list[str], own: set[str]) -> bool:
    """ "S. aureus" of "Staphylococcus aureus": each word is one of the text, or begins one."""
    return all(
        word in own or (len(word) == 1 and any(each.startswith(word) for each in own))
        for word in said
    )
