"""The answers to an item, of a study and of its subsets, as the workbench draws them."""

from __future__ import annotations

from typing import Any

import pandas as pd

from cgr_nb.explore.counted_rows import counted_rows
from cgr_nb.explore.subsets import OF_STUDY, StudyWithSubsets
from cgr_nb.store import Store
from cgr_nb.store.row_view import RowView, row_views
from cgr_nb.widgets.workbench_view import answer_view

__all__ = ["ItemAnswers"]


class ItemAnswers:
    """Every row that is done, those of a run that is still going on among them.

    Args:
        subsets: The study.
        rows: Its own `counted_rows`: reading those of a large study takes a while.
    """

    def __init__(self, subsets: StudyWithSubsets, rows: pd.DataFrame) -> None:
        self._subsets = subsets
        self._fresh: list[RowView] = []
        self._running = OF_STUDY
        self._rows = subsets.rows(counted_rows, rows)

    def reload(self) -> None:
        """Read all rows again."""
        self._rows = self._subsets.rows(counted_rows)

    def begin(self, where: str) -> None:
        """A run begins in the folder of a subset."""
        self._fresh, self._running = [], where

    def add(self, row_id: str) -> None:
        """A row of that run is done."""
        with Store.open(self._subsets.folder_of(self._running)) as store:
            self._fresh += row_views(store, row_id)

    def where(self, row_id: str) -> str:
        """The place of a row, as `StudyWithSubsets.rows` names it."""
        known = self._rows.loc[self._rows["id"] == row_id, "where"]
        return str(known.iloc[-1]) if len(known) else self._running

    def of(self, item_id: str) -> list[dict[str, Any]]:
        """One line a row of an item, with the letters of its arms."""
        known = self._rows[self._rows["item_id"] == item_id]
        lines = [answer_view(row, str(row.where)) for row in known.itertuples()]
        seen = {line["id"] for line in lines}
        fresh = [row for row in self._fresh if row.item_id == item_id and row.id not in seen]
        lines += [answer_view(row, "this run") for row in fresh]
        places = {line["id"]: self.where(line["id"]) for line in lines}
        for where in set(places.values()):
            ids = [id for id, place in places.items() if place == where]
            arms = self._subsets.arm_letters(where, ids)
            for line in lines:
                if line["id"] in ids:
                    line["arms"] = arms.get(line["id"], {})
        return lines
