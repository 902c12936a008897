"""Could a reply reach the answer after all? A coarse second look, by names alone.

The walk of `flow` follows values; what it loses (an object under a name that it can't resolve,
state that code writes by name) would make a program look as if no reply mattered. So before it says
that, every name of the program counts as one variable, whatever its scope, and a reply spreads from
name to name: through assignments, calls, what is put into something, what a condition decides. It
errs towards "reaches", and is only asked where a program has a place for state to hide in
(`hides_state`).
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from cgr_nb.util.syntax import every_node

__all__ = ["hides_state", "may_reach"]

_BY_NAME = {"globals", "vars", "locals", "exec", "eval", "__dict__", "modules"}
"""What reads and writes variables under names that are no names in the text."""
_SOLVE = "solve"
_HIDING = frozenset({
    ast.ClassDef, ast.Global, ast.Nonlocal, ast.Yield, ast.YieldFrom,
    ast.Attribute, ast.Name, ast.FunctionDef,
})  # fmt: skip
"""Kinds of nodes that `_hides` tells apart; most nodes are of others."""


def hides_state(nodes: Iterable[ast.AST]) -> bool:
    """Whether the nodes of a program have classes, outer variables, attributes or names worked out
    at run time among them."""
    return any(_hides(node) for node in nodes if type(node) in _HIDING)


def _hides(node: ast.AST) -> bool:
    match node:
        case ast.ClassDef() | ast.Global() | ast.Nonlocal() | ast.Yield() | ast.YieldFrom():
            return True
        case ast.Attribute(ctx=ast.Store()):
            return True
        case ast.Name(id=name):
            return name in _BY_NAME or name in ("setattr", "getattr")
        case ast.Attribute(attr=name):
            return name in _BY_NAME
        case ast.FunctionDef(args=arguments):
            return bool(node.decorator_list) or any(
                isinstance(one, ast.List | ast.Dict | ast.Set | ast.Call)
                for one in arguments.defaults
            )
    return False


def may_reach(tree: ast.Module, solver: str) -> bool:
    """Whether a reply may reach what the entry returns.

    Args:
        tree: The program.
        solver: Name under which the entry gets `ask`.
    """
    if _BY_NAME & set(_names(tree)):
        return True
    spread = _Spread({solver, "ask"})
    before = -1
    while len(spread.names) != before:
        before = len(spread.names)
        for node in every_node(tree):
            spread.over(node)
    functions = [node for node in every_node(tree) if isinstance(node, ast.FunctionDef)]
    entries = [node for node in functions if node.name == _SOLVE]
    returned = [
        part.value
        for entry in entries
        for part in every_node(entry)
        if isinstance(part, ast.Return) and part.value is not None
    ]
    return any(spread.holds(value) for value in returned)


class _Spread:
    def __init__(self, names: set[str]) -> None:
        self.names = names

    def holds(self, node: ast.AST | None) -> bool:
        """Whether a name with a reply in it stands in an expression."""
        return node is not None and any(name in self.names for name in _names(node))

    def over(self, node: ast.AST) -> None:
        """Spread over one node."""
        match node:
            case ast.Assign(targets=targets, value=value):
                self._give(targets, value)
            case (
                ast.AugAssign(target=target, value=value)
                | ast.NamedExpr(target=target, value=value)
            ):
                self._give([target], value)
            case ast.AnnAssign(target=target, value=value) if value is not None:
                self._give([target], value)
            case (
                ast.For(target=target, iter=source) | ast.comprehension(target=target, iter=source)
            ):
                self._give([target], source)
                if self.holds(target):
                    # What is done to an element is done to what holds it.
                    self.names |= set(_names(source))
            case ast.With(items=items):
                for item in items:
                    if item.optional_vars is not None:
                        self._give([item.optional_vars], item.context_expr)
            case ast.Call():
                self._called(node)
            case ast.If(test=test) | ast.While(test=test) if self.holds(test):
                self._decided(node)
            case ast.FunctionDef(name=name):
                if any(
                    isinstance(part, ast.Return | ast.Yield | ast.YieldFrom)
                    and self.holds(part.value)
                    for part in every_node(node)
                ):
                    self.names.add(name)
            case ast.ExceptHandler(name=str(name)):
                if "raised" in self.names:
                    self.names.add(name)
            case ast.Raise(exc=exc) if self.holds(exc):
                self.names.add("raised")

    def _give(self, targets: list[ast.expr], value: ast.AST) -> None:
        if self.holds(value):
            for target in targets:
                self.names |= set(_names(target)) - {"self"}

    def _called(self, node: ast.Call) -> None:
        """What is given to a call goes into its parts, and into what it is called on."""
        given = [*node.args, *(part.value for part in node.keywords)]
        if any(self.holds(part) for part in given):
            # A call of `ask` with a reply in its prompt puts nothing into anything else.
            self.names |= set(_names(node.func)) - {"self"}

    def _decided(self, node: ast.If | ast.While) -> None:
        for part in every_node(node):
            if isinstance(part, ast.Name | ast.Attribute) and isinstance(part.ctx, ast.Store):
                self.names |= set(_names(part)) - {"self"}


def _names(node: ast.AST) -> Iterator[str]:
    for part in every_node(node):
        if isinstance(part, ast.Name):
            yield part.id
        elif isinstance(part, ast.Attribute):
            yield part.attr
