"""A program that is walked, statement by statement, in the place of the frame that it would run
in: so that the tracer and `ask` see one module whose lines run one after the other."""

from __future__ import annotations

from types import CodeType, FrameType
from typing import Any, Final, cast

from cgr_nb.sandbox.tracer import PROGRAM_FILE

__all__ = ["WalkedFrame"]


class WalkedFrame:
    """Has what the tracer looks at in a frame."""

    f_code: Final[CodeType] = compile("", PROGRAM_FILE, "exec")
    f_back: Final = None

    def __init__(self, names: dict[str, Any]) -> None:
        """Stand in for the module's frame.

        Args:
            names: Its namespace.
        """
        self.f_locals = names
        self.f_lineno = 1
        """The line that is run, or about to be."""

    def as_frame(self) -> FrameType:
        """Itself, for whoever wants a frame."""
        return cast(FrameType, self)
