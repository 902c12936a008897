"""A reply that completes the question's sentence with a label and its text, and says no more.

Models without instruction tuning go on from the last words of the prompt: "the act constitutes
A: wilful damage.", "so S is the triangle's [C] incentre". Nothing announces the label, so it counts
only where it is the only one of the whole reply, wears a bracket or a colon, and nothing in its
sentence denies, supposes or asks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgr_nb.answers.evidence import WEAK, Statement
from cgr_nb.answers.labels import Choices
from cgr_nb.answers.languages import named_in
from cgr_nb.answers.lazy_pattern import LazyPattern
from cgr_nb.answers.tokens import sentences_of, tokens_of
from cgr_nb.answers.verdicts import is_right, is_wrong
from cgr_nb.answers.view import View

__all__ = ["completing"]

_ANY = LazyPattern(
    r"[(\[]\s?(?P<both>[A-Z])\s?[)\]](?![\^_])"
    r"|(?<![A-Za-z0-9\\^_(\[{'’])(?P<one>[A-Z])(?![A-Za-z0-9'’^_({])"
)
_COLON = LazyPattern(r"\s?:\s?(?=[^\s:])")
_WORDS = LazyPattern(r"\s?[^\W\d_]")
_DENIED = LazyPattern(
    r"\b(?:not|n't|never|no|if|whether|except|unless|suppose|wrong|false|incorrect|equation"
    r"|part|point"
    r"|case|figure|eq|option|options|statement|consider|check|let)\b|n't\b",
    re.IGNORECASE,
)
_WIDE = LazyPattern(r"[\u3040-\u9fff\uac00-\ud7af]\s?\Z")
_DENIES = frozenset({"not", "wrong", "except"})
_DOUBT = frozenset({"if", "maybe"})
_MOST = 3_000
"""Characters of a reply that is read in this way."""


def completing(view: View, choices: Choices, multi: bool) -> Iterator[Statement]:
    """The only label of a reply, in its last sentence or, where it wears a colon, its first.

    Example:
        "甲的行为构成A:故意毁坏财物罪。", "... so S is the [C] incentre."
    """
    if view.stop - view.start > _MOST:
        return
    found = [
        each
        for each in _ANY.finditer(view.text, view.start, view.stop)
        if (each["both"] or each["one"]) in choices.letters
    ]
    marked = [each for each in found if each["both"] or _COLON.match(view.text, each.end())]
    if len(marked) != 1 or any(
        (each["both"] or each["one"]) != (marked[0]["both"] or marked[0]["one"]) for each in found
    ):
        return
    label = marked[0]
    sentences = list(sentences_of(view))
    place = next(
        (at for at, (start, end, _) in enumerate(sentences) if start <= label.start() < end), None
    )
    if place is None or sentences[place][2]:
        return
    first, last = place == 0, place == len(sentences) - 1
    start, end, _ = sentences[place]
    if not _looks_like_label(view, label, choices):
        return
    if label["both"]:
        # At the very end or at the beginning other rules read it.
        if not last or label.start() - start < 4 or not _WORDS.match(view.text, label.end(), end):
            return
    elif not (first or last) or label.start() == start:
        return
    before = view.text[start : label.start()]
    if _DENIED.search(before) or is_wrong(view.text, label.end(), end):
        return
    if is_right(view.text, label.end(), end) or not before.strip():
        return
    for language in named_in(view.text[view.start : view.stop]):
        tokens = list(tokens_of(view.text, start, label.start(), language, choices))
        clause = max((at for at, token in enumerate(tokens) if token.mark == ","), default=0)
        if any(token.kinds & _DENIES for token in tokens) or any(
            token.kinds & _DOUBT for token in tokens[clause:]
        ):
            return
    letter = label["both"] or label["one"]
    yield Statement("completing", WEAK, (letter,), label.start(), label.end())


def _looks_like_label(view: View, label: re.Match[str], choices: Choices) -> bool:
    """Whether it looks like a label: its own text follows, or it stands in square brackets, or
    among characters where no capital is a word or a quantity's name."""
    letter = label["both"] or label["one"]
    rest = view.text[label.end() : min(view.stop, label.end() + 240)].lstrip(" :")
    if choices.follows(letter, rest):
        return True
    if choices.texts[letter]:
        return False
    before = view.text[max(view.start, label.start() - 2) : label.start()]
    return label[0][0] == "[" or _WIDE.search(before) is not None
