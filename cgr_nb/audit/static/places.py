"""What is in the containers and objects of a program, by the place where they are made.

A list has many names: an alias, a loop's variable, an attribute, a default argument. So what is put
into it is kept by the expression (or class) that made it, and whoever reads any of its names finds
all that was ever put there. It errs towards too much: all that one expression makes, and all
instances of one class, share one place.
"""

from __future__ import annotations

import ast
from dataclasses import replace

from cgr_nb.audit.static.taint_labels import Value, join

__all__ = ["Places"]


class Places:
    """Contents by place."""

    def __init__(self) -> None:
        self._held: dict[ast.AST, Value] = {}
        self.changes = 0
        """Times that something new was put into one."""

    def made_at(self, node: ast.AST, contents: Value) -> Value:
        """A container made at a place of the program."""
        self.put(node, contents)
        return replace(contents, places=contents.places | {node})

    def put(self, place: ast.AST, value: Value) -> None:
        """Something goes into what is made at a place."""
        before = self._held.get(place, Value())
        after = join([before, value])
        if after != before:
            self._held[place] = after
            self.changes += 1

    def put_into(self, holder: Value, value: Value) -> None:
        """Something goes into a container or object, whatever name it has here."""
        for place in holder.places:
            self.put(place, value)

    def with_contents(self, value: Value) -> Value:
        """A value with all that is in it."""
        if not value.places:
            return value
        seen: set[ast.AST] = set()
        waiting, inside = list(value.places), [value]
        while waiting:
            place = waiting.pop()
            if place not in seen:
                seen.add(place)
                held = self._held.get(place, Value())
                inside.append(held)
                waiting += held.places
        return join(inside)
