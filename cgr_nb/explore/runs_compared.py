"""The result of a run of a subset, and which run it is told against."""

from __future__ import annotations

import pandas as pd

from cgr_nb.analysis.frame import annotate
from cgr_nb.analysis.run_result import RunResult, run_result
from cgr_nb.explore.counted_rows import counted_rows
from cgr_nb.explore.subsets import OF_STUDY, StudyWithSubsets
from cgr_nb.store import Store

__all__ = ["RunsCompared"]


class RunsCompared:
    """Sums runs up one after the other.

    Args:
        subsets: The study.
    """

    def __init__(self, subsets: StudyWithSubsets) -> None:
        self._subsets = subsets
        self._ran: list[str] = []

    def after(self, where: str) -> tuple[RunResult, str]:
        """The result of a run that has just ended, against the last other one that ran here, or the
        study's own rows before there is one; and which that is.

        Args:
            where: Folder of the subset, as `StudyWithSubsets.rows` names it.
        """
        others = [name for name in self._ran if name != where]
        before = others[-1] if others else OF_STUDY
        self._ran = [*others, where]
        return run_result(self._rows(where), self._rows(before)), before

    def _rows(self, where: str) -> pd.DataFrame:
        # Called from the thread of a run: a connection of its own.
        with Store.open(self._subsets.folder_of(where)) as store:
            return annotate(counted_rows(store))
