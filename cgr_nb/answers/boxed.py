"""The rule for `\\boxed{...}`: the mathematician's way of marking the final answer."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cgr_nb.answers.labels import Choices, read_group
from cgr_nb.answers.listing import listed
from cgr_nb.answers.statement import FINAL, Statement
from cgr_nb.answers.view import View

__all__ = ["boxed"]

_BOX = re.compile(
    r"\\(?:boxed|fbox|framebox)\s?\{[\s\"':]{0,40}(?:(?:option|choice"
    r"|answer)s?\b[\s:]{0,4}(?:is\s)?)?",
    re.IGNORECASE,
)

_BRACE = re.compile(r"[{}\n]")


def boxed(view: View, choices: Choices, multi: bool) -> Iterator[Statement]:
    """A box that holds labels, or the exact text of one option. A box with anything else says
    nothing.

    Example:
        `\\boxed{C}`, `\\boxed{\\text{(C) } 4}`, `\\boxed{\\textbf{B, D}}`
    """
    text = view.text
    for box in _BOX.finditer(text, view.start, view.stop):
        group = read_group(text, box.end(), choices, stop=view.stop, small=True, article=True)
        if group:
            close = max(group.end, _closing(text, box.end(), view.stop))
            found = listed(text, group, choices, close)
            yield Statement("boxed", FINAL, found.letters, box.start(), found.end, either=found.either)
            continue
        close = _closing(text, box.end(), view.stop)
        named = choices.named(text[box.end() : close])
        if named:
            yield Statement("boxed_text", FINAL, named, box.start(), close, either=len(named) > 1)


def _closing(text: str, pos: int, stop: int) -> int:
    """Where the box ends, as far as can be told within 400 characters."""
    depth, limit = 0, min(stop, pos + 400)
    for found in _BRACE.finditer(text, pos, limit):
        if found[0] == "{":
            depth += 1
        elif depth == 0:
            return found.start()
        elif found[0] == "}":
            depth -= 1
    return limit
