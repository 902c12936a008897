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


def join(values: Iterable[Value]) -> Value:
    """One of several values."""
    values = list(values)
    if len(values) == 1 and len(values[0].literals) <= _MANY:
        return values[0]
    labels: set[str] = set()
    control: set[str] = set()
    literals: set[str] = set()
    code: dict[ast.AST, None] = {}
    places: set[ast.AST] = set()
    scores: set[str] = set()
    for value in values:
        labels |= value.labels
        control |= value.control
        literals |= value.literals
        code.update(dict.fromkeys(value.code))
        places |= value.places
        scores |= value.scores
    if len(literals) > _MANY:
        literals = set(sorted(literals)[:_MANY])
    parts = frozenset(labels), frozenset(control), frozenset(literals)
    return Value(*parts, tuple(code), frozenset(places), frozenset(scores))


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
