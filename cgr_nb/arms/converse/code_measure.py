"""How much a program computes, judging by its source: a program that only states an answer is
text in the form of code."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from cgr_nb.util.syntax import every_node, parse

__all__ = ["CodeMeasure"]


@dataclass(frozen=True, slots=True)
class CodeMeasure:
    """What stands in a program."""

    loops: int
    """Comprehensions among them."""
    conditions: int
    """Comparisons among them."""
    calculations: int
    """Arithmetic and logic."""
    calls: int

    @classmethod
    def of(cls, source: str) -> CodeMeasure | None:
        """Measure a program; None where it is no Python."""
        tree = parse(source)
        if isinstance(tree, str):
            return None
        kinds: tuple[tuple[type[ast.AST], ...], ...] = (
            (ast.For, ast.While, ast.comprehension),
            (ast.If, ast.IfExp, ast.Compare, ast.Match),
            (ast.BinOp, ast.BoolOp, ast.UnaryOp, ast.AugAssign),
            (ast.Call,),
        )
        nodes = every_node(tree)
        return cls(*(sum(isinstance(node, kind) for node in nodes) for kind in kinds))

    def __str__(self) -> str:
        if self == CodeMeasure(0, 0, 0, 0):
            return "nothing is computed"
        return (
            f"{self.loops} loops, {self.conditions} conditions, {self.calculations} calculations,"
            f" {self.calls} calls"
        )
