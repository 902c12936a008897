"""Classes of a program, read off its syntax tree: methods, decorators, what Python calls itself."""

from __future__ import annotations

import ast
from collections.abc import Callable
from typing import TypeAlias

__all__ = ["Function", "decorators", "is_operator", "is_property", "is_super", "methods"]

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
_CALLED_BY_NAME = {"__init__", "__post_init__", "__call__", "__new__", "__repr__"}


def methods(
    owner: ast.ClassDef, name: str, bases: Callable[[ast.ClassDef], list[ast.ClassDef]]
) -> list[tuple[Function, ast.ClassDef]]:
    """The method of a name, of a class or of those that it inherits from, and whose it is.

    Args:
        owner: The class.
        name: The method.
        bases: Class -> classes of the program that it inherits from.
    """
    seen: list[ast.ClassDef] = []
    waiting = [owner]
    while waiting:
        one = waiting.pop(0)
        if one in seen:
            continue
        seen.append(one)
        for part in one.body:
            if isinstance(part, Function) and part.name == name:
                return [(part, one)]
        waiting += bases(one)
    return []


def decorators(function: Function) -> set[str]:
    """Names of a function's decorators, as far as they are names."""
    return {getattr(one, "attr", getattr(one, "id", "")) for one in function.decorator_list}


def is_property(function: Function) -> bool:
    """Whether reading it as an attribute calls it."""
    return bool(decorators(function) & {"property", "cached_property"})


def is_super(node: ast.expr) -> bool:
    """Whether an expression is `super()`."""
    return (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "super"
    )


def is_operator(name: str) -> bool:
    """Whether Python calls a method of this name by itself."""
    return name.startswith("__") and name.endswith("__") and name not in _CALLED_BY_NAME
