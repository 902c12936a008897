"""The results: headline, pairs, flips, cost and statuses, each a way to the rows behind it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import pandas as pd
import traitlets

from cgr_nb.analysis import Summary
from cgr_nb.analysis.budget_curves import AXES
from cgr_nb.analysis.frame import annotate
from cgr_nb.analysis.pairs import PAIR_KEY
from cgr_nb.audit.static_reading import PAUSE_S, READ_AT_ONCE, StaticReading
from cgr_nb.explore.arm_points import compared_arms, own_arms
from cgr_nb.explore.counted_rows import counted_rows
from cgr_nb.explore.quick_summary import quick_summary
from cgr_nb.explore.row_facets import RowFacets
from cgr_nb.report.alone import alone_lines
from cgr_nb.report.headline import headline
from cgr_nb.store.row_columns import item_columns
from cgr_nb.widgets import results_view
from cgr_nb.widgets.assets import script, style
from cgr_nb.widgets.drawn_comparison import drawn_comparison
from cgr_nb.widgets.on_demand import (
    DictOnDemand,
    IntOnDemand,
    ListOnDemand,
    OnDemand,
    UnicodeOnDemand,
)
from cgr_nb.widgets.panel import REPLY_COMMANDS, Panel
from cgr_nb.widgets.replies import Replies
from cgr_nb.widgets.stepper import Stepper
from cgr_nb.widgets.thread_local_study import ThreadLocalStudy

if TYPE_CHECKING:
    from cgr_nb.api import Study
    from cgr_nb.widgets.workbench import Workbench

__all__ = ["Results"]

VIEWS = ("dumbbells", "heat map")
MEASURES = ("change", "direct", "assisted", "generator-side")
COSTS = ("calls", "tokens")


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
    _css = style("stepper.css", "replies.css", "results.css", "comparison.css")
    commands = (
        "pick",
        "clear",
        "refresh",
        "send_rows",
        "open_row",
        "step",
        "close_step",
        "dismiss",
        "show_row_reply",
        *REPLY_COMMANDS,
    )
    reading = ("send_rows", "open_row", "step", "close_step", "show_row_reply", *REPLY_COMMANDS)
    frame_height = 900
    saves_later = True

    headline = ListOnDemand().tag(sync=True)
    """One sentence each."""
    caution = UnicodeOnDemand("").tag(sync=True)
    """What a reader must know first; empty when there is nothing."""
    facts = ListOnDemand().tag(sync=True)
    """Partitions as lines of text: name, pairs, rows, direct, assisted, generator-side, chance,
    the best constant answer, change, interval; `told` marks the one that the headline speaks of."""
    alone = ListOnDemand().tag(sync=True)
    """What each arm scores where there is no generator, as text (`report.alone.alone_lines`)."""
    pairs = ListOnDemand().tag(sync=True)
    """One dictionary a pair, the largest gain first."""
    arms = ListOnDemand().tag(sync=True)
    """One dictionary an arm: accuracy with interval, calls and tokens an item (see
    `arm_points`)."""
    facets = DictOnDemand().tag(sync=True)
    """Facet -> its values: code, name, meaning and rows."""
    size = IntOnDemand(0).tag(sync=True)
    """Rows of the study; 0 until they are read."""
    rows = traitlets.Bytes(b"").tag(sync=True)
    """Every row (see `packed_rows`); empty until the page has drawn the rest and asks for it."""
    picked = traitlets.Dict().tag(sync=True)
    """Facet -> codes of the values picked; empty when nothing is."""
    view = traitlets.Enum(VIEWS, default_value="dumbbells").tag(sync=True)
    """How pairs are drawn."""
    measure = traitlets.Enum(MEASURES, default_value="change").tag(sync=True)
    """What the heat map's colour says."""
    cost = traitlets.Enum(COSTS, default_value="calls").tag(sync=True)
    """What accuracy of direct and assisted answers is drawn against."""
    comparison = traitlets.Dict().tag(sync=True)
    """The arms compared, as text (see `drawn_comparison`); empty until that is settled, and where
    there are none."""
    drawings = traitlets.Bytes(b"").tag(sync=True)
    """The report's drawings of them, packed."""
    arm_cost = traitlets.Enum(AXES, default_value="total_tokens").tag(sync=True)
    """What all arms are drawn against."""
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
        self._programs = StaticReading(self._desk.stores)
        self._page_is_up = False
        self._whole: pd.DataFrame | None = None
        """The frame with all its columns, once somebody asks for a selection."""
        self._settled = False
        self._settling = threading.Lock()
        # Whoever opens the panel is sent what it holds: nothing is to be read for that yet.
        self._reading = OnDemand(lambda: None)
        self.stepper: Stepper | None = None
        """The stepper behind the panel's step view."""
        super().__init__(Replies(lambda _: self._desk.stores.here, lambda: self._desk.stores.here))
        results_view.check_rows(study)
        self._reading = OnDemand(self._read)

    @traitlets.validate("picked")
    def _known(self, proposal: Any) -> dict[str, list[int]]:  # noqa: ANN401 - as traitlets hands it over
        return self._facets.known(proposal["value"])

    # ---- numbers -------------------------------------------------------------------------------

    def look(self) -> None:
        """Read the study, unless that is done: whoever reads a number has it done first, in
        whatever thread."""
        self._reading.look()

    def refresh(self) -> None:
        """Read the study again: shows what a run has added.

        Raises:
            CgrError: It has no rows.
        """
        self._reading.again()
        if self._page_is_up:
            self._read_on()

    def settle(self) -> None:
        """Add what takes longer than a look: item-clustered intervals, and the arms compared.

        The page asks for it once it is drawn; a saved page has it in any case.
        """
        with self._settling:
            if self._settled:
                return
            frame = self._frame
            summary = self._desk.study.summary(resamples=self._resamples, seed=self._seed)
            # The study may have been read again meanwhile.
            if self._frame is frame:
                self._show_settled(summary)

    def page_is_up(self) -> None:
        """Settle, now that the first look is on the screen, and read the programs that are left:
        in a thread of its own, as cells are to run meanwhile."""
        self._page_is_up = True
        threading.Thread(target=self._settle_and_read, daemon=True).start()

    def read_programs(self, pause_s: float = 0.0) -> None:
        """Read every program of the study, so that the headline says how many are hard-coded.

        Args:
            pause_s: See `StaticReading.read`.
        """
        self._programs.read(self._frame, pause_s)
        self._show_headline(self._summary)

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
        codes = self._facets.code_list(facet, values)
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
        ids = self._facets.select(self.picked)["id"]
        found: pd.DataFrame = self._whole.loc[ids].reset_index(drop=True)
        return found

    @property
    def selected_items(self) -> list[str]:
        """Ids of the items of the rows that are picked, each once."""
        return list(dict.fromkeys(self._facets.select(self.picked)["item_id"]))

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
        """Open the item of a row in the workbenches that follow this panel (see `narrow`); where
        none does, show what was asked and said for the row's direct answer.

        Args:
            row: Its id, or its number in `study.rows()`.

        Returns:
            The id of the item.

        Raises:
            CgrError: There is no such row.
        """
        item_id = self._mark(row)
        for workbench in self._linked:
            workbench.attempt(partial(workbench.open_item, item_id))
        if not self._linked:
            self.show_reply(self.opened)
        return item_id

    def step(self, row: str | int) -> Stepper:
        """Open the run behind a row in the panel's step view.

        Raises:
            CgrError: There is no such row.
        """
        self._mark(row)
        self.stepper = Stepper(self._desk.study, self.opened)
        self.step_state = self.stepper.saved_state()
        return self.stepper

    def show_row_reply(self, row: str | int, arm: str = "direct") -> dict[str, Any]:
        """As `show_reply`, of a row that may be named by its number in `study.rows()`.

        Raises:
            CgrError: There is no such row or answer.
        """
        return self.show_reply(str(self._frame.iloc[self._facets.number(row)]["id"]), arm)

    def close_step(self) -> None:
        """Close the step view."""
        self.stepper, self.step_state = None, {}

    # ---- views ---------------------------------------------------------------------------------

    def summary_line(self) -> str:
        """The headline."""
        return f"Results: {' '.join(self.headline)}"

    def shown_state(self) -> dict[str, Any]:
        """The panel's traits with every number settled and every row, among which a page picks."""
        self.settle()
        self.read_programs(PAUSE_S if self._page_is_up else 0.0)
        return {**super().shown_state(), "rows": self.rows or self._packed()}

    def saved_state(self) -> dict[str, Any]:
        """That, and the replies of the rows that matter most."""
        saved = self.shown_state()
        chosen = self._facets.select(self.picked)["id"]
        ids = dict.fromkeys([*([self.opened] if self.opened else []), *chosen])
        kept = self._replies.to_save(ids, len(self._frame), room=self.saved_room)
        numbers = {self._facets.number(id): id for id in kept["answers"]}
        return {**saved, "kept": {**kept, "numbers": numbers}}

    # ---- the view --------------------------------------------------------------------------------

    def _read(self) -> None:
        results_view.check_rows(self._desk.study)
        frame = annotate(counted_rows(self._desk.stores.here, rules=False))
        self._show(quick_summary(frame, resamples=self._resamples, seed=self._seed), frame)

    @property
    def _frame(self) -> pd.DataFrame:
        self.look()
        return self._frame_read

    @property
    def _facets(self) -> RowFacets:
        self.look()
        return self._facets_read

    def _mark(self, row: str | int) -> str:
        """Mark a row as the open one, and give its item."""
        self.opened_row = self._facets.number(row)
        found = self._frame.iloc[self.opened_row]
        self.opened = str(found["id"])
        return str(found["item_id"])

    def _show(self, summary: Summary, frame: pd.DataFrame) -> None:
        """Show the study at a first look."""
        pairs = summary.pairs.sort_values("difference_pp", ascending=False, ignore_index=True)
        self._frame_read = frame
        self._whole = None
        self._settled = False
        # Where nothing is assisted there are no pairs to draw, but rows are told apart by them.
        listed = pairs if len(pairs) else frame[PAIR_KEY].drop_duplicates().sort_values(PAIR_KEY)
        self._facets_read = RowFacets(frame, listed)
        study = self._desk.study
        self._alone = results_view.arms_alone(
            study, frame, resamples=self._resamples, seed=self._seed
        )
        with self.hold_sync():
            self.picked = {}
            self._show_headline(summary)
            self.caution = results_view.caution(study, len(frame))
            self.alone = alone_lines(self._alone)
            self.facts = results_view.partition_views(summary, clustered=False)
            self.pairs = results_view.pair_views(pairs, frame)
            self.arms = own_arms(frame)
            self.comparison, self.drawings = {}, b""
            self.facets = results_view.facet_views(self._facets)
            self.size = len(frame)
            self.rows = b""

    def _show_settled(self, summary: Summary) -> None:
        with self.hold_sync():
            self._show_headline(summary)
            self.facts = results_view.partition_views(summary)
            if summary.comparison is not None:
                summaries = self._desk.study.arm_summaries()
                self.arms = compared_arms(summary.comparison, summaries)
                self.comparison, self.drawings = drawn_comparison(summary.comparison, summaries)
        self._settled = True

    def _show_headline(self, summary: Summary) -> None:
        self._summary = summary
        share = self._programs.share(self._frame, READ_AT_ONCE)
        self.headline = list(headline(summary, share, self._alone))

    def _settle_and_read(self) -> None:
        self.attempt(self.settle)
        self._read_on()

    def _read_on(self) -> None:
        """Read the programs that are left, in a thread of its own."""
        if self._programs.unread(self._frame):
            threading.Thread(target=self.read_programs, args=(PAUSE_S,), daemon=True).start()

    def _packed(self) -> bytes:
        return results_view.packed_rows(
            self._facets, item_columns(self._desk.stores.here, ("id", "question"))
        )
