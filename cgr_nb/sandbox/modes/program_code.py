"""The statements and expressions of a program, executed one at a time in one namespace."""

from __future__ import annotations
import __future__

import ast
from types import CodeType
from typing import Any, Final

from cgr_nb.sandbox.tracer import PROGRAM_FILE

__all__ = ["ProgramCode"]

_HELD: Final = "__walked"
"""A name of the namespace that holds a value for a moment; programs with such names are their own
affair."""

_FUTURE: Final = __future__.annotations.compiler_flag
"""Of what follows `from __future__ import annotations`; other such features are Python's own by
now."""


class ProgramCode:
    """Executes parts of one program, each compiled once and under its own line numbers."""

    def __init__(self, names: dict[str, Any]) -> None:
        self._names = names
        self._codes: dict[ast.AST, CodeType] = {}
        self._flags = 0

    def execute(self, node: ast.stmt) -> None:
        """Execute one statement, whole."""
        if node not in self._codes:
            self._codes[node] = self._compiled(node)
            self._flags |= self._codes[node].co_flags & _FUTURE
        exec(self._codes[node], self._names)

    def evaluate(self, node: ast.expr) -> Any:  # noqa: ANN401 - any value
        """The value of an expression."""
        if node not in self._codes:
            compiled = compile(ast.Expression(node), PROGRAM_FILE, "eval", dont_inherit=True)
            self._codes[node] = compiled
        return eval(self._codes[node], self._names)

    def bind(self, target: ast.expr, value: object) -> None:
        """Assign a value to a target, as the header of a loop does."""
        if isinstance(target, ast.Name):
            self._names[target.id] = value
            return
        if target not in self._codes:
            held = ast.Assign([target], ast.Name(_HELD, ast.Load()))
            self._codes[target] = self._compiled(ast.copy_location(held, target))
        self._names[_HELD] = value
        try:
            exec(self._codes[target], self._names)
        finally:
            self._names.pop(_HELD, None)

    def choose(self, node: ast.Match) -> int | None:
        """The case that a `match` comes to, with its names bound; None: none of them."""
        if node not in self._codes:
            cases = [
                ast.match_case(case.pattern, case.guard, [_holding(number)])
                for number, case in enumerate(node.cases)
            ]
            chooser = ast.copy_location(ast.Match(node.subject, cases), node)
            self._codes[node] = self._compiled(chooser)
        self._names.pop(_HELD, None)
        exec(self._codes[node], self._names)
        chosen: int | None = self._names.pop(_HELD, None)
        return chosen

    def _compiled(self, node: ast.stmt) -> CodeType:
        module = ast.fix_missing_locations(ast.Module([node], type_ignores=[]))
        code: CodeType = compile(module, PROGRAM_FILE, "exec", self._flags, dont_inherit=True)
        return code


def _holding(value: int) -> ast.stmt:
    return ast.Assign([ast.Name(_HELD, ast.Store())], ast.Constant(value))
