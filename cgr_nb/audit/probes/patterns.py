"""Texts that a regular expression finds, made from its syntax tree.

A program's pattern is never run here: a hostile one could take for ever. It is parsed, and a small
matcher of our own, with a bound on its steps, tells whether a text fits.

Limits: what looks around (lookahead, lookbehind), back-references and conditions count as empty.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator, Sequence
from random import Random
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any, TypeAlias

__all__ = ["Pattern", "parse_pattern"]

PATTERN_LIMIT = 400
"""Characters of a pattern that is looked at."""
_STEPS = 4_000
_DEPTH = 40
_MOST_CHARS = 120
_REPEATS = (op.MAX_REPEAT, op.MIN_REPEAT, getattr(op, "POSSESSIVE_REPEAT", op.MAX_REPEAT))
_ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,:;-_%/<>()[]{}'\"=+\n"
_CATEGORIES: dict[Any, Callable[[str], bool]] = {
    op.CATEGORY_DIGIT: str.isdigit,
    op.CATEGORY_NOT_DIGIT: lambda char: not char.isdigit(),
    op.CATEGORY_SPACE: str.isspace,
    op.CATEGORY_NOT_SPACE: lambda char: not char.isspace(),
    op.CATEGORY_WORD: lambda char: char.isalnum() or char == "_",
    op.CATEGORY_NOT_WORD: lambda char: not (char.isalnum() or char == "_"),
}

Syntax: TypeAlias = Any
"""A node of a pattern's syntax tree, as `re` has it: a pair of kind and contents."""
Wanted = Callable[[int], Sequence[str]]
"""Number of a group, from 1 -> texts to be put there, the best first. A pattern without groups has
its whole as group 1."""


class Pattern:
    """One regular expression.

    Args:
        nodes: Its syntax tree.
        groups: Number of its groups.
        folded: Whether it ignores case.
    """

    def __init__(self, nodes: Sequence[Syntax], groups: int, folded: bool) -> None:
        self._nodes = nodes
        self._folded = folded
        self._left = 0
        self.groups = groups

    def text(self, wanted: Wanted, rng: Random) -> str:
        """A text that the pattern finds, with what is wanted in its groups, where it fits."""
        self._left = _STEPS
        if not self.groups:
            return self._fitting(self._nodes, wanted(1)) or self._made(self._nodes, wanted, rng, 0)
        return self._made(self._nodes, wanted, rng, 0)

    def within(self, text: str) -> str | None:
        """The first part of a text that fits; None when none does."""
        steps = [_STEPS]
        for start in range(min(len(text), _MOST_CHARS)):
            ends = list(_first(self._ends(self._nodes, text, start, steps), 1))
            if ends and ends[0] > start:
                return text[start : ends[0]]
        return None

    # --- making

    def _made(self, nodes: Sequence[Syntax], wanted: Wanted, rng: Random, depth: int) -> str:
        if depth > _DEPTH:
            return ""
        return "".join(self._one(node, wanted, rng, depth + 1) for node in nodes)[:_MOST_CHARS]

    def _one(self, node: Syntax, wanted: Wanted, rng: Random, depth: int) -> str:
        kind, given = node
        self._left -= 1
        if self._left < 0:
            return ""
        if kind is op.SUBPATTERN:
            group, inner = given[0], given[-1]
            fitting = None if group is None else self._fitting(inner, wanted(group))
            return self._made(inner, wanted, rng, depth) if fitting is None else fitting
        if kind is op.BRANCH:
            return self._made(rng.choice(given[1]), wanted, rng, depth)
        if kind in _REPEATS:
            least, most, inner = given
            whole = [] if self.groups else wanted(1)
            filled = self._fitting([node], whole[:1]) if len(inner) == 1 else None
            if filled and not _holds_literal(inner):
                return filled
            # What may be left out is left out, unless it holds something that is read.
            times = least if least or not _reads(inner) else min(1, most)
            made = (self._made(inner, wanted, rng, depth) for _ in range(min(times, _MOST_CHARS)))
            return "".join(made)
        if kind is getattr(op, "ATOMIC_GROUP", None):
            return self._made(given, wanted, rng, depth)
        if kind in (op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN):
            if kind is op.LITERAL:
                return chr(given)
            chars = [char for char in _ALPHABET if self._accepts(node, char)]
            plain = [char for char in chars if char.isalnum()] or chars
            return rng.choice(plain) if plain else ""
        return ""

    def _fitting(self, nodes: Sequence[Syntax], texts: Sequence[str]) -> str | None:
        return next((text for text in texts if self._fits(nodes, text)), None)

    # --- matching

    def _fits(self, nodes: Sequence[Syntax], text: str) -> bool:
        return any(end == len(text) for end in self._ends(nodes, text, 0, [_STEPS]))

    def _ends(
        self, nodes: Sequence[Syntax], text: str, at: int, steps: list[int], depth: int = 0
    ) -> Iterator[int]:
        """Places at which a match of some nodes from `at` can end."""
        steps[0] -= 1
        if steps[0] < 0 or depth > _DEPTH:
            return
        if not len(nodes):
            yield at
            return
        for end in self._after(nodes[0], text, at, steps, depth + 1):
            yield from self._ends(nodes[1:], text, end, steps, depth + 1)

    def _after(
        self, node: Syntax, text: str, at: int, steps: list[int], depth: int
    ) -> Iterator[int]:
        kind, given = node
        if kind is op.SUBPATTERN:
            yield from self._ends(given[-1], text, at, steps, depth)
        elif kind is op.BRANCH:
            for branch in given[1]:
                yield from self._ends(branch, text, at, steps, depth)
        elif kind in _REPEATS:
            yield from self._repeated(given, text, at, steps, depth)
        elif kind in (op.LITERAL, op.NOT_LITERAL, op.ANY, op.IN):
            if at < len(text) and self._accepts(node, text[at]):
                yield at + 1
        else:
            yield at

    def _repeated(
        self, given: Syntax, text: str, at: int, steps: list[int], depth: int
    ) -> Iterator[int]:
        least, most, inner = given
        found, places = [at] if not least else [], {at}
        for times in range(1, min(most, _MOST_CHARS) + 1):
            places = {
                end
                for place in places
                for end in self._ends(inner, text, place, steps, depth)
                if end > place
            }
            if not places:
                break
            if times >= least:
                found += sorted(places)
        yield from sorted(set(found), reverse=True)

    def _accepts(self, node: Syntax, char: str) -> bool:
        if self._folded:
            return self._takes(node, char.lower()) or self._takes(node, char.upper())
        return self._takes(node, char)

    def _takes(self, node: Syntax, char: str) -> bool:
        kind, given = node
        if len(char) != 1:  # "ß" in capitals
            return False
        if kind is op.LITERAL:
            return bool(given == ord(char))
        if kind is op.NOT_LITERAL:
            return bool(given != ord(char))
        if kind is op.ANY:
            return True
        negated: bool = bool(given) and given[0][0] is op.NEGATE
        return negated != any(_in_set(part, char) for part in given)


def parse_pattern(pattern: str, flags: int = 0) -> Pattern | None:
    """Parse a program's pattern; None when it is none, or too long."""
    if len(pattern) > PATTERN_LIMIT:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = parser.parse(pattern, flags & (re.I | re.X | re.S | re.M | re.A))
    except (re.error, RecursionError, OverflowError, ValueError, MemoryError):
        return None
    return Pattern(list(tree), tree.state.groups - 1, bool(tree.state.flags & re.I))


def _in_set(part: Syntax, char: str) -> bool:
    kind, given = part
    if kind is op.LITERAL:
        return len(char) == 1 and given == ord(char)
    if kind is op.RANGE:
        return len(char) == 1 and given[0] <= ord(char) <= given[1]
    if kind is op.CATEGORY:
        return _CATEGORIES.get(given, bool)(char)
    return False


def _reads(nodes: Sequence[Syntax]) -> bool:
    """Whether a group stands in some nodes."""
    for kind, given in nodes:
        if kind is op.SUBPATTERN and (given[0] is not None or _reads(given[-1])):
            return True
        if kind in _REPEATS and _reads(given[2]):
            return True
        if kind is op.BRANCH and any(_reads(branch) for branch in given[1]):
            return True
    return False


def _holds_literal(nodes: Sequence[Syntax]) -> bool:
    return any(kind is op.LITERAL for kind, _ in nodes)


def _first(ends: Iterator[int], count: int) -> Iterator[int]:
    for _, end in zip(range(count), ends, strict=False):
        yield end
