"""Which sequences in memory begin with which tokens: a radix tree.

A node is a run of tokens that the same sequences hold in the same cells. Two sequences that have
computed equal tokens each for themselves stand side by side: only a copied prefix is one node, so
the sum of all nodes is the number of cells in use.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

__all__ = ["PrefixTree"]


@dataclass(eq=False, slots=True)
class _Node:
    tokens: list[int]
    parent: _Node | None
    holders: set[int] = field(default_factory=set)
    children: list[_Node] = field(default_factory=list)


class PrefixTree:
    """The tokens of all sequences in memory."""

    def __init__(self) -> None:
        self._root = _Node([], None)
        self._leaves: dict[int, _Node] = {}
        self.cells = 0
        """Cells that all sequences together take."""

    def match(self, tokens: Sequence[int]) -> dict[int, int]:
        """Sequence -> how many tokens from the first one on it shares with these."""
        found: dict[int, int] = {}
        open_nodes = [(self._root, 0)]
        while open_nodes:
            node, depth = open_nodes.pop()
            for child in node.children:
                shared = _shared(child.tokens, tokens, depth)
                if not shared:
                    continue
                for holder in child.holders:
                    found[holder] = max(found.get(holder, 0), depth + shared)
                if shared == len(child.tokens):
                    open_nodes.append((child, depth + shared))
        return found

    def add(
        self, sequence: int, tokens: Sequence[int], source: int | None = None, shared: int = 0
    ) -> None:
        """Put a sequence in.

        Args:
            sequence: Not in the tree yet.
            tokens: All its tokens.
            source: The sequence its first tokens were copied from.
            shared: How many were copied.
        """
        node = self._root
        if source is not None and shared:
            node = self._cut(source, shared)
            above: _Node | None = node
            while above is not None and above is not self._root:
                above.holders.add(sequence)
                above = above.parent
        self._leaves[sequence] = node
        if len(tokens) > shared:
            self._grow(sequence, tokens[shared:])

    def extend(self, sequence: int, token: int) -> None:
        """Add one token at the end of a sequence."""
        leaf = self._leaves[sequence]
        if leaf is self._root or leaf.children or len(leaf.holders) > 1:
            self._grow(sequence, [token])
        else:
            leaf.tokens.append(token)
            self.cells += 1

    def rename(self, sequence: int, name: int) -> None:
        """Let a sequence stand under another name, which nobody has."""
        leaf = self._leaves[name] = self._leaves.pop(sequence)
        node: _Node | None = leaf
        while node is not None and node is not self._root:
            node.holders.remove(sequence)
            node.holders.add(name)
            node = node.parent

    def trim(self, sequence: int, count: int) -> None:
        """Forget all but the first tokens of a sequence; with 0 it leaves the tree."""
        keep = self._cut(sequence, count) if count else self._root
        node = self._leaves.pop(sequence)
        while node is not keep and node.parent is not None:
            node.holders.discard(sequence)
            if not node.holders:
                node.parent.children.remove(node)
                self.cells -= len(node.tokens)
            node = node.parent
        if count:
            self._leaves[sequence] = keep

    def _grow(self, sequence: int, tokens: Sequence[int]) -> None:
        parent = self._leaves[sequence]
        node = _Node(list(tokens), parent, {sequence})
        parent.children.append(node)
        self._leaves[sequence] = node
        self.cells += len(tokens)

    def _cut(self, sequence: int, depth: int) -> _Node:
        """The node of a sequence that ends at a depth, made by a split where there is none."""
        path = []
        node: _Node | None = self._leaves[sequence]
        while node is not None and node is not self._root:
            path.append(node)
            node = node.parent
        start = 0
        for node in reversed(path):
            end = start + len(node.tokens)
            if depth <= end:
                return node if depth == end else self._split(node, depth - start)
            start = end
        raise ValueError(f"sequence {sequence} has {start} tokens, not {depth}")

    def _split(self, node: _Node, slot: int) -> _Node:
        """Cut one node in two and return the upper one."""
        assert node.parent is not None  # the root has no tokens to split
        upper = _Node(node.tokens[:slot], node.parent, set(node.holders), [node])
        siblings = node.parent.children
        siblings[siblings.index(node)] = upper
        node.tokens, node.parent = node.tokens[slot:], upper
        return upper


def _shared(run: list[int], tokens: Sequence[int], start: int) -> int:
    """Length of the common beginning of a run and of `tokens[start:]`."""
    if start >= len(tokens) or run[0] != tokens[start]:
        return 0
    other = tokens[start : start + len(run)]
    if run == other:
        return len(run)
    for slot, (mine, theirs) in enumerate(zip(run, other, strict=False)):
        if mine != theirs:
            return slot
    return min(len(run), len(other))
