"""Which programs are executed step by step: those that import only modules for computation and do
not use Python's internal names.

The sandbox applies in any case. Other programs are rejected before anything is run, because a
simulated run of them would be meaningless: no model can replace a file or a network.
"""

from __future__ import annotations

import ast
from typing import Final

from cgr_nb.util.syntax import every_node, parse

__all__ = ["MODULES", "why_refused"]

MODULES: Final = frozenset(
    {
        *("bisect", "calendar", "cmath", "collections", "copy", "dataclasses", "datetime"),
        *("decimal", "enum", "fractions", "functools", "heapq", "itertools", "json", "math"),
        *("numbers", "operator", "random", "re", "statistics", "string", "textwrap", "typing"),
        *("unicodedata", "__future__", "mpmath", "numpy", "sympy"),
    }
)
"""Modules that a program may import, with what is in them."""

_OWN: Final = frozenset({"__name__", "__init__", "__post_init__"})
"""Names of Python's own that ordinary programs have."""


def why_refused(source: str) -> str:
    """Why a program is not walked; empty where it is. One that is no Python is not refused: running
    it tells what is wrong with it."""
    tree = parse(source)
    if isinstance(tree, str):
        return ""
    for node in every_node(tree):
        why = _why(node)
        if why:
            return f"not run: line {getattr(node, 'lineno', 0)} {why}"
    return ""


def _why(node: ast.AST) -> str:
    match node:
        case ast.Import(names=names):
            modules = [alias.name for alias in names]
        case ast.ImportFrom(module=module, level=0):
            modules = [module or ""]
        case ast.ImportFrom():
            return "imports from a package around it"
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return f"uses {name[:40]}" if name.startswith("__") and name not in _OWN else ""
        case _:
            return ""
    strange = [name for name in modules if name.partition(".")[0] not in MODULES]
    return f"imports {strange[0][:40]}" if strange else ""
