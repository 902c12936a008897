"""A store in whatever thread it is asked for: an SQLite connection stays in the thread that opened
it, while work of panels and of background jobs goes on in several."""

from __future__ import annotations

import threading
from pathlib import Path

from cgr_nb.store.database import Store

__all__ = ["ThreadLocalStore"]


class ThreadLocalStore:
    """Opens the store of a folder once in each thread that asks for it.

    Args:
        store: Open in this thread.
    """

    def __init__(self, store: Store) -> None:
        self.folder: Path = store.path.parent
        self._own = threading.local()
        self._own.store = store

    @property
    def here(self) -> Store:
        """The store, opened in this thread."""
        if not hasattr(self._own, "store"):
            self._own.store = Store.open(self.folder)
        store: Store = self._own.store
        return store
