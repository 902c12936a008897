"""The panels behind the viewer's pages: made once, asked by their page, and never to write.

A page sends `{"panel": id, "set": {trait: value}, "do": command, "with": arguments}`, of which
`set` and `do` may be absent. The answer is every trait that changed since the one before. What is
no `reading` command or `looks` trait of the panel is refused: that is all that keeps the study as
it is, so a panel must be strict in what it lists there.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any

from cgr_nb.errors import CgrError
from cgr_nb.words import VIEWER_WORDS

if TYPE_CHECKING:
    from cgr_nb.widgets.panel import Panel

__all__ = ["OpenPanels"]

MOST_PANELS = 12
"""Panels beyond these are closed, those that were not used for longest first."""


class OpenPanels:
    """Panels by what they show. All methods are for one thread.

    Args:
        address: Where their pages send what they ask for, relative to the pages.
    """

    def __init__(self, address: str) -> None:
        self._address = address
        self._open: OrderedDict[Hashable, _Watched] = OrderedDict()

    def page(self, key: Hashable, make: Callable[[], Panel]) -> str:
        """The page of a panel as it is now; it is made if it is not open.

        Raises:
            CgrError: It can't be made.
        """
        if key not in self._open:
            self._open[key] = _Watched(make())
        self._open.move_to_end(key)
        while len(self._open) > MOST_PANELS:
            self._open.popitem(last=False)[1].panel.close()
        shown = self._open[key]
        shown.changes()
        return shown.panel.to_answered_html(self._address)

    def ask(self, message: bytes) -> str:
        """Do what a page asks for, and give the traits that changed, as JSON.

        Raises:
            CgrError: It is no question that a page asks, or its panel is closed by now.
        """
        from cgr_nb.widgets.page import state_json

        id, given, command, arguments = _read(message)
        found = [key for key, shown in self._open.items() if shown.panel.model_id == id]
        if not found:
            raise CgrError("this page shows an earlier state of the study", fix="reload it")
        self._open.move_to_end(found[0])
        shown = self._open[found[0]]
        shown.panel.attempt(lambda: _do(shown.panel, given, command, arguments))
        return state_json(shown.changes())

    def close(self) -> None:
        """Close all of them."""
        for shown in self._open.values():
            shown.panel.close()
        self._open.clear()


class _Watched:
    """A panel, and what changed in it; it may go on reading in threads of its own."""

    def __init__(self, panel: Panel) -> None:
        self.panel = panel
        self._names = set(panel.shown_state())
        self._changed: dict[str, Any] = {}
        self._lock = threading.Lock()
        panel.observe(self._note)

    def _note(self, change: Any) -> None:  # noqa: ANN401 - as traitlets hands it over
        if change["name"] in self._names:
            with self._lock:
                self._changed[change["name"]] = change["new"]

    def changes(self) -> dict[str, Any]:
        """Trait -> value of those that changed since they were asked for last."""
        with self._lock:
            found, self._changed = self._changed, {}
        return {"error": self.panel.error, **found}


def _do(panel: Panel, given: dict[str, Any], command: str, arguments: dict[str, Any]) -> None:
    refused = [name for name in given if name not in panel.looks]
    if refused or (command and command not in panel.reading):
        got = ", ".join(map(repr, [*refused, command] if command else refused))
        raise CgrError(VIEWER_WORDS["reads_only"], got=got)
    with panel.hold_trait_notifications():
        for name, value in given.items():
            setattr(panel, name, value)
    if command:
        getattr(panel, command)(**arguments)


def _read(message: bytes) -> tuple[str, dict[str, Any], str, dict[str, Any]]:
    """Panel, traits to set, command and its arguments."""
    try:
        told = json.loads(message)
    except (ValueError, RecursionError) as error:
        raise CgrError("invalid request", got=str(error)[:200]) from error
    fields = {"panel": str, "set": dict, "do": str, "with": dict}
    if not isinstance(told, dict) or not all(
        name in fields and isinstance(value, fields[name]) for name, value in told.items()
    ):
        raise CgrError("invalid request", fix=f"an object with {', '.join(fields)}")
    return (
        told.get("panel", ""),
        told.get("set", {}),
        told.get("do", ""),
        told.get("with", {}),
    )
