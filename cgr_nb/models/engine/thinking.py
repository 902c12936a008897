"""Thoughts of a reply as it is made: where it stands, and when its thought is closed for it."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection

from cgr_nb.models.native import Vocabulary
from cgr_nb.thoughts import CHANNEL_TOKENS, FAMILIES, closing_text, last_mark

__all__ = ["CLOSING_ROOM", "Thinking", "shown_tokens"]

CLOSING_ROOM = 48
"""Tokens that it takes at most to close a thought."""
_LOOK_BACK = 200
"""Characters in which a mark that came in pieces is whole."""


def shown_tokens(control: Collection[str]) -> set[str]:
    """Control tokens that thoughts are marked with. They decode to nothing unless they are shown,
    and a thought could not be told from its answer. Where a vocabulary holds only one mark of a
    family, the token is there for something else.

    Args:
        control: Texts of all control tokens of a vocabulary.
    """
    known = set(filter(None, control))
    shown: set[str] = set()
    for family in FAMILIES:
        # The mark may be a token and a word: "<|channel>" and "thought".
        opens = {text for text in known if family.opens.startswith(text)}
        if opens and family.closes in known:
            shown |= opens | {family.closes}
    if known.issuperset(CHANNEL_TOKENS[:2]):
        shown |= known.intersection(CHANNEL_TOKENS)
    return shown


class Thinking:
    """The state of one reply."""

    def __init__(self, vocabulary: Vocabulary, opened: str, budget: int | None) -> None:
        """Set out.

        Args:
            vocabulary: The model's tokens.
            opened: The mark with which the prompt has opened a thought; "" where it has not.
            budget: Most tokens of thoughts; None for as many as it likes.
        """
        self.tokens = 0
        """Tokens of thoughts so far, marks among them; not counted without a budget."""
        self._vocabulary = vocabulary
        self._mark = opened
        self._budget = budget
        self._seen = 0
        self._dictated: deque[int] = deque()
        self._is_closed = False
        self._close_if_spent()

    def dictated(self) -> int | None:
        """The next token, where the model has no say in it; None where it has."""
        return self._dictated.popleft() if self._dictated else None

    def note(self, text: str) -> None:
        """Take in the whole text of the reply after one more token."""
        if self._budget is None or self._is_closed:
            return
        was_open = bool(self._mark)
        mark = last_mark(text[max(0, self._seen - _LOOK_BACK) :])
        self._seen = len(text)
        if mark is not None:
            self._mark = mark
        if was_open or self._mark:
            self.tokens += 1
            self._close_if_spent()

    def _close_if_spent(self) -> None:
        if self._budget is None or not self._mark or self.tokens < self._budget:
            return
        # Once only: what the model thinks after that counts as its answer.
        tokens = self._vocabulary.tokenise(closing_text(self._mark), True)
        self._dictated.extend(tokens)
        self.tokens += len(tokens)
        self._is_closed = True
