"""A study in whatever thread a panel's command arrives in.

JupyterLab may send widget messages to a subshell of the kernel, which is another thread than that
of the cells, and an SQLite connection stays in the thread that opened it.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cgr_nb.api import Study

__all__ = ["ThreadLocalStudy"]


class ThreadLocalStudy:
    """Opens the study of a folder once in each thread that asks for it."""

    def __init__(self, study: Study) -> None:
        self.folder: Path = study.folder
        self._own = threading.local()
        self._own.study = study

    @property
    def study(self) -> Study:
        """The study, opened in this thread."""
        if not hasattr(self._own, "study"):
            from cgr_nb.api import Study

            self._own.study = Study.open(self.folder)
        study: Study = self._own.study
        return study
