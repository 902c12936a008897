"""What models said, in every panel: the calls behind one answer, a search over all of them, and
what of both a saved page keeps."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

from cgr_nb.errors import CgrError
from cgr_nb.explore.recorded_replies import answer_replies, arms_of_row
from cgr_nb.store import Store
from cgr_nb.store.replies import search_replies, uses_of_calls
from cgr_nb.widgets.replies_view import found_view, replies_view

__all__ = ["Replies"]

LIVE_CHARS = 40_000
"""Most characters of one text that are sent to a page."""
SAVED_CHARS = 4_000
"""As many in a saved page."""
SAVED_ANSWERS = 120
"""Most answers whose calls a saved page holds."""
SAVED_BYTES = 600_000
"""Most bytes that they take there; the first is always held."""
PAGE = 50
"""Replies of one page of a search."""


class Replies:
    """Reads replies for a panel.

    Args:
        store: Gives the store of a row, in this thread.
        study: Gives the store that is searched.
    """

    def __init__(self, store: Callable[[str], Store], study: Callable[[], Store]) -> None:
        self._store, self._study = store, study

    def of(self, row_id: str, arm: str, most: int = LIVE_CHARS) -> dict[str, Any]:
        """The calls behind the answer of an arm.

        Args:
            row_id: The row.
            arm: The arm.
            most: Characters that are shown of each text.

        Raises:
            CgrError: There is no such answer.
        """
        store = self._store(row_id)
        return replies_view(answer_replies(store, row_id, arm), arms_of_row(store, row_id), most)

    def search(self, text: str, *, pattern: bool = False, after: str = "") -> dict[str, Any]:
        """A page of the replies that hold a text; see `store.replies.search_replies`.

        Raises:
            CgrError: There is nothing to look for, or too much.
        """
        store = self._study()
        hits = search_replies(store, text, pattern=pattern, after=after, most=PAGE + 1)
        shown = hits[:PAGE]
        uses = uses_of_calls(store, [hit.call for hit in shown])
        return {
            "text": text,
            "pattern": pattern,
            "first": not after,
            "hits": found_view(shown, uses, "" if pattern else text),
            "next": shown[-1].call if len(hits) > PAGE else "",
        }

    def to_save(
        self, rows: Iterable[str], of: int, *, arm: str | None = None, room: int = 1
    ) -> dict[str, Any]:
        """The answers of rows, with what is left out, as far as they fit in a saved page.

        Args:
            rows: Their ids, those that matter most first; read no further than they fit.
            of: Rows that there are.
            arm: The arm whose answers are kept; None: all.
            room: See `Panel.saved_room`.

        Returns:
            `answers` (row id -> arm -> view), `rows` that are in it, and `of`.
        """
        kept: dict[str, dict[str, Any]] = {}
        size = count = 0
        for row in rows:
            store = self._store(row)
            views = {}
            for each in arms_of_row(store, row) if arm is None else (arm,):
                try:
                    views[each] = self.of(row, each, SAVED_CHARS)
                except CgrError:  # an item that is not on record has no answers to show
                    continue
            size += len(json.dumps(views))
            count += len(views)
            if kept and (size > room * SAVED_BYTES or count > room * SAVED_ANSWERS):
                break
            kept[row] = views
        return {"answers": kept, "rows": len(kept), "of": of}
