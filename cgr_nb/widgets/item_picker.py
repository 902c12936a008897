"""The part of a workbench that picks items: search, facets, order, choice."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import traitlets

from cgr_nb.errors import CgrError
from cgr_nb.widgets.catalogue import FACETS, SORTS, Catalogue
from cgr_nb.widgets.panel import Panel
from cgr_nb.widgets.text import packed

__all__ = ["ItemPicker"]


class ItemPicker(Panel):
    """A long list of items of which some are shown and some are chosen.

    Args:
        catalogue: The items.
        error: Shown from the start; empty when all is well.
    """

    columns = traitlets.Bytes(b"").tag(sync=True)
    """Every item in columns (see `Catalogue.columns`), packed, sent once."""
    total = traitlets.Int(0).tag(sync=True)
    """Items of the study."""
    names = traitlets.Dict().tag(sync=True)
    """Facet -> the names behind its codes."""
    query = traitlets.Unicode("").tag(sync=True)
    filters = traitlets.Dict().tag(sync=True)
    """Facet -> codes of which one must apply."""
    sort = traitlets.Enum(SORTS, default_value="as read").tag(sync=True)
    view = traitlets.Bytes(b"").tag(sync=True)
    """Places of the items shown, in order: little-endian unsigned 32-bit numbers."""
    counts = traitlets.Dict().tag(sync=True)
    """Facet -> items for each code, its own filter aside."""
    narrowed = traitlets.Bool(False).tag(sync=True)
    """Whether `show_items` leaves some out."""
    chosen: traitlets.List[Any] = traitlets.List().tag(sync=True)
    """Places of the chosen items, ascending."""

    def __init__(self, catalogue: Catalogue, error: str = "") -> None:
        self._catalogue = catalogue
        self._only: list[str] | None = None
        super().__init__(error=error)
        with self.hold_sync():
            self.columns, self.names = packed(catalogue.columns()), catalogue.names
            self.total = len(catalogue)
            self._look()
        self.observe(lambda _: self._look(), names=["query", "filters", "sort"])

    @property
    def shown(self) -> list[str]:
        """Ids of the items that match search and filters, in order."""
        return [self._catalogue.ids[place] for place in np.frombuffer(self.view, "<u4")]

    @property
    def chosen_ids(self) -> list[str]:
        """Ids of the chosen items."""
        return [self._catalogue.ids[place] for place in self.chosen]

    def show_items(self, ids: Iterable[str] | None = None) -> None:
        """Show only these items; None shows all again."""
        self._only = None if ids is None else list(dict.fromkeys(ids))
        self.narrowed = self._only is not None
        self._look()

    def filter(self, facet: str, *names: str) -> None:
        """Show only items of these datasets, configs or statuses; no name takes the filter away.

        Raises:
            CgrError: No such facet or name.
        """
        if facet not in FACETS:
            raise CgrError("no such facet", got=repr(facet), fix=f"one of {', '.join(FACETS)}")
        known = self.names[facet]
        unknown = [name for name in names if name not in known]
        if unknown:
            raise CgrError(
                f"no such {facet}", got=repr(unknown[0]), fix=f"one of {', '.join(known)}"
            )
        self.filters = {**self.filters, facet: [known.index(name) for name in names]}

    def choose(
        self, item_id: str | None = None, *, place: int | None = None, on: bool = True
    ) -> None:
        """Add an item to the choice, or take it out.

        Raises:
            CgrError: There is no such item.
        """
        at = self._catalogue.place(item_id) if item_id is not None else place
        if at is None or not 0 <= at < len(self._catalogue):
            raise CgrError("there is no such item", got=repr(item_id if item_id else place))
        self.chosen = sorted({*self.chosen, at} if on else {*self.chosen} - {at})

    def choose_items(self, ids: Iterable[str]) -> None:
        """Choose exactly these items.

        Raises:
            CgrError: One of them is not there.
        """
        places = [(id, self._catalogue.place(id)) for id in ids]
        missing = [id for id, place in places if place is None]
        if missing:
            raise CgrError("there is no such item", got=repr(missing[0]))
        self.chosen = sorted({place for _, place in places if place is not None})

    def choose_shown(self) -> None:
        """Add everything that is shown to the choice."""
        self.chosen = sorted({*self.chosen, *np.frombuffer(self.view, "<u4").tolist()})

    def clear_choice(self) -> None:
        """Choose nothing."""
        self.chosen = []

    def _look(self) -> None:
        places, counts = self._catalogue.view(self.query, self.filters, self.sort, self._only)
        with self.hold_sync():
            self.view, self.counts = places.tobytes(), counts
