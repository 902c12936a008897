"""Checks every backend makes before it samples, and the stop texts they all honour."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Sequence

from cgr_nb.errors import RequestError
from cgr_nb.records import Message, Sampling

__all__ = ["MOST_CHOICES", "MOST_CHOICE_CHARS", "ReplyText", "check_request"]

MOST_CHOICES = 1_000
"""Most choices of one call."""
MOST_CHOICE_CHARS = 200_000
"""Characters of all choices of one call at most: each of their tokens is computed."""
_MOST_TOLD = 200


def check_request(messages: Sequence[Message], sampling: Sampling) -> None:
    """Refuse a request that can't mean anything.

    Raises:
        RequestError: The conversation does not end with a user turn, or a sampling field is outside
            its range.
    """
    if not messages or messages[-1].role != "user":
        raise RequestError(
            "a conversation ends with a user turn",
            got=f"'{messages[-1].role}'" if messages else "no messages",
        )
    ranges = {
        "max_tokens": (sampling.max_tokens >= 1, "at least 1"),
        "temperature": (0 <= sampling.temperature < float("inf"), "0 or more"),
        "top_p": (0 < sampling.top_p <= 1, "above 0, up to 1"),
        "top_k": (sampling.top_k >= 0, "0 or more"),
        "min_p": (0 <= sampling.min_p <= 1, "0 to 1"),
        "stop": (all(sampling.stop), "texts that are not empty"),
        "choices": (all(sampling.choices), "texts that are not empty"),
    }
    for name, (good, wanted) in ranges.items():
        if not good:
            got = repr(getattr(sampling, name))
            raise RequestError(f"sampling.{name} must be {wanted}", got=got[:_MOST_TOLD])
    characters = sum(map(len, sampling.choices))
    if len(sampling.choices) > MOST_CHOICES or characters > MOST_CHOICE_CHARS:
        raise RequestError(
            f"choices are {MOST_CHOICES:,} texts of {MOST_CHOICE_CHARS:,} characters together at"
            " most",
            got=f"{len(sampling.choices):,} texts of {characters:,} characters",
        )


class ReplyText:
    """Bytes as a model makes them -> text, up to the stop text that is complete first.

    Characters split over pieces are joined; bytes that are no UTF-8 become U+FFFD. What could be
    the beginning of a stop text is held back from `on_text` until it is decided.
    """

    def __init__(
        self, stop: Sequence[str] = (), on_text: Callable[[str], None] | None = None
    ) -> None:
        self.text = ""
        self.stopped = False
        self._stop = tuple(stop)
        self._on_text = on_text
        self._told = 0
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode

    def push(self, piece: bytes) -> bool:
        """Add one piece; True when a stop text has ended the reply."""
        self._add(self._decode(piece))
        return self.stopped

    def finish(self) -> str:
        """Close the reply and return its whole text."""
        if not self.stopped:
            self._add(self._decode(b"", True))
        self._tell(len(self.text))
        return self.text

    def _add(self, text: str) -> None:
        if not text:
            return
        start = max(0, len(self.text) - max(map(len, self._stop), default=1) + 1)
        self.text += text
        # What is complete first ends the reply, however the text came in pieces.
        found = [
            (place + len(stop), place)
            for stop in self._stop
            if (place := self.text.find(stop, start)) >= 0
        ]
        if found:
            self.text = self.text[: min(found)[1]]
            self.stopped = True
        self._tell(len(self.text) - (0 if self.stopped else self._undecided()))

    def _undecided(self) -> int:
        """Length of the longest end of the text that begins a stop text."""
        longest = min(len(self.text), max(map(len, self._stop), default=1) - 1)
        for size in range(longest, 0, -1):
            if any(stop.startswith(self.text[-size:]) for stop in self._stop):
                return size
        return 0

    def _tell(self, end: int) -> None:
        if self._on_text is not None and end > self._told:
            self._on_text(self.text[self._told : end])
            self._told = end
