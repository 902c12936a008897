"""How far a study is that another process runs: its rows, looked up now and then."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

from cgr_nb.errors import StoreError
from cgr_nb.store import Store
from cgr_nb.util.progress import Show, progress_bar

__all__ = ["row_bar"]

EVERY_S = 1.0


@contextmanager
def row_bar(folder: Path | None, show: Show = True) -> Iterator[None]:
    """Show the rows of the study in `folder` while the block runs; None shows nothing."""
    if folder is None:
        yield
        return
    over = Event()
    watcher = Thread(target=_watch, args=(folder, over, show), name="cgr-nb-rows", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        over.set()
        watcher.join()


def _watch(folder: Path, over: Event, show: Show) -> None:
    first = _rows(folder)
    while not over.wait(EVERY_S):
        now = _rows(folder)
        if now is not None and now != first and now[0] < now[1]:
            break
    else:
        return  # nothing was being run
    with progress_bar(show, "rows") as bar:
        while not over.wait(EVERY_S):
            now = _rows(folder)
            if now is not None:
                bar(*now)
                if now[0] == now[1]:
                    return


def _rows(folder: Path) -> tuple[int, int] | None:
    """Rows done and rows wanted; None when the study is not there yet or busy."""
    try:
        with Store.open(folder) as store:
            counts = store.counts()
    except StoreError:
        return None
    return counts.done, counts.expected
