"""What one rule read at one place of a reply, before the statements are weighed against each
other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from cgr_nb.answers.labels import Choices
from cgr_nb.answers.view import View

__all__ = ["FINAL", "STATED", "WEAK", "Rule", "Statement"]

WEAK, STATED, FINAL = 1, 2, 3
"""How firmly a form of words gives the answer: in passing, as the answer, as the final answer."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One place of a reply that names options as right or wrong."""

    rule: str
    """Name of the rule that read it."""
    strength: int
    """WEAK, STATED or FINAL."""
    letters: tuple[str, ...]
    """Labels named, upper case, in the order read; may lie outside the options. Empty: no option at
    all."""
    start: int
    end: int
    either: bool = False
    """The letters are alternatives."""
    denies: bool = False
    """The letters are called wrong."""
    one_of_many: bool = False
    """A judgement of one option among several ("B is correct"): in multi mode, such judgements add
    up."""
    complete: bool = False
    """Every option was judged, and these are the right ones."""


Rule = Callable[[View, Choices, bool], Iterable[Statement]]
"""(reply, options, multi) -> statements, in the order of the text."""
