"""A thought that is not closed, but ends with its answer: "So the answer is A. Copernicus."."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgr_nb.answers.evidence import FINAL, Statement
from cgr_nb.answers.labels import Choices
from cgr_nb.answers.lazy_pattern import LazyPattern
from cgr_nb.answers.view import View

__all__ = ["closing_thought"]

_LAST = 400
"""Characters at the end of a thought in which its closing sentence may begin."""
_CLOSES = LazyPattern(
    r"(?:\A|[.!?]\s|\n)\s?(?:so|thus|therefore|hence),?\s(?:the\s)?(?:correct\s|right\s|best\s|final\s)?"
    r"(?:answer|option|choice)\s(?:is|must\sbe|has\sto\sbe)\s?:?\s?(?:option\s)?"
    r"[(\[]?(?P<letter>[A-Z])[)\]]?\s?[.:,–-]?\s[(\"“]?(?P<text>[^\n]{1,300}?)[)\"”]?\s?[.!]?\s?\Z",
    re.IGNORECASE,
)


def closing_thought(view: View, choices: Choices) -> Iterator[Statement]:
    """The closing sentence of a thought, where it tells label and whole text of one option: so it
    is not cut.

    Args:
        view: The reply, which ends inside its thought.
        choices: The item's options, prepared for reading.
    """
    begin = max(view.start, view.stop - _LAST)
    found = _CLOSES.search(view.text, begin, view.stop)
    if found and choices.named(found["text"]) == (found["letter"],):
        start = found.start("letter")
        yield Statement("closing_thought", FINAL, (found["letter"],), start, view.stop)
