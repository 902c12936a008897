"""Text of a reply that may be begun anew by another server: nothing is told twice."""

from __future__ import annotations

from collections.abc import Callable

__all__ = ["ToldOnce"]


class ToldOnce:
    """Tells what goes beyond the text that was told already. Where a reply that is begun anew takes
    another turn, nothing more is told of it: what was told can't be taken back, and the whole reply
    is what counts."""

    def __init__(self, on_text: Callable[[str], None]) -> None:
        """Tell nothing yet.

        Args:
            on_text: Called with each new piece.
        """
        self._on_text = on_text
        self._told = ""

    def anew(self) -> Callable[[str], None]:
        """Begin a reply; called with its pieces."""
        text = ""

        def on_text(piece: str) -> None:
            nonlocal text
            text += piece
            if len(text) > len(self._told) and text.startswith(self._told):
                beyond, self._told = text[len(self._told) :], text
                self._on_text(beyond)

        return on_text
