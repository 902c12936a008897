"""The items of a study and the answers to them, read when a workbench needs them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cgr_nb.analysis.frame import annotate
from cgr_nb.explore.catalogue import Catalogue
from cgr_nb.explore.counted_rows import counted_rows
from cgr_nb.explore.subsets import StudyWithSubsets
from cgr_nb.store.thread_local import ThreadLocalStore
from cgr_nb.widgets.item_answers import ItemAnswers
from cgr_nb.widgets.item_list import ItemList
from cgr_nb.widgets.on_demand import OnDemand
from cgr_nb.widgets.workbench_view import items_view

if TYPE_CHECKING:
    from cgr_nb.widgets.workbench import Workbench

__all__ = ["StudyItems"]


class StudyItems(OnDemand):
    """Shows them in the panel once they are read.

    Args:
        panel: Where they are shown.
        stores: The study.
        subsets: The study with its subsets.
    """

    def __init__(
        self, panel: Workbench, stores: ThreadLocalStore, subsets: StudyWithSubsets
    ) -> None:
        super().__init__(self._read)
        self._panel, self._stores, self._subsets = panel, stores, subsets

    @property
    def list(self) -> ItemList:
        """Which items are shown and which are chosen."""
        self.look()
        return self._list

    @property
    def answers(self) -> ItemAnswers:
        """Their rows."""
        self.look()
        return self._answers

    def _read(self) -> None:
        store = self._stores.here
        rows = counted_rows(store)
        catalogue = Catalogue.of(store, annotate(rows) if len(rows) else rows)
        self._answers = ItemAnswers(self._subsets, rows)
        self._list = ItemList(self._panel, catalogue)
        with self._panel.hold_sync():
            self._panel.show(**items_view(catalogue))
            self._list.look()
