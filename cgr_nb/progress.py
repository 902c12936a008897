"""A progress bar for long work, in a terminal or a notebook."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["progress_bar"]


@contextmanager
def progress_bar(show: bool, what: str) -> Iterator[Callable[[int, int], None]]:
    """Give a function of (done, total) that draws; it draws nothing when `show` is false.

    What is done at the first call is work of an earlier run: it counts as done but not as speed.
    """
    from tqdm.auto import tqdm

    with tqdm(disable=not show, desc=what, unit="", **_width()) as bar:
        started = False

        def draw(done: int, total: int) -> None:
            nonlocal started
            if not started:
                started = True
                bar.initial = done
                bar.reset(total=total)
            bar.update(done - bar.n)

        yield draw


def _width() -> dict[str, int | bool]:
    """As wide as the terminal; one that does not know its size would get no bar at all."""
    if sys.stderr.isatty() and os.get_terminal_size(sys.stderr.fileno()).columns == 0:
        return {"ncols": 80, "nrows": 24}
    return {"dynamic_ncols": True}
