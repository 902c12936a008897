"""A study in whatever thread a panel's command arrives in.

JupyterLab may send widget messages to a subshell of the kernel, which is another thread than that
of the cells.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cgr_nb.store.thread_local import ThreadLocalStore

if TYPE_CHECKING:
    from cgr_nb.api import Study

__all__ = ["ThreadLocalStudy"]


class ThreadLocalStudy:
    """The study of a folder, over the store of the thread that asks for it."""

    def __init__(self, study: Study) -> None:
        self.folder: Path = study.folder
        self.stores = ThreadLocalStore(study.store)

    @property
    def study(self) -> Study:
        """The study, opened in this thread."""
        from cgr_nb.api import Study

        return Study(self.folder, self.stores.here)
