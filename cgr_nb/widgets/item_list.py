"""The workbench's list of items: which are shown, and which are chosen."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from cgr_nb.explore.catalogue import Catalogue
from cgr_nb.widgets.text import packed

if TYPE_CHECKING:
    from cgr_nb.widgets.workbench import Workbench

__all__ = ["ItemList"]

SAVED_ITEMS = 500
"""Items that a saved page keeps."""


class ItemList:
    """Shows a catalogue in a panel, whose traits `query`, `filters`, `sort`, `backwards` and
    `chosen` a page changes too.

    Args:
        panel: Where it is shown.
        catalogue: The items.
    """

    def __init__(self, panel: Workbench, catalogue: Catalogue) -> None:
        self._panel = panel
        self.catalogue = catalogue
        self.only: list[str] | None = None
        """Ids of the items that are looked among; None: all."""

    @property
    def shown(self) -> list[str]:
        """Ids of the items that match search and filters, in order."""
        return [self.catalogue.ids[place] for place in self.places()]

    @property
    def chosen(self) -> list[str]:
        """Ids of the chosen items."""
        return [self.catalogue.ids[place] for place in self._panel.chosen]

    def places(self) -> list[int]:
        """Places of the items that are shown, in order."""
        found: list[int] = np.frombuffer(self._panel.view, "<u4").tolist()
        return found

    def saved(self) -> dict[str, Any]:
        """The first items of the view, as a saved page keeps them."""
        panel, shown = self._panel, self.places()
        kept = shown[:SAVED_ITEMS]
        moved = {place: n for n, place in enumerate(kept)}
        return {
            "columns": packed(self.catalogue.columns(kept)),
            "view": np.arange(len(kept), dtype="<u4").tobytes(),
            "chosen": [moved[place] for place in panel.chosen if place in moved],
            "item": {**panel.item, "place": moved.get(panel.item.get("place", -1), -1)},
            "left_out": len(shown) - len(kept),
        }

    def look(self) -> None:
        """Show what matches now."""
        panel = self._panel
        places, counts = self.catalogue.view(
            panel.query, panel.filters, panel.sort, self.only, backwards=panel.backwards
        )
        panel.show(view=places.tobytes(), counts=counts)

    def show_only(self, ids: Iterable[str] | None = None) -> None:
        """Show only these items; None shows all again."""
        self.only = None if ids is None else list(dict.fromkeys(ids))
        self._panel.narrowed = self.only is not None
        self.look()

    def filter(self, facet: str, *names: str) -> None:
        """Show only items of these datasets, configs or statuses; no name takes the filter away.

        Raises:
            CgrError: No such facet or name.
        """
        codes = self.catalogue.codes(facet, names)
        self._panel.filters = {**self._panel.filters, facet: codes}

    def choose(
        self, item_id: str | None = None, *, place: int | None = None, on: bool = True
    ) -> None:
        """Add an item to the choice, or take it out.

        Args:
            item_id: Its id; None: it is named by its place.
            place: Its place in the catalogue.
            on: Whether it is to be in the choice.

        Raises:
            CgrError: There is no such item.
        """
        at, chosen = self.catalogue.find(item_id, place), {*self._panel.chosen}
        self._panel.chosen = sorted(chosen | {at} if on else chosen - {at})

    def choose_exactly(self, ids: Iterable[str]) -> None:
        """Choose exactly these items.

        Raises:
            CgrError: One of them is not there.
        """
        self._panel.chosen = sorted({self.catalogue.find(id) for id in ids})

    def choose_shown(self) -> None:
        """Add everything that is shown to the choice."""
        self._panel.chosen = sorted({*self._panel.chosen, *self.places()})

    def choose_none(self) -> None:
        """Choose nothing."""
        self._panel.chosen = []
