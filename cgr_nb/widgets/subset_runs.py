"""Subsets that are run from a panel: rows appear as they are done, replies as they are written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cgr_nb.arms.requests import Request
from cgr_nb.explore.runs_compared import RunsCompared
from cgr_nb.models import shared_pool
from cgr_nb.study import Progress, run_study
from cgr_nb.study.subset import SubsetStudy
from cgr_nb.util.background import Background
from cgr_nb.widgets.workbench_view import Meter, Ticker, result_view

__all__ = ["SubsetRuns"]

_ENDS = {None: "finished", "stopped": "stopped; finished rows are kept"}


class SubsetRuns:
    """Runs one subset at a time.

    Args:
        job: What it runs in.
        show: Told the traits of a page that change, from any thread.
        on_row: Told the item and the row that is done, from the run's thread.
        compared: Sums a run up when it has ended.
    """

    def __init__(
        self,
        job: Background,
        show: Callable[..., object],
        on_row: Callable[[str, str], object],
        compared: RunsCompared,
    ) -> None:
        self._job, self._show, self._on_row = job, show, on_row
        self._compared = compared
        self._subset: SubsetStudy | None = None
        self._meter, self._ticker = Meter(), Ticker()
        self._progress: dict[str, Any] = {}

    def start(self, subset: SubsetStudy, announce: Callable[[], object]) -> None:
        """Run a subset in the background.

        Args:
            subset: What to run; it is written already.
            announce: Called just before it begins.

        Raises:
            CgrError: Something is running.
        """

        def begin() -> None:
            announce()
            self._subset = subset
            self._meter, self._ticker = Meter(), Ticker()
            self._show(result={})
            self._tell({"running": True, "done": 0, "total": 0, "words": "starting"})

        self._job.start(
            lambda: run_study(
                subset.config, subset.folder, self._on_progress, self._on_text, shared_pool()
            ),
            begin,
        )

    def end(self, how: str | Exception | None) -> bool:
        """The job has ended; whether it was a run."""
        if not self._progress.get("running"):
            return False
        words = "failed" if isinstance(how, Exception) else _ENDS[how]
        self._tell({**self._progress, "running": False, "left": None, "words": words})
        self._show(writing=[])
        if self._subset is not None and self._progress.get("done"):
            found, before = self._compared.after(self._subset.folder.name)
            self._show(result=result_view(found, self._subset.folder.name, before, words))
        return True

    def _tell(self, progress: dict[str, Any]) -> None:
        self._progress = progress
        self._show(progress=progress)

    def _on_progress(self, now: Progress) -> None:
        """Called from the run's thread after each row."""
        if now.unit is not None:
            self._on_row(now.unit.item.id, now.unit.row_id)
        self._tell(self._meter.read(now) or self._progress)

    def _on_text(self, model: str, request: Request, piece: str) -> None:
        """Called from any thread with each piece of a reply."""
        lines = self._ticker.add(model, request, piece)
        if lines is not None:
            self._show(writing=lines)
