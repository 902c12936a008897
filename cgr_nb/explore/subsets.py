"""A study and the subsets that were picked from it and run, taken together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from cgr_nb.errors import CgrError
from cgr_nb.store import Store
from cgr_nb.store.row_columns import recorded_letters
from cgr_nb.store.row_view import row_views
from cgr_nb.store.thread_local import ThreadLocalStore
from cgr_nb.study.subset import PICKS, subset_folders

__all__ = ["RowProgram", "StudyWithSubsets"]

OF_STUDY = "study"
"""What column `where` says of the study's own rows."""


@dataclass(frozen=True, slots=True)
class RowProgram:
    """The program of a row."""

    solver: str
    """Of the row."""
    source: str


class StudyWithSubsets:
    """Rows of a study and of its subsets.

    Args:
        stores: The study.
    """

    def __init__(self, stores: ThreadLocalStore) -> None:
        self._stores = stores
        self._opened: dict[str, ThreadLocalStore] = {OF_STUDY: stores}
        self.folder = stores.folder

    def rows(
        self, read: Callable[[Store], pd.DataFrame], ours: pd.DataFrame | None = None
    ) -> pd.DataFrame:
        """All rows; `where` names the folder of the subset, or "study".

        Args:
            read: Gives the rows of one store: `store.frames.rows`, or `counted_rows`.
            ours: What it gives of the study, where that is known; None: it is read.
        """
        ours = read(self._stores.here) if ours is None else ours
        frames = [ours.assign(where=OF_STUDY)]
        for folder in subset_folders(self.folder):
            with Store.open(folder) as store:
                frames.append(read(store).assign(where=folder.name))
        # An empty frame has no types: it would turn the others' numbers into objects.
        filled = [frame for frame in frames if len(frame)] or frames[:1]
        return pd.concat(filled, ignore_index=True)

    def folder_of(self, where: str) -> Path:
        """The folder that column `where` names."""
        return self.folder if where == OF_STUDY else self.folder / PICKS / where

    def store_of(self, where: str) -> Store:
        """The store that column `where` names, open in this thread as long as this is."""
        if where not in self._opened:
            self._opened[where] = ThreadLocalStore(Store.open(self.folder_of(where)))
        return self._opened[where].here

    def program(self, where: str, row_id: str) -> RowProgram:
        """The program of a row.

        Args:
            where: The row's place, as `rows` names it.
            row_id: The row.

        Raises:
            CgrError: No program was written for this row.
        """
        with Store.open(self.folder_of(where)) as store:
            row = next(row_views(store, row_id), None)
            source = store.program(row.program_id) if row and row.program_id else None
        if row is None or source is None:
            raise CgrError("no program was written for this row", got=repr(row_id))
        return RowProgram(row.solver, source)

    def arm_letters(self, where: str, row_ids: Sequence[str]) -> dict[str, dict[str, str]]:
        """Row id -> arm -> letter, or the status where there is none, of the arms beside the three
        channels, as far as they are on record.

        Args:
            where: The rows' place, as `rows` names it.
            row_ids: The rows.
        """
        found: dict[str, dict[str, str]] = {}
        with Store.open(self.folder_of(where)) as store:
            for row_id, arm, said in recorded_letters(store, row_ids):
                found.setdefault(row_id, {})[arm] = said
        return found
