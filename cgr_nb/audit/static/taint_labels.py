"""What the audit knows of a value: where it can come from, without running anything."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import dataclass, replace

from cgr_nb.util.quick_records import quick

__all__ = [
    "ASK",
    "BELIEF",
    "COMPUTED",
    "DYNAMIC",
    "ITEM",
    "NONE",
    "SOLVER",
    "Value",
    "join",
    "reply_of",
    "reply_sites",
    "worked_out",
]

ASK = "ask"
"""Made from a solver's reply."""
SOLVER = "solver"
"""Is, or holds, the function `ask` itself."""
ITEM = "item"
"""Taken from the item."""
COMPUTED = "computed"
"""Worked out: arithmetic, comparison, a library."""
BELIEF = "belief"
"""GENERATOR_ANSWER."""
DYNAMIC = "dynamic"
"""Made by code that is only known at run time (eval, getattr ...)."""

_MANY = 64
_FEW = 8
_REPLY = "reply of line "
"""Prefix of the label that tells replies of different places apart."""


@quick
@dataclass(frozen=True, slots=True)
class Value:
    """Origins of a value."""

    labels: frozenset[str] = frozenset()
    """What it is made of; empty for a literal."""
    control: frozenset[str] = frozenset()
    """What decides whether it is this value or another."""
    literals: frozenset[str] = frozenset()
    """`repr` of each literal it can be."""
    code: tuple[ast.AST, ...] = ()
    """Functions or classes of the program that it can be, or be an instance of."""
    places: frozenset[ast.AST] = frozenset()
    """Where in the program the containers and objects that it can be were made. What is in them is
    kept by place, for they are changed under many names."""
    scores: frozenset[str] = frozenset()
    """What `.scores` of it is made of, where that is more than the text itself tells: of a reply
    with one text to choose from, the program chose the text and the solver gave the scores."""

    @property
    def decides(self) -> frozenset[str]:
        """What a branch on this value depends on."""
        return self.labels | self.control

    @property
    def is_literal(self) -> bool:
        """True for a value written into the program."""
        return not self.labels and bool(self.literals)

    def under(self, control: frozenset[str]) -> Value:
        """The same value, set in a branch."""
        return self if control <= self.control else replace(self, control=self.control | control)


NONE = Value(literals=frozenset({"None"}))
_NOTHING = Value()


def join(values: Iterable[Value]) -> Value:
    """One of several values."""
    values = list(values)
    if len(values) > _FEW:
        # By halves: put one by one into ever larger sets, many would take the square of their time.
        half = len(values) // 2
        values = [join(values[:half]), join(values[half:])]
    if not values:
        return _NOTHING
    one = values[0]
    labels, control, literals = one.labels, one.control, one.literals
    code, places, scores = one.code, one.places, one.scores
    for value in values[1:]:
        # Most have little in them: a set is made where there is something to put into it.
        if value.labels:
            labels = labels | value.labels
        if value.control:
            control = control | value.control
        if value.literals:
            literals = literals | value.literals
        if value.code:
            code = tuple(dict.fromkeys((*code, *value.code)))
        if value.places:
            places = places | value.places
        if value.scores:
            scores = scores | value.scores
    if len(literals) > _MANY:
        literals = frozenset(sorted(literals)[:_MANY])
    elif len(values) == 1:
        return one
    return Value(labels, control, literals, code, places, scores)


def worked_out(values: Iterable[Value], *labels: str) -> Value:
    """A new value made from several."""
    made = join(values)
    return Value(made.labels | {COMPUTED, *labels}, made.control, places=made.places)


def reply_of(line: int, told: Value) -> Value:
    """A solver's reply: it can repeat the belief and carries on the replies that its prompt held.

    Args:
        line: Line of the call.
        told: What the call was given.
    """
    carried = {one for one in told.decides if one == BELIEF or one.startswith(_REPLY)}
    return Value(frozenset({ASK, f"{_REPLY}{line}"} | carried))


def reply_sites(labels: Iterable[str]) -> set[int]:
    """Lines whose replies are among the origins."""
    return {int(one.removeprefix(_REPLY)) for one in labels if one.startswith(_REPLY)}
