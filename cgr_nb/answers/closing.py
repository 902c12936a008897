"""A closing sentence that singles out labels, where nothing is announced.

"Only B and D are one-to-one.", "So 14, option (B).", "A and D satisfy both conditions, while B
and C do not.", "That's B." It is the last sentence with labels in it, but for those that deny
other labels, and at most one sentence without labels follows it. One group of labels must be
affirmed in it, and the others denied; a word of doubt or of planning (`not_chosen` in
languages.toml), or a question, closes nothing. A bare capital counts only where the reply does
not use that letter for something else: a point, a quantity.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from cgr_nb.answers.capitals import LEADS, NOUN, used_otherwise
from cgr_nb.answers.evidence import WEAK, Statement
from cgr_nb.answers.labels import Choices, Group
from cgr_nb.answers.languages import NOT_CHOSEN
from cgr_nb.answers.lazy_pattern import LazyPattern
from cgr_nb.answers.listing import listed
from cgr_nb.answers.polarity import polarity
from cgr_nb.answers.verdicts import is_wrong
from cgr_nb.answers.view import View

__all__ = ["closing_sentence"]

_CLOSING = 500
"""Characters at the end of a reply in which its closing sentence begins."""
_ENDS = LazyPattern(r"(?P<asks>\?)|[.!;](?=\s|\Z)(?!\s[a-z])|\n")
_LABEL = r"(?:[(\[]\s?[A-Z]\s?[)\]]|[A-Z])(?![\w'’^_(=+*/-]|\.\w)"
_JOINED = (
    rf"{_LABEL}(?:\s?(?:,\s?(?:(?:and|or)\s)?|\s?&\s?|\s(?:and|or|as\swell\sas)\s)"
    rf"(?:(?:options?|statements?|choices?)\s)?{_LABEL}){{0,9}}"
)
_GROUP = LazyPattern(rf"(?<![\w\\^'’(=+*/]){_JOINED}|[(\[]\s?[A-Z]\s?[)\]](?![\^_(=])")
_CAPITAL = LazyPattern(r"(?<![A-Za-z])[A-Z](?![A-Za-z])")
_SO = LazyPattern(
    r"\A\s?(?:(?:and|but|now|well)[,:]?\s)?(?:so|thus|hence|therefore|consequently|accordingly"
    r"|in\s(?:conclusion|summary|short|total|all)|finally|overall|altogether|final\sanswers?"
    r"|conclusion"
    r"|result|summary|by\selimination|∴|⇒|→|\\(?:Rightarrow|therefore|implies|rightarrow)"
    r"|[=-]>)(?![A-Za-z])"
    r"|[,:;—–]\s(?:and\s)?(?:so|thus|hence|therefore)\b|\bit\sfollows\sthat\b",
    re.IGNORECASE,
)
_SO_AMID = LazyPattern(r"[,;:—–]\s(?:and\s)?(?:so|thus|hence|therefore)\b", re.IGNORECASE)
_ONLY = LazyPattern(
    r"(?:\A|\W)(?:only|just|solely)\s(?:(?:the|options?|statements?|choices?|both)\s){0,2}\Z",
    re.IGNORECASE,
)
_ARTICLE = LazyPattern(
    r"A\s(?!(?:is|are|was|has|have|does|do|can|must|works?|holds?|fails?|fits?|match(?:es)?"
    r"|satisf\w{2,4}|and|or"
    r"|only|alone|because|since|as|which|it|says?|follows|remains?)\b)[a-z]"
)
_ENDS_CLAUSE = LazyPattern(
    r"\s?(?:\.(?!\s?[a-z])|[,;:!)\]*]|\Z|\s(?:because|since|as|only|alone|hold|apply|remain|here"
    r"|which|for|due|it\sis)\b)"
)
_THE_ONE = LazyPattern(
    r"\s(?:is|are|would\sbe|must\sbe)\s(?:(?:therefore|thus|then|clearly|what\s(?:we|you|they|i"
    r"|was|is))\b"
    r"|(?:the|our|my)\s(?:\w{3,10}\s)?(?:only|ones?|match|best|right|correct|answers?|options?"
    r"|choices?|pick)\b)",
    re.IGNORECASE,
)
_DENIED = LazyPattern(
    r"\b(?:not|never|neither|nor|cannot|no|wrong|incorrect|false|untrue|invalid|excluded|ruled"
    r"|out|fails?"
    r"|contradict\w{0,3}|violat\w{1,3}|rejected|discarded|eliminated|except|unlike)\b|n['’]t\b",
    re.IGNORECASE,
)
_PARTS = LazyPattern(r"[,;](?=\s)|\s[—–-]\s|\b(?:while|whereas|but|although|though|and\sso)\b")
_SAYS = LazyPattern(
    r"[,;—–]\s(?:which|that|this)\sis\s(?:exactly\s|just\s)?what\s(?:(?:option|choice)\s)?\Z"
)
_STATES = LazyPattern(r"\s(?:says?|states?|claims?|gives?|describes?)\s?\Z")
_ASIDE = LazyPattern(r"\((?:option\s|choice\s)?([A-Z])\)", re.IGNORECASE)
_SAID = LazyPattern(r"\Z|(?:because|since|as|in|for|at|by|under|here|too|and|but|while)\b")
"""What may follow a judgement: "work" judges, "work through incentives" doesn't."""
_OR = LazyPattern(r"\bor\b")
_OTHERS_BEFORE = LazyPattern(
    r"(?:\A|(?<=[.!?]\s)|(?<=\n))(?:(?:[Oo]ptions?|[Ss]tatements?|[Cc]hoices?)\s)?[(\[]?[A-Z][)\]]?"
    r"(?:\s\([^()\n]{1,80}\))?(?:,\s|\s(?:and|&)\s|\s(?:is|are|has"
    r"|have)\s)[^.!?\n]{1,200}[.!?]?\s?\Z"
)
"""The sentence before says something of other labels, as this one does: neither is singled out."""


@dataclass(frozen=True, slots=True)
class _Named:
    """Labels that stand together in a sentence."""

    letters: tuple[str, ...]
    start: int
    end: int
    marked: bool
    either: bool


def closing_sentence(view: View, choices: Choices, multi: bool) -> Iterator[Statement]:
    """The labels that the last sentence with labels singles out."""
    text, passed = view.text, 0
    for start, end, asks in _sentences(view):
        groups = _groups(text, start, end, choices)
        if not groups:
            passed += 1
            if asks or passed > 1 or NOT_CHOSEN.search(text, start, end):
                return
            continue
        if asks:
            return
        parts = [_part(text, start, end, each, groups) for each in groups]
        denied = [_is_denied(text, each, *part) for each, part in zip(groups, parts, strict=True)]
        affirmed = [place for place, no in enumerate(denied) if not no]
        if not affirmed:
            continue  # what it denies is not the answer; the answer may stand before it
        named, (first, last) = groups[affirmed[0]], parts[affirmed[0]]
        if len(affirmed) > 1 or NOT_CHOSEN.search(text, first, last):
            return
        if text[start:end] in text[view.start : start]:
            return  # a loop, cut somewhere
        if _singles_out(view, start, last, named, choices, contrasted=any(denied)):
            group = Group(named.letters, named.start, named.end, named.either, named.marked)
            more = listed(text, group, choices, end)
            yield Statement(
                "closing", WEAK, more.letters, named.start, more.end, either=more.either
            )
        return


def _sentences(view: View) -> Iterator[tuple[int, int, bool]]:
    """Start, end and whether it asks, of the last sentences, the last one first."""
    start = max(view.start, view.stop - _CLOSING)
    stop, asks = view.stop, False
    for each in reversed(list(_ENDS.finditer(view.text, start, view.stop))):
        if view.text[each.end() : stop].strip(" .*\n"):
            yield each.end(), stop, asks
        stop, asks = each.start(), each["asks"] is not None
    if start == view.start and view.text[start:stop].strip():
        yield start, stop, asks


def _groups(text: str, start: int, end: int, choices: Choices) -> list[_Named]:
    result = []
    for found in _GROUP.finditer(text, start, end):
        letters = tuple(dict.fromkeys(_CAPITAL.findall(found[0])))
        marked = found[0][0] in "(["
        if not letters or not set(letters) <= set(choices.letters):
            continue
        word = letters == ("I",) or _ARTICLE.match(text, found.start(), end) is not None
        if word and not marked and len(letters) == 1:
            continue
        result.append(
            _Named(letters, found.start(), found.end(), marked, _OR.search(found[0]) is not None)
        )
    return result


def _part(
    text: str, start: int, end: int, named: _Named, groups: Sequence[_Named]
) -> tuple[int, int]:
    """The part of a sentence that is said of these labels; all of it where there are no others."""
    if len(groups) == 1:
        so = list(_SO_AMID.finditer(text, start, named.start))
        return (so[-1].start() if so else start), end
    first = max((each.end() for each in _PARTS.finditer(text, start, named.start)), default=start)
    following = [each.start for each in groups if each.start > named.start][:1] or [end]
    last = next((each.start() for each in _PARTS.finditer(text, named.end, following[0])), end)
    return first, last


def _is_denied(text: str, named: _Named, first: int, last: int) -> bool:
    if is_wrong(text, named.end, last):
        return True
    words = text[named.end : last].split(" ")[1:6]
    if any(polarity(" ".join(words[:size])) is False for size in range(len(words), 0, -1)):
        return True
    return _DENIED.search(text, first, last) is not None


def _singles_out(
    view: View, start: int, last: int, named: _Named, choices: Choices, *, contrasted: bool
) -> bool:
    """Whether the words around the labels make them the answer."""
    text = view.text
    before, after = text[start : named.start], text[named.end : last]
    noun = NOUN.search(before)
    led = before[: noun.start()] if noun else before
    only = _ONLY.search(before) is not None or after.strip(" .!*)") in {"only", "alone"}
    so, several = _SO.search(before) is not None, len(named.letters) > 1
    styled = named.marked or noun is not None
    if not styled and (used_otherwise(view, named.letters) or named.end >= view.stop):
        return False  # the name of something else, or a sentence that was cut behind "A"
    if len(named.letters) >= len(choices.letters) and not (so and noun):
        return False
    if led.endswith("(") and any(
        each[1] not in named.letters for each in _ASIDE.finditer(text, view.start, start)
    ):
        return False  # each value has its option in brackets
    if only:
        return True
    if _SAYS.search(before) and _STATES.match(after):
        return True
    lead = LEADS.search(led) is not None and bool(led.strip())
    ends = _ENDS_CLAUSE.match(after) is not None
    if ends and (lead or (noun and so)):
        return True
    if _THE_ONE.match(after):
        return True
    if several and so and (styled or lead):
        return True
    words = after.split(" ")[1:7]
    right = any(
        polarity(" ".join(words[:size])) is True and _SAID.match(" ".join(words[size:]))
        for size in range(len(words), 0, -1)
    )
    subject = not led.strip() and (contrasted or not noun) and len(after.strip()) > 3
    if several and subject and not (right or contrasted):
        return not _OTHERS_BEFORE.search(text, view.start, start)
    return several and (right or subject)
