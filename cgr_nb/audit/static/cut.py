"""Was a program cut short? A generator that reaches its token limit stops in the middle.

Two signs: the text ends where a statement can't (an open bracket or string, a block without a
body); or it parses, keeps to the contract so far, and nothing in it can give an answer yet: `solve`
ends on an assignment and never returns, or is not there while the contract's constants are.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from cgr_nb.audit.static.shape import Finding
from cgr_nb.audit.static.taint import ENTRIES
from cgr_nb.util.syntax import SOURCE_LIMIT, compile_tree, every_node

__all__ = ["cut_off", "ends_early"]

_FLAGS = 0x4000 | 0x200
"""With PyCF_ALLOW_INCOMPLETE_INPUT and PyCF_DONT_IMPLY_DEDENT, as `codeop` does it: a text that
only wants more is told from a wrong one."""
_CONSTANTS = {"GENERATOR_ANSWER", "DIFFICULTY"}
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def cut_off(source: str) -> Finding | None:
    """The finding that a text which does not parse stops in the middle; None when it is wrong
    before its end."""
    lines = source.rstrip().splitlines()
    if not lines or len(source) > SOURCE_LIMIT:
        return None
    try:
        compile_tree(source.rstrip(), _FLAGS)
    except SyntaxError as error:
        last = len(lines)
        # A string or expression that the last line leaves open is told as a plain mistake.
        at_end = (error.lineno or 0) >= last and _reaches_end(error, lines[-1])
        if "incomplete input" in str(error.msg) or at_end:
            return Finding("cut", last, "the program stops in the middle of a statement")
    except (ValueError, RecursionError, MemoryError):
        pass
    return None


def _reaches_end(error: SyntaxError, line: str) -> bool:
    if "unterminated" in str(error.msg) or "was never closed" in str(error.msg):
        return True
    end = error.end_offset or error.offset or 0
    return end >= len(line) or (error.offset or 0) > len(line.rstrip())


def ends_early(tree: ast.Module) -> Finding | None:
    """The finding that a program which parses has no end; None when it may be whole."""
    functions = [node for node in tree.body if isinstance(node, _Function)]
    solve = next((node for node in functions if node.name == "solve"), None)
    if solve is None:
        return _without_solve(tree)
    if solve is not tree.body[-1] or _gives(solve):
        return None
    last = _last(solve.body)
    if not _goes_on(last):
        return None
    return Finding("cut", last.lineno, "solve ends after this line and never returns a letter")


def _without_solve(tree: ast.Module) -> Finding | None:
    named = {
        target.id
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    other = any(
        isinstance(node, _Function)
        and (
            node.name in ENTRIES
            or {one.arg for one in [*node.args.posonlyargs, *node.args.args]} & {"ask", "item"}
        )
        for node in every_node(tree)
    )
    whole = (ast.If, ast.For, ast.While, ast.With, ast.Try, ast.Expr)
    acts = any(isinstance(node, whole) and not _is_docstring(node) for node in tree.body)
    if not named & _CONSTANTS or "solve" in named or other or acts:
        return None
    return Finding("cut", tree.body[-1].lineno, "the program ends before it defines solve")


def _gives(function: _Function) -> bool:
    """Whether something can be returned, or the function ends on purpose."""
    for node in every_node(function):
        if isinstance(node, ast.Return) and not _is_none(node.value):
            return True
        if isinstance(node, ast.Yield | ast.YieldFrom):
            return True
    return False


def _is_none(value: ast.expr | None) -> bool:
    return value is None or (isinstance(value, ast.Constant) and value.value is None)


def _last(body: Sequence[ast.stmt]) -> ast.stmt:
    """The statement that the text of a block ends on."""
    last = body[-1]
    inner = getattr(last, "finalbody", None) or getattr(last, "orelse", None)
    if isinstance(last, ast.Try) and not inner and last.handlers:
        inner = last.handlers[-1].body
    inner = inner or getattr(last, "body", None)
    return _last(inner) if inner and not isinstance(last, _Function | ast.ClassDef) else last


def _goes_on(statement: ast.stmt) -> bool:
    """Whether more is to come after a statement: a value was made and is not used yet."""
    if isinstance(statement, ast.Expr):
        value = statement.value
        named = value.func if isinstance(value, ast.Call) else None
        return isinstance(named, ast.Attribute)
    return isinstance(
        statement,
        ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Import | ast.ImportFrom | _Function,
    )


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
