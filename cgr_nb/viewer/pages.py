"""The pages of a study: its report, and its panels as their saved pages.

They are made one at a time, in one thread that holds the study open, and kept in memory until the
study changes. Nothing is written to the study, nor to those that it is compared with.
"""

from __future__ import annotations

import html
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
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

ROOM = 20
"""See `Panel.saved_room`: no notebook has to hold these pages."""

Query = Mapping[str, str]
Studies = Sequence[Study]
"""The study, then those beside it."""

MOST_KEPT_BYTES = 200_000_000
"""Pages beyond these are forgotten, those that were not looked at for longest first."""


class StudyPages:
    """The pages of the study in a folder. Close it, or use it in a `with`.

    Args:
        folder: The study.
        beside: Studies that it can be compared with.

    Raises:
        StoreError: There is no study, or one that this version can't read.
    """

    def __init__(self, folder: Path, beside: Sequence[Path] = ()) -> None:
        self.folders = (folder, *beside)
        """The study, then those beside it."""
        for each in self.folders:
            Store.open(each).close()
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
                `generator` and `generator_b` of the comparison, and its `study_b`, the place in
                `folders`. All else is ignored.

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
    def _studies(self) -> list[Study]:
        return [Study.open(folder) for folder in self.folders]

    def _close(self) -> None:
        if "_studies" in vars(self):
            for study in self._studies:
                study.close()

    def _page(self, name: str, query: Query) -> bytes:
        if not name:
            return _index(self._studies).encode()
        if name not in _MAKERS:
            raise CgrError("there is no such page", got=repr(name), fix=did_you_mean(name, _MAKERS))
        state = [study.store.state() for study in self._studies]
        if state != self._state:
            self._kept.clear()
            self._state = state
        make, fields = _MAKERS[name]
        asked = {field: query[field] for field in fields if query.get(field)}
        key = (name, *(f"{field}={value}" for field, value in sorted(asked.items())))
        if key not in self._kept:
            self._kept[key] = make(self._studies, asked).encode()
        self._kept.move_to_end(key)
        page = self._kept[key]
        while len(self._kept) > 1 and sum(map(len, self._kept.values())) > MOST_KEPT_BYTES:
            self._kept.popitem(last=False)
        return page


def _index(studies: Studies) -> str:
    """The page that shows the others: no scripts, a frame that its links fill."""
    study, counts = studies[0], studies[0].store.counts()
    arms = arms_on_record(study.store)
    arms_b = list(dict.fromkeys(arm for each in studies for arm in arms_on_record(each.store)))
    frame = resources.files("cgr_nb.viewer").joinpath("index.html").read_text("utf-8")
    return frame.format(
        name=html.escape(study.config.name),
        rows=html.escape(f"{counts.done:,} of {counts.expected:,} rows"),
        making=html.escape(VIEWER_WORDS["making"]),
        side_a=_select("arm", "A", zip(arms, arms, strict=True)) + _solvers("solver", [study]),
        side_b=_others(studies)
        + _select(
            "arm_b", "B", zip(arms_b, arms_b, strict=True), (arms[1:2] or arms[:1] or [""])[0]
        )
        + _solvers("solver_b", studies),
        **{name: html.escape(text) for name, text in VIEWER_WORDS["pages"].items()},
    )


def _others(studies: Studies) -> str:
    """The choice of a study for side B; nothing where there is one study."""
    if len(studies) == 1:
        return ""
    names = [each.config.name for each in studies]
    told = [
        name if names.count(name) == 1 else f"{name} ({each.folder})"
        for name, each in zip(names, studies, strict=True)
    ]
    return _select(
        "study_b", VIEWER_WORDS["study_b"], zip(map(str, range(len(told))), told, strict=True)
    )


def _solvers(field: str, studies: Studies) -> str:
    """The choice of a solver; nothing where there is one."""
    known = sorted({name for each in studies for name in each.config.models.solvers})
    if len(known) < 2:
        return ""
    every = VIEWER_WORDS["every_solver"]
    return _select(field, VIEWER_WORDS[field], [("", every), *zip(known, known, strict=True)])


def _select(field: str, label: str, values: Iterable[tuple[str, str]], chosen: str = "") -> str:
    options = "".join(
        f'<option value="{html.escape(value)}"{" selected" if value == chosen else ""}>'
        f"{html.escape(name)}</option>"
        for value, name in values
    )
    return f'<select name="{field}" aria-label="{html.escape(label)}">{options}</select>'


def _report(studies: Studies, query: Query) -> str:
    del query
    with TemporaryDirectory(prefix="cgr-view-") as folder:
        return studies[0].report(Path(folder) / "index.html").read_text("utf-8")


def _results(studies: Studies, query: Query) -> Panel:
    from cgr_nb.widgets import Results

    del query
    return Results(studies[0])


def _comparison(studies: Studies, query: Query) -> Panel:
    from cgr_nb.widgets import Comparison

    place = query.get("study_b", "0")
    if place not in map(str, range(len(studies))):
        raise CgrError("there is no such study", got=repr(place))
    return Comparison(
        compare(
            studies[0],
            studies[int(place)],
            arm=query.get("arm"),
            arm_b=query.get("arm_b"),
            solver=query.get("solver"),
            solver_b=query.get("solver_b"),
            generator=query.get("generator"),
            generator_b=query.get("generator_b"),
        )
    )


def _stepper(studies: Studies, query: Query) -> Panel:
    from cgr_nb.widgets import Stepper

    row = query.get("row", "0")
    return Stepper(studies[0], int(row) if row.isdecimal() and len(row) < 10 else row)


def _auditor(studies: Studies, query: Query) -> Panel:
    from cgr_nb.widgets import Auditor

    del query
    return Auditor(studies[0], probing=False)


def _workbench(studies: Studies, query: Query) -> Panel:
    from cgr_nb.widgets import Workbench

    del query
    return Workbench(studies[0])


def _saved(make: Callable[[Studies, Query], Panel]) -> Callable[[Studies, Query], str]:
    def saved(studies: Studies, query: Query) -> str:
        panel = make(studies, query)
        panel.saved_room = ROOM
        return panel.to_html()

    return saved


_MAKERS: Mapping[str, tuple[Callable[[Studies, Query], str], tuple[str, ...]]] = {
    "report": (_report, ()),
    "results": (_saved(_results), ()),
    "comparison": (
        _saved(_comparison),
        ("study_b", "arm", "arm_b", "solver", "solver_b", "generator", "generator_b"),
    ),
    "stepper": (_saved(_stepper), ("row",)),
    "auditor": (_saved(_auditor), ()),
    "workbench": (_saved(_workbench), ()),
}
"""Page -> what makes it, and the fields of a query that it reads."""
