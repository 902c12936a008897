"""Choosing one of several texts: a tree of their tokens and the forks a model must decide.

Each text stands in the tree twice, as it is and after one space: many tokenisers begin a word with
its space, and a model should not be asked to choose in a form it never writes. At each fork only
the tokens that continue a text can be drawn. Where a text ends that another one continues, the
token that ends a turn is the third way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from cgr_nb.errors import RequestError

__all__ = ["ChoiceTree", "Fork", "Leaf"]


@dataclass(slots=True)
class _Node:
    children: dict[int, _Node] = field(default_factory=dict)
    choice: str | None = None


@dataclass(frozen=True, slots=True)
class Fork:
    """A place where the model decides."""

    path: tuple[int, ...]
    """Tokens from the end of the prompt up to here."""
    ways: tuple[int, ...]
    """Tokens to choose among, at least two."""
    node: _Node


@dataclass(frozen=True, slots=True)
class Leaf:
    """A choice that is made."""

    choice: str
    tokens: int
    """Tokens of the form in which it was chosen."""


class ChoiceTree:
    """The token tree of a set of texts."""

    def __init__(
        self, choices: Sequence[str], tokenise: Callable[[str], list[int]], end: int
    ) -> None:
        """Build the tree.

        Args:
            choices: The texts; none is empty.
            tokenise: Text -> tokens, control tokens not parsed.
            end: The token that ends a turn.

        Raises:
            RequestError: Two texts have the same tokens.
        """
        self._end = end
        self._root = _Node()
        self.longest = 0
        """Tokens of the longest text: the room a choice can need."""
        for choice in dict.fromkeys(choices):
            for form in (choice, f" {choice}"):
                self._add(tokenise(form), choice)

    def _add(self, tokens: list[int], choice: str) -> None:
        node = self._root
        for token in tokens:
            node = node.children.setdefault(token, _Node())
        if node.choice not in (None, choice):
            raise RequestError(
                "two choices are the same to this model", got=f"{node.choice!r} and {choice!r}"
            )
        node.choice = choice
        self.longest = max(self.longest, len(tokens))

    def first(self) -> Fork | Leaf:
        """Where the first decision is; a leaf when there is none to make."""
        return self._descend(self._root, ())

    def follow(self, fork: Fork, way: int) -> Fork | Leaf:
        """Where one of a fork's ways leads."""
        if way not in fork.node.children:
            assert fork.node.choice is not None  # the end of a turn is a way only where a text ends
            return Leaf(fork.node.choice, len(fork.path))
        return self._descend(fork.node.children[way], (*fork.path, way))

    def _descend(self, node: _Node, path: tuple[int, ...]) -> Fork | Leaf:
        """Go on to the next fork, over tokens that are the only way."""
        while True:
            ways = tuple(node.children)
            if not ways:
                assert node.choice is not None  # what has no children is the end of a text
                return Leaf(node.choice, len(path))
            if node.choice is not None:
                return Fork(path, (*ways, self._end), node)
            if len(ways) > 1:
                return Fork(path, ways, node)
            node, path = node.children[ways[0]], (*path, ways[0])
