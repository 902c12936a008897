"""The docstrings below the fields of a class, from its source.

`inspect.getsource` of a class, and what pydantic makes of it, reads the whole file anew for each
class in it; here a file is read once.
"""

from __future__ import annotations

import ast
import inspect
import sys
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import pairwise
from types import MappingProxyType
from typing import Any, Final

__all__ = ["field_docstrings"]

_NONE: Final[Mapping[str, str]] = MappingProxyType({})


def field_docstrings(kind: type[Any]) -> Mapping[str, str]:
    """Field -> the docstring below it, its white space as one space each; empty where there is no
    source. Fields of a class that `kind` inherits from are not among them."""
    try:
        lines, _ = inspect.findsource(sys.modules[kind.__module__])
    except (KeyError, OSError, TypeError):
        return _NONE
    return _of_source("".join(lines)).get(kind.__qualname__, _NONE)


@lru_cache(maxsize=128)
def _of_source(source: str) -> Mapping[str, Mapping[str, str]]:
    try:
        return dict(_of_body(ast.parse(source), ""))
    except SyntaxError:  # edited since it was imported
        return {}


def _of_body(body: ast.AST, prefix: str) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Qualified names of the classes of a body, and of all within, with their fields."""
    for node in ast.iter_child_nodes(body):
        if isinstance(node, ast.ClassDef):
            yield prefix + node.name, MappingProxyType(dict(_of_class(node)))
            yield from _of_body(node, f"{prefix}{node.name}.")
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from _of_body(node, f"{prefix}{node.name}.<locals>.")
        elif isinstance(node, ast.stmt | ast.ExceptHandler | ast.match_case):
            yield from _of_body(node, prefix)


def _of_class(kind: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for field, after in pairwise(kind.body):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(after, ast.Expr)
            and isinstance(after.value, ast.Constant)
            and isinstance(after.value.value, str)
        ):
            yield field.target.id, " ".join(after.value.value.split())
