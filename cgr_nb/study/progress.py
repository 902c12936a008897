"""A progress bar for a run, in a terminal or a notebook."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from cgr_nb.study.run import Progress

__all__ = ["progress_bar"]


@contextmanager
def progress_bar(show: bool) -> Iterator[Callable[[Progress], None]]:
    """Give a function that draws each `Progress`; it draws nothing when `show` is false."""
    from tqdm.auto import tqdm

    with tqdm(disable=not show, unit="row", desc="rows", dynamic_ncols=True) as bar:

        def draw(progress: Progress) -> None:
            if progress.row is None:
                # Rows of earlier runs count as done but not as speed.
                bar.initial = progress.done
                bar.reset(total=progress.total)
            else:
                bar.update(progress.done - bar.n)
                bar.set_postfix_str(progress.row.dataset, refresh=False)

        yield draw
