"""Frames: which name holds what while the audit walks through a function."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field

from cgr_nb.audit.static.taint_labels import Value, join

__all__ = ["Frame", "join_names"]


@dataclass(slots=True)
class Frame:
    """Names of one function's run, or of the module."""

    names: dict[str, Value]
    parent: Frame | None
    outer: set[str] = field(default_factory=set)
    outcomes: dict[ast.AST, Value] = field(default_factory=dict)
    gives_up: bool = False

    def find(self, name: str) -> Value | None:
        """A variable's value, looked for outwards; None for a name of the language or unknown."""
        frame: Frame | None = self
        while frame is not None:
            if name in frame.names:
                return frame.names[name]
            frame = frame.parent
        return None

    def owner(self, name: str) -> Frame:
        """The frame whose variable an assignment changes."""
        if name not in self.outer:
            return self
        frame = self.parent
        while frame is not None and frame.parent is not None and name not in frame.names:
            frame = frame.parent
        return frame or self


def join_names(several: Sequence[dict[str, Value]]) -> dict[str, Value]:
    """Variables after one of several ways was taken."""
    first, *others = several
    if not others:
        return first
    joined = dict(first)
    for names in others:
        for name, value in names.items():
            held = joined.get(name)
            if held is None:
                joined[name] = value
            elif held is not value and held != value:
                joined[name] = join([held, value])
    return joined
