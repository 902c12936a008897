"""The text of a program's statements, as a question shows it."""

from __future__ import annotations

import ast
import textwrap

__all__ = ["ProgramLines"]


class ProgramLines:
    """The lines of one program."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._lines = source.splitlines()
        self._known: dict[ast.AST, str] = {}

    def statement(self, node: ast.stmt) -> str:
        """A statement as it was written, with the comment behind it."""
        if isinstance(node, ast.If | ast.While | ast.For):
            return self.header(node)
        if node not in self._known:
            self._known[node] = self._statement(node)
        return self._known[node]

    def header(self, node: ast.If | ast.While | ast.For) -> str:
        """The header of a compound statement."""
        if node not in self._known:
            if isinstance(node, ast.For):
                target, through = self._segment(node.target), self._segment(node.iter)
                text = f"for {target} in {through}:"
            else:
                word = "if" if isinstance(node, ast.If) else "while"
                text = f"{word} {self._segment(node.test)}:"
            self._known[node] = text
        return self._known[node]

    def _statement(self, node: ast.stmt) -> str:
        segment = self._segment(node)
        first, last = node.lineno - 1, node.end_lineno or node.lineno
        whole = textwrap.dedent("\n".join(self._lines[first:last])).strip()
        rest = whole.removeprefix(segment) if whole.startswith(segment) else ""
        return whole if rest.strip().startswith("#") else segment

    def _segment(self, node: ast.AST) -> str:
        return textwrap.dedent(ast.get_source_segment(self._source, node) or ast.unparse(node))
