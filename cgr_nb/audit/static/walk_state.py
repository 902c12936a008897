"""What a walk through a program knows so far."""

from __future__ import annotations

import ast

from cgr_nb.audit.static.frames import Frame
from cgr_nb.audit.static.places import Places
from cgr_nb.audit.static.taint_labels import Value

__all__ = ["STEP_LIMIT", "TooLarge", "WalkState"]

STEP_LIMIT = 200_000


class TooLarge(Exception):
    """The program is too large or too deep to follow."""


class WalkState:
    """Frames, objects and labels of one walk; shared by those who walk."""

    def __init__(self) -> None:
        self.steps = 0
        self.asks: dict[ast.AST, int] = {}
        """Calls that reach the solver -> their line."""
        self.module = Frame({}, None)
        self.frame = self.module
        self.homes: dict[ast.AST, Frame] = {}
        """Function, lambda or class -> the frame it was defined in."""
        self.stack: list[ast.AST] = []
        self.places = Places()
        self.raised = Value()
        """All that exceptions of the program can carry."""
        self.owners: list[ast.ClassDef] = []
        """Classes whose methods are being walked, the innermost last."""
        self.touched: set[str] = set()
        """Labels of all call results since the innermost `try` began."""

    def bases(self, owner: ast.ClassDef) -> list[ast.ClassDef]:
        """Classes of the program that a class inherits from."""
        home = self.homes.get(owner, self.module)
        named = (home.find(base.id) for base in owner.bases if isinstance(base, ast.Name))
        code = (one for value in named if value is not None for one in value.code)
        return [one for one in code if isinstance(one, ast.ClassDef)]

    def step(self) -> None:
        """Count one step."""
        self.steps += 1
        if self.steps > STEP_LIMIT:
            raise TooLarge
