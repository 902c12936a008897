"""The results: headline, pairs, flips, cost and statuses, each a way to the rows behind it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd
import traitlets

from cgr_nb.analysis import Summary, summarise
from cgr_nb.analysis.bootstrap import pair_bootstrap
from cgr_nb.analysis.frame import annotate
from cgr_nb.audit import ProgramAudit, check_program
from cgr_nb.audit.findings import HardCodedShare, audits_of, hard_coded_share
from cgr_nb.errors import CgrError
from cgr_nb.report.words import ASSISTED_STATUS_WORDS, DIRECT_STATUS_WORDS, TINY_MODELS, headline
from cgr_nb.store.row_columns import item_lines
from cgr_nb.widgets.arm_points import compared_arms, own_arms
from cgr_nb.widgets.assets import script, style
from cgr_nb.widgets.panel import Panel
from cgr_nb.widgets.results_view import (
    FACETS,
    FLIPS,
    drawn_facts,
    drawn_pairs,
    facet_codes,
    packed_rows,
)
from cgr_nb.widgets.row_columns import counted_rows
from cgr_nb.widgets.stepper import Stepper
from cgr_nb.widgets.thread_local_study import ThreadLocalStudy

if TYPE_CHECKING:
    from cgr_nb.api import Study
    from cgr_nb.widgets.workbench import Workbench

__all__ = ["Results"]

VIEWS = ("dumbbells", "heat map")
MEASURES = ("change", "direct", "assisted", "generator-side")
COSTS = ("calls", "tokens")
READ_AT_ONCE = 400
"""Programs that are read before the panel opens, for the headline to say how many are hard-coded; a
fifth of a second. More of them are read while the page is up."""


class Results(Panel):
    """Read a study, and pick the rows behind any mark.

    What is picked is any number of values of a facet: pairs, flips, statuses. `selection` is the
    rows that have one of them in every facet that is picked by.

    Args:
        study: An open study.
        resamples: Resamples of the pair bootstrap.
        seed: Its seed.

    Raises:
        CgrError: The study has no rows.
    """

    _esm = script("results.js")
    _css = style("stepper.css", "results.css")
    commands = (
        "pick",
        "clear",
        "refresh",
        "send_rows",
        "open_row",
        "step",
        "close_step",
        "dismiss",
    )
    frame_height = 900

    headline = traitlets.Unicode("").tag(sync=True)
    caution = traitlets.Unicode("").tag(sync=True)
    """What a reader must know first; empty when there is nothing."""
    facts: traitlets.List[Any] = traitlets.List().tag(sync=True)
    """Partitions as lines of text: name, pairs, rows, direct, assisted, generator-side, chance,
    the best constant answer, change, interval."""
    pairs: traitlets.List[Any] = traitlets.List().tag(sync=True)
    """One dictionary a pair, the largest gain first."""
    arms: traitlets.List[Any] = traitlets.List().tag(sync=True)
    """One dictionary an arm: accuracy with interval, calls and tokens an item (see
    `arm_points`)."""
    facets = traitlets.Dict().tag(sync=True)
    """Facet -> its values: code, name, meaning and rows."""
    size = traitlets.Int(0).tag(sync=True)
    """Rows of the study."""
    rows = traitlets.Bytes(b"").tag(sync=True)
    """Every row (see `packed_rows`); empty until the page has drawn the rest and asks for it."""
    picked = traitlets.Dict().tag(sync=True)
    """Facet -> codes of the values picked; empty when nothing is."""
    view = traitlets.Enum(VIEWS, default_value="dumbbells").tag(sync=True)
    """How pairs are drawn."""
    measure = traitlets.Enum(MEASURES, default_value="change").tag(sync=True)
    """What the heat map's colour says."""
    cost = traitlets.Enum(COSTS, default_value="calls").tag(sync=True)
    """What accuracy is drawn against."""
    opened = traitlets.Unicode("").tag(sync=True)
    """Id of the row that was clicked last."""
    opened_row = traitlets.Int(-1).tag(sync=True)
    """Its number in `study.rows()`; -1 before that."""
    step_state = traitlets.Dict().tag(sync=True)
    """The stepper that is open in the panel; empty when none is."""

    def __init__(self, study: Study, *, resamples: int = 10_000, seed: int = 0) -> None:
        self._desk = ThreadLocalStudy(study)
        self._resamples = resamples
        self._seed = seed
        self._linked: list[Workbench] = []
        self._read: dict[str, ProgramAudit] = {}
        self._reading = threading.Lock()
        self._page_is_up = False
        self.stepper: Stepper | None = None
        """The stepper behind the panel's step view."""
        super().__init__()
        self.refresh()

    @traitlets.validate("picked")
    def _known(self, proposal: Any) -> dict[str, list[int]]:  # noqa: ANN401 - as traitlets hands it over
        asked = {
            name: codes if isinstance(codes, list) else [codes]
            for name, codes in proposal["value"].items()
            if name in FACETS
        }
        known = {
            name: sorted({int(code) for code in codes if 0 <= int(code) < len(self.facets[name])})
            for name, codes in asked.items()
        }
        return {name: codes for name, codes in known.items() if codes}

    def refresh(self) -> None:
        """Read the study again: shows what a run has added."""
        study = self._desk.study
        rows = counted_rows(study)
        if rows.empty:
            raise CgrError(
                "this study has no rows yet", where=str(study.folder), fix="run it first"
            )
        summary = _quick_summary(rows, self._resamples, self._seed)
        self._summary = summary
        self._frame = annotate(rows)
        self._whole: pd.DataFrame | None = None
        self._settled = False
        pairs = summary.pairs.sort_values("difference_pp", ascending=False, ignore_index=True)
        self._codes = facet_codes(self._frame, pairs)
        with self.hold_sync():
            self.picked = {}
            self.headline = headline(summary, self._hard_coded(READ_AT_ONCE))
            self.caution = TINY_MODELS if _tiny(study) else ""
            self.facts = drawn_facts(summary, clustered=False)
            self.pairs = drawn_pairs(pairs, self._frame)
            self.arms = own_arms(self._frame)
            self.facets = self._facets()
            self.size = len(rows)
            self.rows = b""
        if self._page_is_up:
            self._read_on()

    def settle(self) -> None:
        """Add what takes longer than a look: item-clustered intervals, and the arms compared.

        The page asks for it once it is drawn; a saved page has it in any case.
        """
        if self._settled:
            return
        study = self._desk.study
        arms = study.arm_frame() if study.store.has_arms() else None
        summary = summarise(
            counted_rows(study), arms=arms, resamples=self._resamples, seed=self._seed
        )
        with self.hold_sync():
            self.facts = drawn_facts(summary)
            self._summary = summary
            self.headline = headline(summary, self._hard_coded(READ_AT_ONCE))
            if summary.comparison is not None:
                self.arms = compared_arms(summary.comparison, study.arm_summaries())
        self._settled = True

    def page_is_up(self) -> None:
        """Settle, now that the first look is on the screen, and read the programs that are left."""
        self.settle()
        self._page_is_up = True
        self._read_on()

    def read_programs(self, pause: float = 0.0) -> None:
        """Read every program of the study, so that the headline says how many are hard-coded.

        Args:
            pause: Seconds to wait after each program: whoever reads the panel meanwhile must not
                wait for this thread to let go of Python.
        """
        with self._reading:
            for program_id, source in self._sources().items():
                self._read[program_id] = check_program(source)
                time.sleep(pause)
            self.headline = headline(self._summary, self._hard_coded())

    def send_rows(self) -> None:
        """Send every row to the page, which draws the headline and the charts without."""
        self.rows = self.rows or self._packed()

    # ---- picking -------------------------------------------------------------------------------

    def pick(self, facet: str, *values: str | int, add: bool = False) -> pd.DataFrame:
        """Pick values of a facet, beside what other facets have picked.

        Args:
            facet: "pair", "flip", "direct_status" or "assisted_status".
            values: Their names, such as "gain", or their codes; none takes the facet's pick away.
            add: Keep what this facet has picked already.

        Returns:
            The selection.

        Raises:
            CgrError: No such facet or value.
        """
        if facet not in FACETS:
            raise CgrError("no such facet", got=repr(facet), fix=f"one of {', '.join(FACETS)}")
        codes = [self._code(facet, value) for value in values]
        before = self.picked.get(facet, []) if add else []
        self.picked = {**self.picked, facet: [*before, *codes]}
        return self.selection

    def clear(self) -> None:
        """Pick nothing."""
        self.picked = {}

    @property
    def selection(self) -> pd.DataFrame:
        """The rows that are picked, as `analysis.frame.annotate` gives them; all when none is."""
        if self._whole is None:
            self._whole = annotate(self._desk.study.rows()).set_index("id", drop=False)
        return self._whole.loc[self._frame.loc[self._mask(), "id"]].reset_index(drop=True)

    @property
    def selected_items(self) -> list[str]:
        """Ids of the items of the rows that are picked, each once."""
        return list(dict.fromkeys(self._frame.loc[self._mask(), "item_id"]))

    def on_select(self, work: Callable[[pd.DataFrame], object]) -> None:
        """Call a function with the selection whenever it changes."""
        self.observe(lambda _: work(self.selection), names="picked")

    def narrow(self, workbench: Workbench) -> None:
        """Show what is picked here, now and from now on, in a workbench; a row that is clicked here
        opens there."""

        def show() -> None:
            workbench.show_items(self.selected_items if self.picked else None)

        self._linked.append(workbench)
        self.observe(lambda _: show(), names="picked")
        show()

    # ---- one row -------------------------------------------------------------------------------

    def open_row(self, row: str | int) -> str:
        """Open the item of a row in the workbenches that follow this panel (see `narrow`).

        Args:
            row: Its id, or its number in `study.rows()`.

        Returns:
            The id of the item.

        Raises:
            CgrError: There is no such row.
        """
        known = self._frame.index[self._frame["id"] == row] if isinstance(row, str) else [row]
        if len(known) != 1 or not 0 <= known[0] < len(self._frame):
            raise CgrError("there is no such row", got=repr(row), fix="ids are in `selection`")
        found = self._frame.iloc[known[0]]
        self.opened, self.opened_row = str(found["id"]), int(known[0])
        item_id = str(found["item_id"])
        for workbench in self._linked:
            workbench.attempt(partial(workbench.open_item, item_id))
        return item_id

    def step(self, row: str | int) -> Stepper:
        """Open the run behind a row in the panel's step view.

        Raises:
            CgrError: There is no such row, or no program ran for it.
        """
        self.open_row(row)
        self.stepper = Stepper(self._desk.study, self.opened)
        self.step_state = self.stepper.saved_state()
        return self.stepper

    def close_step(self) -> None:
        """Close the step view."""
        self.stepper, self.step_state = None, {}

    # ---- views ---------------------------------------------------------------------------------

    def summary_line(self) -> str:
        """The headline."""
        return f"Results: {self.headline}"

    def saved_state(self) -> dict[str, Any]:
        """The panel's traits, with every row: a saved page picks among them by itself."""
        self.settle()
        self.read_programs()
        return {**super().saved_state(), "rows": self.rows or self._packed()}

    # ---- inside --------------------------------------------------------------------------------

    def _read_on(self) -> None:
        """Read the programs that are left, in a thread of its own."""
        if self._unread():
            threading.Thread(target=self.read_programs, args=(0.0005,), daemon=True).start()

    def _unread(self) -> set[str]:
        return set(self._frame["program_id"].dropna()) - self._read.keys()

    def _sources(self) -> dict[str, str]:
        """The programs that are not read yet: id -> source."""
        programs = self._desk.study.programs()[["program_id", "source"]].dropna()
        left = programs[programs["program_id"].isin(self._unread())]
        return dict(left.itertuples(index=False, name=None))

    def _hard_coded(self, at_most: int = 0) -> HardCodedShare | None:
        """How much is hard-coded; None while more than `at_most` programs are not read."""
        unread = len(self._unread())
        if unread > at_most:
            return None
        if unread:
            self._read |= {id: check_program(source) for id, source in self._sources().items()}
        return hard_coded_share(audits_of(self._desk.study.store, self._read), self._frame)

    def _packed(self) -> bytes:
        return packed_rows(self._frame, self._codes, item_lines(self._desk.study.store))

    def _mask(self) -> pd.Series[bool]:
        chosen = pd.Series(True, index=self._frame.index)
        for facet, codes in self.picked.items():
            chosen &= self._codes[facet].isin(codes)
        return chosen

    def _code(self, facet: str, value: str | int) -> int:
        for entry in self.facets[facet]:
            if value in (entry["name"], entry["code"]):
                return int(entry["code"])
        names = ", ".join(entry["name"] for entry in self.facets[facet])
        raise CgrError(f"no such {facet}", got=repr(value), fix=f"one of {names}")

    def _facets(self) -> dict[str, list[dict[str, Any]]]:
        named: dict[str, Iterable[tuple[str, str]]] = {
            "pair": [(pair["label"], "") for pair in self.pairs],
            "flip": FLIPS.items(),
            "direct_status": DIRECT_STATUS_WORDS.items(),
            "assisted_status": ASSISTED_STATUS_WORDS.items(),
        }
        counts = {facet: self._codes[facet].value_counts() for facet in FACETS}
        return {
            facet: [
                {
                    "code": code,
                    "name": name,
                    "meaning": meaning,
                    "rows": int(counts[facet].get(code, 0)),
                }
                for code, (name, meaning) in enumerate(named[facet])
            ]
            for facet in FACETS
        }


def _quick_summary(rows: pd.DataFrame, resamples: int, seed: int) -> Summary:
    """The summary without its clustered intervals, which take most of its time; all else is as it
    will be."""
    quick = summarise(rows, resamples=1, seed=seed)
    partitions = {}
    for name, part in quick.partitions.items():
        ours = quick.pairs if name == "all" else quick.pairs[quick.pairs[name]]
        changes = ours["difference_pp"].to_numpy()
        interval = pair_bootstrap(changes, resamples=resamples, seed=seed)
        partitions[name] = replace(part, interval=interval)
    return replace(quick, partitions=partitions)


def _tiny(study: Study) -> bool:
    """Whether a bundled tiny model took part."""
    from cgr_nb.api import TINY_FAMILY

    return any(card.family == TINY_FAMILY for card in study.store.models())
