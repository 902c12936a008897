"""The sentences of a reply that name options, each with what it affirms and what it denies."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cgr_nb.answers.capitals import used_otherwise
from cgr_nb.answers.labels import Choices
from cgr_nb.answers.lazy_pattern import LazyPattern
from cgr_nb.answers.naming import Run, runs_of
from cgr_nb.answers.view import View

__all__ = ["DENIED", "LONGEST", "Claim", "claims_of", "fits", "is_wordy", "set_against"]

_HEAD, _TAIL = 1_000, 1_600
"""Characters at the beginning and at the end of a reply whose sentences are read."""
LONGEST = 500
"""Characters of a sentence that is read."""
_MOST = 80
"""Sentences of a reply in prose; one of more is no prose."""
_ENDS = LazyPattern(r"(?P<asks>\?)(?=\s|\Z)|[.!](?=[\s\"”)]|\Z)(?!\s[a-z])|;(?=\s[a-z])|\n")
_ABBREVIATED = LazyPattern(r"\b(?:e\.g|i\.e|vs|cf|approx|Dr|Mr|Mrs|St|[A-Z]\.\s[A-Z])\Z")
_INITIAL = LazyPattern(r"\s[A-Z]\.")
DENIED = LazyPattern(
    r"\b(?:not|never|neither|nor|cannot|no|none|without|wrong|incorrect|false|untrue|invalid"
    r"|excluded?|(?:ruled?|rules|ruling|is|are|crossed|struck)\sout|fails?|contradict\w{0,3}"
    r"|violat\w{1,3}|contraindicated|unsuitable|unsafe|avoided|useless|irrelevant|reject\w{0,3}"
    r"|discard\w{0,3}"
    r"|eliminated?|except|excluding|instead|lacks|nicht|kein\w{0,2}|pas|não|non|nie|niet"
    r"|falsch\w{0,2}|fals[aeo]s?)\b|n['’]t\b",
    re.IGNORECASE,
)
_ASIDE = LazyPattern(
    r"\b(?:unlike|not|than|rather\sthan|instead\sof|as\sopposed\sto|such\sas|like|besides"
    r"|compared\s(?:to|with)|contrast\s(?:to|with)|except(?:\sfor)?|(?:anything|everything"
    r"|all)\sbut|apart\sfrom|followed\sby"
    r"|confused\swith|different\sfrom|distinct\sfrom|opposite\sof|between|versus|vs\.?|nor"
    r"|neither|despite|by\seither|exception\sof|alongside|works?\sof|observations\sof)\s"
    r"(?:the\s|a\s|an\s|both\s|either\s)?[(\[\"'“]{0,2}\Z",
    re.IGNORECASE,
)
_PARTS = LazyPattern(
    r"[,;:](?=\s)|\s[—–-]\s|(?<=\s)(?:while|whereas|but|although|though|and\sso|which|who|because"
    r"|since)(?=\s)"
)
_PLEASANT = LazyPattern(
    r"\b(?:let\sme\sknow|hope\s(?:this|that)|feel\sfree|happy\sto|if\syou(?:['’]d"
    r"|\swould)?\s(?:like"
    r"|want|have|need))\b",
    re.IGNORECASE,
)
_WORDY = LazyPattern(r"[^\n]{0,80}?[^\W\d_]{3}|[12]\d{3}\Z")
"""A text with a word in it, or a year."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence that names options."""

    start: int
    end: int
    affirmed: tuple[Run, ...]
    denied: frozenset[str]
    """Letters that it calls wrong, or sets aside."""
    runs: tuple[Run, ...]
    place: int
    """Number of the sentence in the reply."""


def claims_of(view: View, choices: Choices) -> tuple[list[Claim], int]:
    """The sentences that name options, and how many sentences there are. None at all where one
    contradicts itself."""
    letters = frozenset(choices.letters) - used_otherwise(view, choices.letters)
    claims: list[Claim] = []
    count = 0
    for place, (start, end, asks) in enumerate(_sentences(view)):
        count = place + 1
        if place >= _MOST:
            return [], count
        if view.text[start:end] in view.text[max(view.start, start - _TAIL) : start]:
            return [], count  # a loop, cut somewhere
        if asks or end - start > LONGEST or _PLEASANT.search(view.text, start, end):
            continue
        runs = runs_of(view.text, start, end, choices, letters=letters)
        if runs is None:
            return [], count
        if runs:
            claims.append(_claim(view.text, start, end, runs, place))
    return claims, count


def _sentences(view: View) -> Iterator[tuple[int, int, bool]]:
    """Start, end and whether it asks, of the first and the last sentences of a reply."""
    pieces = [(view.start, view.stop)]
    if view.stop - view.start > _HEAD + _TAIL:
        pieces = [(view.start, view.start + _HEAD), (view.stop - _TAIL, view.stop)]
    for piece, (begin, stop) in enumerate(pieces):
        start, cut = begin, piece > 0
        for found in _ENDS.finditer(view.text, begin, stop):
            if found[0] == "." and _is_abbreviation(view.text, found, begin):
                continue
            if not cut and view.text[start : found.start()].strip(" .*\n"):
                yield start, found.start(), found["asks"] is not None
            start, cut = found.end(), False
        if not cut and view.text[start:stop].strip(" .*\n"):
            yield start, stop, False


def _is_abbreviation(text: str, found: re.Match[str], begin: int) -> bool:
    """Whether a full stop ends no sentence: "e.g.", the initials of a name."""
    if _ABBREVIATED.search(text, max(begin, found.start() - 8), found.start()):
        return True
    return text[found.start() - 1].isupper() and _INITIAL.match(text, found.end()) is not None


def _claim(text: str, start: int, end: int, runs: Sequence[Run], place: int) -> Claim:
    affirmed: list[Run] = []
    denied: set[str] = set()
    for at, run in enumerate(runs):
        before_end = runs[at - 1].end if at else start
        after_end = runs[at + 1].start if at + 1 < len(runs) else end
        begin = max(
            (each.end() for each in _PARTS.finditer(text, before_end, run.start)),
            default=before_end if at else start,
        )
        stop = next((each.start() for each in _PARTS.finditer(text, run.end, after_end)), after_end)
        if (
            _ASIDE.search(text, max(start, run.start - 40), run.start)
            or DENIED.search(text, begin, run.start)
            or DENIED.search(text, run.end, stop)
        ):
            denied.update(run.letters)
        else:
            affirmed.append(run)
    return Claim(start, end, tuple(affirmed), frozenset(denied), tuple(runs), place)


def set_against(others: Sequence[Claim], named: set[str]) -> bool:
    """Whether other claims deny all that they name, and name none of these."""
    return bool(others) and all(
        set(one.letters) <= each.denied and named.isdisjoint(one.letters)
        for each in others
        for one in each.runs
    )


def fits(run: Run, choices: Choices, multi: bool) -> bool:
    """Whether as many options are named as may be right: one, or some of several."""
    if multi:
        return len(run.letters) < len(choices.letters)
    return len(run.letters) == 1


def is_wordy(run: Run, choices: Choices) -> bool:
    """Whether a run is labels, or texts of words: no mere numbers.

    Args:
        run: The run.
        choices: The item's options, prepared for reading.
    """
    return run.label or all(_WORDY.match(choices.texts[letter]) for letter in run.letters)
