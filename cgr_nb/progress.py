"""A progress bar for long work, in a terminal or a notebook."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["progress_bar"]


@contextmanager
def progress_bar(show: bool, what: str) -> Iterator[Callable[[int, int], None]]:
    """Give a function of (done, total) that draws; it draws nothing when `show` is false.

    What is done at the first call is work of an earlier run: it counts as done but not as speed.
    """
    from tqdm.auto import tqdm

    with tqdm(disable=not show, desc=what, unit="", dynamic_ncols=True) as bar:
        started = False

        def draw(done: int, total: int) -> None:
            nonlocal started
            if not started:
                started = True
                bar.initial = done
                bar.reset(total=total)
            bar.update(done - bar.n)

        yield draw
