"""A text -> its syntax tree, and the nodes of one, without running anything."""

from __future__ import annotations

import ast
import threading
import warnings

__all__ = ["SOURCE_LIMIT", "compile_tree", "every_node", "parse"]

SOURCE_LIMIT = 200_000
"""Characters above which a program is not parsed: its syntax tree would need gigabytes."""


_NO_NODES = frozenset((
    "id", "ctx", "attr", "arg", "asname", "kind", "type_comment", "op", "ops",
    "simple", "is_async", "conversion", "level", "module", "rest", "tag",
))  # fmt: skip
"""Fields that hold no node, or one that says only which operator or context it is."""
_TRIES = 20
_ONE_AT_A_TIME = threading.Lock()


def parse(source: str) -> ast.Module | str:
    """Parse a program without running it: its syntax tree, or one line on why there is none."""
    if len(source) > SOURCE_LIMIT:
        return f"too long to parse: {len(source):,} characters"
    try:
        return compile_tree(source)
    except SyntaxError as error:
        return f"syntax error at line {error.lineno}: {error.msg}"
    except (RecursionError, MemoryError):
        return "syntax error: nested too deeply"
    except ValueError as error:
        return f"syntax error: {error}"


def compile_tree(source: str, flags: int = 0) -> ast.Module:
    """The syntax tree of a text of bounded length, with no warnings.

    Args:
        source: The text.
        flags: Of the compiler, beside the one that asks for a tree.

    Raises:
        SyntaxError, ValueError, RecursionError, MemoryError: It is no program, or too deep a one.
    """
    for _ in range(_TRIES):
        try:
            with _ONE_AT_A_TIME, warnings.catch_warnings():
                # Doubtful escapes in a program are no message to whoever reads it.
                warnings.simplefilter("ignore")
                tree = compile(source, "program", "exec", ast.PyCF_ONLY_AST | flags)
        except SystemError:
            # CPython 3.11 counts the depth of all trees that are being made in one place, and takes
            # that of another thread, which may be anybody's, for a fault of its own.
            continue
        assert isinstance(tree, ast.Module)
        return tree
    raise ValueError("Python could not make its syntax tree")


def every_node(tree: ast.AST) -> list[ast.AST]:
    """The nodes of a tree in the order of `ast.walk`, which takes three times as long, without
    those of operators and contexts."""
    found = [tree]
    for node in found:  # which grows meanwhile
        for name in _PARTS[type(node)]:
            part = getattr(node, name, None)
            if type(part) is list:
                found += [one for one in part if isinstance(one, ast.AST)]
            elif isinstance(part, ast.AST):
                found.append(part)
    return found


class _Parts(dict[type[ast.AST], tuple[str, ...]]):
    """Kind of node -> fields in which others may stand."""

    def __missing__(self, kind: type[ast.AST]) -> tuple[str, ...]:
        is_leaf = kind is ast.Constant
        names = () if is_leaf else tuple(name for name in kind._fields if name not in _NO_NODES)
        self[kind] = names
        return names


_PARTS = _Parts()
