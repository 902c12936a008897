"""Conclusions in the options' own words or by their place: "so the platypus and the chicken", "the
second option is right". They count only in the last sentence, and where nobody names a label."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgr_nb.answers.evidence import WEAK, Statement
from cgr_nb.answers.labels import Choices
from cgr_nb.answers.view import View

__all__ = ["behind_own_text", "concluding_text", "ordinals"]

_LONGEST = 300
"""Characters of a last sentence that is read."""
_SENTENCE_START = re.compile(r"(?:\A|[.!?](?=\s)|\n|;)\s?")
_DENIED = re.compile(
    r"\b(?:not|never|neither|nor|except|wrong|false|incorrect|unlike|if|whether|could|might|may|than"
    r"|cannot|isn|aren|would)\b|n't\b",
    re.IGNORECASE,
)
_LEADS = re.compile(
    r"\b(?:is|are|be|equals?|remains|becomes|called|choose|pick|select|i\.e\.)\b"
    r"(?:\s(?:therefore|thus|then|hence|both|just|only))?\s?:?\s?|[:=→]\s?"
    r"|\A(?:so|thus|therefore|hence),?(?:\s(?:it's|it\sis))?\s",
    re.IGNORECASE,
)
_LABEL = re.compile(r"[(\[]\s?[A-Z]\s?[)\]]|\b(?i:option|choice)\s[A-Z]\b|\A[A-Z][.):]")
_JOINTS = re.compile(r",\s?(?:and\s)?|\sand\s|;\s?|\s&\s")
_ARTICLE = re.compile(r"\A(?:the|a|an|both|either)\s", re.IGNORECASE)
_BOX = re.compile(r"\A\\(?:boxed|fbox)\s?\{(?P<inside>.{1,240})\}\s?\Z", re.DOTALL)


def _last_sentence(view: View) -> tuple[int, int]:
    """Start and end of the last sentence, its mark left out."""
    stop = len(view.text[view.start : view.stop].rstrip(" .!\n")) + view.start
    begin = max(view.start, stop - _LONGEST)
    starts = [found.end() for found in _SENTENCE_START.finditer(view.text, begin, stop)]
    if starts:
        return starts[-1], stop
    return (view.start if begin == view.start else stop), stop


def _named(choices: Choices, words: str) -> tuple[str, ...]:
    """The letters of a piece that is one option's text, or of several joined by commas or "and"."""
    words = words.strip()
    box = _BOX.match(words)
    pieces = [box["inside"] if box else words]
    for _ in range(2):
        letters: list[str] = []
        for piece in pieces:
            named = choices.named(piece) or choices.named(_ARTICLE.sub("", piece.strip()))
            if len(named) != 1:
                break
            letters += named
        else:
            return tuple(dict.fromkeys(letters))
        pieces = [piece for piece in _JOINTS.split(pieces[0]) if piece.strip()]
    return ()


def concluding_text(view: View, choices: Choices, multi: bool) -> Iterator[Statement]:
    """A last sentence that ends in one option's text, or several in multi mode.

    Example:
        "Thus the missing nutrient is vitamin C.", "Abelian: Z6 and Z2×Z2.", "Macbeth, Othello"
    """
    if not choices.longest or view.text[view.stop - 1] in "?,;:":
        return
    start, stop = _last_sentence(view)
    sentence = view.text[start:stop]
    if not sentence or _DENIED.search(sentence) or _LABEL.search(sentence):
        return
    if sentence in view.text[view.start : start]:
        return  # a loop, cut somewhere
    places = [found.end() for found in _LEADS.finditer(sentence)][:8]
    if start == view.start:
        places.append(0)
    for place in places:
        letters = _named(choices, sentence[place:])
        if letters and (multi or len(letters) == 1) and len(letters) < len(choices.letters):
            yield Statement("concluding_text", WEAK, letters, start + place, view.stop)
            return


_BEHIND = re.compile(r"[(\[]\s?(?P<letter>[A-Z])\s?[)\]]")


def behind_own_text(view: View, choices: Choices, multi: bool) -> Iterator[Statement]:
    """Labels in brackets, each behind its option's text: all of the last sentence, or the only one
    of the reply.

    Example:
        "The bacterial diseases are cholera (C) and tuberculosis (B)."
    """
    if not choices.longest:
        return
    found = [
        each
        for each in _BEHIND.finditer(view.text, view.start, view.stop)
        if each["letter"] in choices.letters
    ]
    start, stop = _last_sentence(view)
    if len({each["letter"] for each in found}) == 1:
        start = max(view.start, view.text.rfind(".", view.start, found[0].start()) + 1)
        end = view.text.find(".", found[0].end(), view.stop)
        stop = view.stop if end < 0 else end
    last = [each for each in found if start <= each.start() < stop]
    if not last or _DENIED.search(view.text[start : last[-1].end()]):
        return
    for each in last:
        own = choices.texts[each["letter"]]
        before = view.text[max(start, each.start() - len(own) - 4) : each.start()]
        if not own or not before.casefold().rstrip(" \"'").endswith(own):
            return
    letters = tuple(dict.fromkeys(each["letter"] for each in last))
    yield Statement("behind_own_text", WEAK, letters, last[0].start(), last[-1].end())


_ORDINAL = r"(?:first|second|third|fourth|fifth|last)"
_ORDINALS = re.compile(
    rf"(?P<so>\b(?:so|thus|hence|therefore|accordingly|i\.e\.|answer\sis),?\s)?\b(?:the\s)?"
    rf"(?P<list>{_ORDINAL}(?:\s(?P<count>two|three|four))?(?:(?:,\s(?:and\s)?|\sand\s)(?:the\s)?{_ORDINAL}){{0,4}})"
    r"\s(?:options?|choices?|answers?|statements?|ones?)(?P<rest>\s(?:is|are)\s(?:the\s)?(?:both\s|all\s)?"
    r"(?:correct|right|true)\b|\shold\b)?(?P<ends>\s?(?:[.,;!:\n]|\Z))?",
    re.IGNORECASE,
)
_PLACES = {"first": 0, "second": 1, "third": 2, "fourth": 3, "fifth": 4, "last": -1}
_COUNTS = {"two": 2, "three": 3, "four": 4}


def ordinals(view: View, choices: Choices, multi: bool) -> Iterator[Statement]:
    """Options called right by their place.

    Example:
        "The second option is right.", "So the first and the third options.", "Hence the last two
        options are correct."
    """
    for found in _ORDINALS.finditer(view.text, max(view.start, view.stop - _LONGEST), view.stop):
        if not (found["rest"] or (found["so"] and found["ends"])):
            continue
        places = [_PLACES[each] for each in re.findall(_ORDINAL, found["list"].lower())]
        order = choices.letters
        if found["count"]:
            size = _COUNTS[found["count"].lower()]
            letters = order[:size] if places[0] == 0 else order[-size:]
        elif all(place < len(order) for place in places):
            letters = tuple(dict.fromkeys(order[place] for place in places))
        else:
            continue
        yield Statement("ordinals", WEAK, letters, found.start(), found.end())
