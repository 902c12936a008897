"""The pages of a study: its report, and its panels, which answer what their pages ask for.

They are made one at a time, in one thread that holds the study open, and kept in memory until the
study changes. Nothing is written to the study, nor to those that it is compared with.
"""

from __future__ import annotations

import html
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
from cgr_nb.viewer.panels import OpenPanels
from cgr_nb.words import VIEWER_WORDS

if TYPE_CHECKING:
    from cgr_nb.widgets.panel import Panel

__all__ = ["StudyPages"]

Query = Mapping[str, str]
Studies = Sequence[Study]
"""The study, then those beside it."""

ASK = "ask"
"""Where pages send what they ask for, beside them."""


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
        self._report: bytes | None = None
        self._panels = OpenPanels(ASK)
        self._state: object = None

    @property
    def names(self) -> tuple[str, ...]:
        """What `page` knows; "" is the page with all others in it."""
        return ("", "report", *_PANELS)

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

    def ask(self, message: bytes) -> bytes:
        """What a page asks for of its panel, as JSON; see `OpenPanels.ask`.

        Raises:
            CgrError: It is no question that a page asks, or the study has changed since.
        """
        return self._worker.submit(self._panels.ask, message).result().encode()

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
        self._panels.close()
        if "_studies" in vars(self):
            for study in self._studies:
                study.close()

    def _page(self, name: str, query: Query) -> bytes:
        if not name:
            return _index(self._studies).encode()
        if name not in self.names:
            raise CgrError(
                "there is no such page", got=repr(name), fix=did_you_mean(name, self.names)
            )
        state = [study.store.state() for study in self._studies]
        if state != self._state:
            self._panels.close()
            self._report, self._state = None, state
        if name == "report":
            self._report = self._report or _report(self._studies[0])
            return self._report
        make, fields = _PANELS[name]
        asked = {field: query[field] for field in fields if query.get(field)}
        key = (name, *sorted(asked.items()))
        return self._panels.page(key, lambda: make(self._studies, asked)).encode()


def _index(studies: Studies) -> str:
    """The page that shows the others: no scripts, a frame that its links fill."""
    study, counts = studies[0], studies[0].store.counts()
    frame = resources.files("cgr_nb.viewer").joinpath("index.html").read_text("utf-8")
    words = {name: html.escape(text) for name, text in VIEWER_WORDS["pages"].items()}
    audit = f'<a href="auditor" target="view">{words["auditor"]}</a>'
    return frame.format(
        name=html.escape(study.config.name),
        rows=html.escape(f"{counts.done:,} of {counts.expected:,} rows"),
        making=html.escape(VIEWER_WORDS["making"]),
        audit=audit if study.config.models.generators else "",
        comparing=_comparing(studies, words),
        **words,
    )


def _comparing(studies: Studies, words: Mapping[str, str]) -> str:
    """The form that asks for a comparison; nothing where there is only one answer to each row."""
    arms = arms_on_record(studies[0].store)
    arms_b = list(dict.fromkeys(arm for each in studies for arm in arms_on_record(each.store)))
    solvers = _solvers("solver", [studies[0]])
    if not arms or (len(studies) == 1 and len(arms) < 2 and not solvers):
        return ""
    other = arms[0] if len(arms) < 2 else arms[1]
    side_a = _select("arm", "A", zip(arms, arms, strict=True)) + solvers
    side_b = _others(studies) + _select("arm_b", "B", zip(arms_b, arms_b, strict=True), other)
    side_b += _solvers("solver_b", studies)
    return (
        f'<form action="comparison" target="view"><span>{words["comparison"]}</span> {side_a}'
        f" <span>{words['against']}</span> {side_b}"
        f" <button>{words['compare']}</button></form>"
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


def _report(study: Study) -> bytes:
    with TemporaryDirectory(prefix="cgr-view-") as folder:
        return study.report(Path(folder) / "index.html").read_bytes()


def _results(studies: Studies, query: Query) -> Panel:
    from cgr_nb.widgets import Results

    del query
    return Results(studies[0])


def _comparison(studies: Studies, query: Query) -> Panel:
    from cgr_nb.widgets import Comparison

    place = query.get("study_b", "0")
    if place not in map(str, range(len(studies))):
        raise CgrError("there is no such study", got=repr(place))
    if not query and len(arms := arms_on_record(studies[0].store)) > 1:
        query = {"arm": arms[0], "arm_b": arms[1]}
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
    panel = Auditor(studies[0], probing=False)
    panel.page_is_up()
    return panel


def _workbench(studies: Studies, query: Query) -> Panel:
    from cgr_nb.widgets import Workbench

    del query
    return Workbench(studies[0])


_PANELS: Mapping[str, tuple[Callable[[Studies, Query], Panel], tuple[str, ...]]] = {
    "results": (_results, ()),
    "comparison": (
        _comparison,
        ("study_b", "arm", "arm_b", "solver", "solver_b", "generator", "generator_b"),
    ),
    "stepper": (_stepper, ("row",)),
    "auditor": (_auditor, ()),
    "workbench": (_workbench, ()),
}
"""Page -> what makes its panel, and the fields of a query that it reads."""
