"""Choosing one of several texts: a tree of their tokens, walked with the model's own probabilities.

Each text stands in the tree twice, as it is and after one space: many tokenisers begin a word with
its space, and a model should not be asked to choose in a form it never writes. At each fork only
the tokens that continue a text can be drawn. Where a text ends that another one continues, the
token that ends a turn is the third way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from cgr_nb.errors import RequestError

__all__ = ["ChoiceTree"]


@dataclass(slots=True)
class _Node:
    children: dict[int, _Node] = field(default_factory=dict)
    choice: str | None = None


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

    def walk(self, draw: Callable[[list[int], list[int]], int]) -> tuple[str, int]:
        """Go down to one text.

        Args:
            draw: (tokens passed since the last fork, tokens to choose among) -> the chosen one.

        Returns:
            The text and the number of its tokens.
        """
        node, length = self._root, 0
        passed: list[int] = []
        while node.children:
            ways = [*node.children, self._end] if node.choice is not None else [*node.children]
            if len(ways) == 1:
                token = ways[0]
            else:
                token = draw(passed, ways)
                passed = []
            if token not in node.children:
                break
            node = node.children[token]
            passed.append(token)
            length += 1
        assert node.choice is not None  # a leaf, or a node whose end was chosen
        return node.choice, length
