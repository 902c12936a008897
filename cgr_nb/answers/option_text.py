"""Rules for answers given in the option's own words, without its label.

Only an exact text counts (typography, case and outer punctuation aside), and only when one option
has it: two options with the same text are an ambiguity.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgr_nb.answers.evidence import STATED, WEAK, Statement
from cgr_nb.answers.hedges import PLANNED
from cgr_nb.answers.labels import Choices
from cgr_nb.answers.languages import NOT_INTRODUCED
from cgr_nb.answers.lazy_pattern import LazyPattern
from cgr_nb.answers.view import View

__all__ = ["option_text"]

_ENDS = LazyPattern(r"[\n\r]|[.!?](?=\s|\Z)")
_PIECES = LazyPattern(r"[\n\r;]|[.!?](?=\s|\Z)")
_POLAR = frozenset({"yes", "no", "maybe", "true", "false"})
_POLAR_START = LazyPattern(
    r"[\s\"'(]{0,4}(yes|no|maybe|true|false)(?=\s{0,2}[,;:(–—]|\s-)", re.IGNORECASE
)


def option_text(view: View, choices: Choices, multi: bool) -> Iterator[Statement]:
    """The reply is, begins with, or ends with a sentence or line that is one option's text.

    Where the options are yes, no, maybe, true or false, that word and a comma begin the reply just
    as well.

    Example:
        "Paris.", "Azithromycin\\n\\nThis drug ...", "Yes, the trial shows ..."
    """
    if not choices.longest or view.start >= view.stop:
        return
    text = view.text
    several = _several(view, choices)
    if several:
        either = len(several) < 2 or not multi
        yield Statement("option_text", STATED, several, view.start, view.stop, either=either)
        return
    for start, end, strength in _segments(view):
        named = choices.named(text[start:end])
        if named and start > view.start and _in_list(view, start, choices):
            return
        if named and PLANNED.search(text, end, view.stop):
            return
        if named:
            yield Statement("option_text", strength, named, start, end, either=len(named) > 1)
            return
    polar = _POLAR_START.match(text, view.start, view.stop)
    if polar and all(words in _POLAR for words in choices.texts.values() if words):
        named = choices.named(polar[1])
        if named:
            yield Statement(
                "option_text", STATED, named, polar.start(1), polar.end(1), either=len(named) > 1
            )


def _segments(view: View) -> Iterator[tuple[int, int, int]]:
    """The places where an option's text may stand: whole reply, first sentence, first line, last
    line."""
    text, start, stop = view.text, view.start, view.stop
    if stop - start <= 2000:
        yield start, stop, STATED
    for end in list(_ENDS.finditer(text, start, min(stop, start + 400)))[:3]:
        yield start, end.start(), STATED
    begin = 1 + max(text.rfind("\n", start, stop), text.rfind("\r", start, stop))
    if begin > start and stop - begin <= 400:
        yield begin, stop, WEAK


def _in_list(view: View, start: int, choices: Choices) -> bool:
    """Whether the line before this one names an option too: a list, of which it is but a part."""
    line = view.text[view.start : start].rstrip().rsplit("\n", 1)[-1]
    planned = line.endswith(":") and NOT_INTRODUCED.search(line) is not None
    return planned or bool(choices.named(line.lstrip(" 0123456789.)")))


def _several(view: View, choices: Choices) -> tuple[str, ...]:
    """The letters of a reply that is nothing but the texts of several options, one a line or a
    sentence; none where something else is said, or where all are listed."""
    if view.stop - view.start > 2000:
        return ()
    letters: list[str] = []
    for piece in _PIECES.split(view.text[view.start : view.stop]):
        if not piece.strip():
            continue
        named = choices.named(piece)
        if len(named) != 1:
            return ()
        letters += named
    found = tuple(dict.fromkeys(letters))
    return found if 1 < len(found) < len(choices.letters) else ()
