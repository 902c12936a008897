"""The pages of a study: its report, and its panels as their saved pages.

They are made one at a time, in one thread that holds the study open, and kept in memory until the
study changes. Nothing is written to the study.
"""

from __future__ import annotations

import html
from collections import OrderedDict
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from importlib import resources
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from cgr_nb.api import Study
from cgr_nb.errors import CgrError, did_you_mean
from cgr_nb.explore.two_runs import compare
from cgr_nb.store import Store
from cgr_nb.store.arm_answers import arms_on_record
from cgr_nb.words import VIEWER_WORDS

if TYPE_CHECKING:
    from cgr_nb.widgets.panel import Panel

__all__ = ["StudyPages"]

Query = Mapping[str, str]

MOST_KEPT_BYTES = 200_000_000
"""Pages beyond these are forgotten, those that were not looked at for longest first."""


class StudyPages:
    """The pages of the study in a folder. Close it, or use it in a `with`.

    Args:
        folder: The study.

    Raises:
        StoreError: There is no study, or one that this version can't read.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        Store.open(folder).close()
        self._worker = ThreadPoolExecutor(1, thread_name_prefix="cgr-pages")
        self._kept: OrderedDict[tuple[str, ...], bytes] = OrderedDict()
        self._state: object = None

    @property
    def names(self) -> tuple[str, ...]:
        """What `page` knows; "" is the page with all others in it."""
        return ("", *_MAKERS)

    def page(self, name: str, query: Query) -> bytes:
        """One page, as UTF-8. Waits until it is made.

        Args:
            name: One of `names`.
            query: What of it: `row` of the stepper; `arm` and `arm_b`, `solver` and `solver_b`,
                `generator` and `generator_b` of the comparison. All else is ignored.

        Raises:
            CgrError: There is no such page, or it can't be made of this study.
        """
        return self._worker.submit(self._page, name, query).result()

    def close(self) -> None:
        """Make no more pages, and close the study."""
        self._worker.submit(self._close).result()
        self._worker.shutdown()

    def __enter__(self) -> StudyPages:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    # ---- in the thread that holds the study ----------------------------------------------------

    @cached_property
    def _study(self) -> Study:
        return Study.open(self.folder)

    def _close(self) -> None:
        if "_study" in vars(self):
            self._study.close()

    def _page(self, name: str, query: Query) -> bytes:
        if not name:
            return _index(self._study).encode()
        if name not in _MAKERS:
            raise CgrError("there is no such page", got=repr(name), fix=did_you_mean(name, _MAKERS))
        state = self._study.store.state()
        if state != self._state:
            self._kept.clear()
            self._state = state
        make, fields = _MAKERS[name]
        asked = {field: query[field] for field in fields if query.get(field)}
        key = (name, *(f"{field}={value}" for field, value in sorted(asked.items())))
        if key not in self._kept:
            self._kept[key] = make(self._study, asked).encode()
        self._kept.move_to_end(key)
        page = self._kept[key]
        while len(self._kept) > 1 and sum(map(len, self._kept.values())) > MOST_KEPT_BYTES:
            self._kept.popitem(last=False)
        return page


def _index(study: Study) -> str:
    """The page that shows the others: no scripts, a frame that its links fill."""
    arms = arms_on_record(study.store)
    counts = study.store.counts()
    options = "".join(f"<option>{html.escape(arm)}</option>" for arm in arms)
    second = arms[1:2] or arms[:1]
    options_b = "".join(
        f"<option{' selected' if [arm] == second else ''}>{html.escape(arm)}</option>"
        for arm in arms
    )
    frame = resources.files("cgr_nb.viewer").joinpath("index.html").read_text("utf-8")
    return frame.format(
        name=html.escape(study.config.name),
        rows=html.escape(f"{counts.done:,} of {counts.expected:,} rows"),
        making=html.escape(VIEWER_WORDS["making"]),
        options=options,
        options_b=options_b,
        **{name: html.escape(text) for name, text in VIEWER_WORDS["pages"].items()},
    )


def _report(study: Study, query: Query) -> str:
    del query
    with TemporaryDirectory(prefix="cgr-view-") as folder:
        return study.report(Path(folder) / "index.html").read_text("utf-8")


def _results(study: Study, query: Query) -> Panel:
    from cgr_nb.widgets import Results

    del query
    return Results(study)


def _comparison(study: Study, query: Query) -> Panel:
    from cgr_nb.widgets import Comparison

    return Comparison(
        compare(
            study,
            arm=query.get("arm"),
            arm_b=query.get("arm_b"),
            solver=query.get("solver"),
            solver_b=query.get("solver_b"),
            generator=query.get("generator"),
            generator_b=query.get("generator_b"),
        )
    )


def _stepper(study: Study, query: Query) -> Panel:
    from cgr_nb.widgets import Stepper

    row = query.get("row", "0")
    return Stepper(study, int(row) if row.isdecimal() and len(row) < 10 else row)


def _auditor(study: Study, query: Query) -> Panel:
    from cgr_nb.widgets import Auditor

    del query
    return Auditor(study, probing=False)


def _workbench(study: Study, query: Query) -> Panel:
    from cgr_nb.widgets import Workbench

    del query
    return Workbench(study)


def _saved(make: Callable[[Study, Query], Panel]) -> Callable[[Study, Query], str]:
    return lambda study, query: make(study, query).to_html()


_MAKERS: Mapping[str, tuple[Callable[[Study, Query], str], tuple[str, ...]]] = {
    "report": (_report, ()),
    "results": (_saved(_results), ()),
    "comparison": (
        _saved(_comparison),
        ("arm", "arm_b", "solver", "solver_b", "generator", "generator_b"),
    ),
    "stepper": (_saved(_stepper), ("row",)),
    "auditor": (_saved(_auditor), ()),
    "workbench": (_saved(_workbench), ()),
}
"""Page -> what makes it, and the fields of a query that it reads."""
