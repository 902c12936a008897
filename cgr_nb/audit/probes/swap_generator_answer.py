"""Puts another letter into a program's GENERATOR_ANSWER, to see whether its answer goes along.

Only letters written at the top of the module are changed (`GENERATOR_ANSWER = "B"`). A belief that
is worked out stays as it is, and None is no letter that an answer could be taken from.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass

from cgr_nb.util.syntax import parse

__all__ = ["Swapped", "swap_generator_answer"]

_NAME = "GENERATOR_ANSWER"
_INDIRECT = re.compile(r"\b(?:globals|vars|locals|eval|exec|getattr|__dict__|sys)\b")


@dataclass(frozen=True, slots=True)
class Swapped:
    """A program with another belief."""

    source: str
    letter: str
    """What it believes now."""
    own: frozenset[str]
    """What it believed itself."""


def swap_generator_answer(source: str, letters: Iterable[str]) -> Swapped | None:
    """Give a program another belief.

    Args:
        source: The program.
        letters: Letters of its item.

    Returns:
        The changed program; None when it can't be parsed, writes down no letter, nowhere reads what
        it wrote, or there is no other letter.
    """
    if source.count(_NAME) < 2 and not _INDIRECT.search(source):
        return None
    tree = parse(source)
    written = [] if isinstance(tree, str) else _written(tree)
    said = frozenset(str(value.value).strip().upper() for value in written)
    other = next((letter for letter in letters if letter not in said), None)
    if not written or other is None:
        return None
    # Columns of a syntax tree count bytes.
    lines = source.encode().splitlines(keepends=True)
    for value in reversed(written):
        if value.end_lineno != value.lineno or value.end_col_offset is None:
            return None
        line = lines[value.lineno - 1]
        new = repr(other).encode()
        lines[value.lineno - 1] = line[: value.col_offset] + new + line[value.end_col_offset :]
    return Swapped(b"".join(lines).decode(), other, said)


def _written(tree: ast.Module) -> list[ast.Constant]:
    """The letters assigned to GENERATOR_ANSWER, in order of line."""
    found = []
    for node in tree.body:
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AnnAssign):
            targets = [node.target]
        else:
            continue
        named = any(isinstance(target, ast.Name) and target.id == _NAME for target in targets)
        if named and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            found.append(node.value)
    return found
