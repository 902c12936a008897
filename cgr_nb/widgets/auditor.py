"""The auditor: one program after another, evidence beside it, one key a verdict, every verdict a
row in the store."""

from __future__ import annotations

import json
import threading
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import pandas as pd
import traitlets

from cgr_nb.analysis.frame import annotate
from cgr_nb.audit import Dependence
from cgr_nb.audit.review import Review
from cgr_nb.audit.review_queue import Case, Queue
from cgr_nb.audit.standing import plain_label
from cgr_nb.errors import CgrError
from cgr_nb.explore.counted_rows import counted_rows
from cgr_nb.records import Verdict
from cgr_nb.store import Store
from cgr_nb.store.row_columns import run_of_answer
from cgr_nb.widgets.assets import script, style
from cgr_nb.widgets.auditor_view import case_view
from cgr_nb.widgets.evidence import behaviour_view
from cgr_nb.widgets.panel import REPLY_COMMANDS, Panel
from cgr_nb.widgets.replies import Replies
from cgr_nb.widgets.thread_local_study import ThreadLocalStudy

if TYPE_CHECKING:
    from cgr_nb.api import Study

__all__ = ["Auditor"]

SAVED_CASES = 50
"""Most programs that a saved page holds: those of the queue that are nearest to the one shown."""
SAVED_BYTES = 1_000_000
"""Most bytes that they take there; the program shown is always held."""


class Auditor(Panel):
    """Judge programs by eye.

    Opens on the first program of the queue that this rater has not judged: closing it and opening
    it again goes on.

    Args:
        study: An open study.
        rater: Who judges; verdicts of different raters stand side by side.
        blind: Hide evidence until the verdict is given. It is not in the page then, nor in a saved
            one.
        order_seed: Order of the queue; raters with the same seed see the same order.
        probing: Probe the program shown when the study holds no behavioural audit of it.

    Raises:
        CgrError: The study has no programs, or the rater has no name.
    """

    _esm = script("auditor.js")
    _css = style("replies.css", "auditor.css")
    commands = (
        "judge",
        "adjudicate",
        "undo",
        "choose",
        "go",
        "step",
        "set_blind",
        "probe",
        "dismiss",
        "show_run_reply",
        *REPLY_COMMANDS,
    )
    reading = ("choose", "go", "step", "show_run_reply", *REPLY_COMMANDS)
    frame_height = 700
    saves_later = True

    program = traitlets.Dict().tag(sync=True)
    """The program to be judged: lines, item and place in the queue."""
    evidence = traitlets.Dict().tag(sync=True)
    """What speaks for and against it; empty while it is hidden."""
    behaviour = traitlets.Dict().tag(sync=True)
    """What the probes came to, from the study's audit or run now; empty until there is one."""
    probing = traitlets.Bool(True).tag(sync=True)
    """Whether a program without a behavioural audit is probed when it is shown."""
    verdict = traitlets.Unicode("").tag(sync=True)
    """This rater's standing verdict on it; empty when there is none."""
    opinions: traitlets.List[Any] = traitlets.List().tag(sync=True)
    """What all raters and adjudicators said of it, oldest first; empty while that is hidden."""
    head = traitlets.Dict().tag(sync=True)
    """The fields of `audit.review.ReviewFigures`."""
    facets = traitlets.Dict().tag(sync=True)
    """Field of `audit.review_filter.CaseFilter` -> [value, programs] of all that can be chosen."""
    chosen = traitlets.Dict().tag(sync=True)
    """Field of the filter -> what is chosen; empty: everything."""
    rater = traitlets.Unicode("").tag(sync=True)
    blind = traitlets.Bool(False).tag(sync=True)
    last = traitlets.Dict().tag(sync=True)
    """What was put on record last in this panel: `did` ("saved", "adjudicated" or "taken back"),
    `label` and `program`; empty before that."""
    note = traitlets.Unicode("").tag(sync=True)
    """Kept with the next verdict."""

    def __init__(
        self,
        study: Study,
        rater: str = "me",
        *,
        blind: bool = False,
        order_seed: int = 0,
        probing: bool = True,
    ) -> None:
        self._desk = ThreadLocalStudy(study)
        self._is_up = False
        self.review = Review(
            study.store,
            rater,
            lambda: annotate(counted_rows(self._desk.stores.here, rules=False)),
            order_seed=order_seed,
        )
        """What the panel shows, without it."""
        super().__init__(
            Replies(self._shown_store, lambda: self._shown_store("")),
            **{"rater": self.review.rater, "blind": blind, "probing": probing},
        )
        self.queue.when_read = self._show_figures
        self.observe(lambda _: self._draw(), names="blind")
        self._draw()

    def page_is_up(self) -> None:
        """Read what else is wanted, now that the first program is on the screen."""
        self._is_up = True
        self._show_figures()
        self.queue.read_on()
        threading.Thread(target=self.review.probes.runs.read, daemon=True).start()

    @property
    def queue(self) -> Queue:
        """The cases in the order in which they are shown."""
        return self.review.queue

    @property
    def case(self) -> Case:
        """The program that is shown."""
        return self.review.case

    def judge(self, label: str, note: str | None = None) -> Verdict:
        """Give a verdict on the program shown and, unless blind, go on to the next one that has
        none.

        Args:
            label: "hard_coded", "fallback_only", "clean" or "unsure".
            note: Kept with it; None takes what stands in the panel's note field.

        Raises:
            CgrError: No such label.
        """
        return self._said("saved", self.review.judge(label, self._noted(note)))

    def adjudicate(self, label: str, note: str | None = None) -> Verdict:
        """Settle what raters disagree on, of the program shown, and go on as `judge` does. Their
        verdicts stay on record, and in the figures of agreement.

        Args:
            label: As in `judge`.
            note: As in `judge`.

        Raises:
            CgrError: No such label, raters don't disagree, or their verdicts are hidden.
        """
        self._shown_store("")
        return self._said("adjudicated", self.review.adjudicate(label, self._noted(note)))

    def choose(self, field: str, value: str = "") -> None:
        """Go through a part of the queue only.

        Args:
            field: "dataset", "generator", "evidence" or "people".
            value: What it must be, one of `facets`; empty: anything.

        Raises:
            CgrError: No such field, or the choice would give away what is hidden.
        """
        if self.blind and self.review.filter.choose(field, value).gives_away:
            raise CgrError("this would reveal hidden evidence", fix="leave blind mode (b) first")
        self.review.choose(field, value)
        self._draw()

    def undo(self) -> Verdict:
        """Take this rater's latest standing verdict back and show its program; the record keeps
        both.

        Raises:
            CgrError: There is nothing to take back.
        """
        taken = self.review.undo()
        program = taken.verdict.program_id
        self.last = {"did": "taken back", "label": taken.label, "program": program}
        self._draw()
        return taken.verdict

    def go(self, place: int) -> None:
        """Show the program at a place of the queue, from 0."""
        self.review.go(place)
        self._draw()

    def step(self, by: int = 1) -> None:
        """Show the next program that is chosen, or one further on or back."""
        self.review.step(by)
        self._draw()

    def set_blind(self, on: bool) -> None:
        """Hide evidence and the verdicts of others until the verdict is given, or stop hiding them.
        What the filter would give away is no longer chosen then."""
        if on and self.review.filter.gives_away:
            self.review.filter = replace(self.review.filter, evidence="", people="")
        self.blind = on

    def probe(self) -> dict[str, Any]:
        """Replay the program with made-up replies, now, and show what that came to."""
        case = self.case
        self._show_behaviour(case, self.review.probes.probe(case))
        return self.behaviour

    def show_run_reply(self, row: str, arm: str = "cgr") -> dict[str, Any]:
        """As `show_reply`, of the row that a recorded run belongs to.

        Args:
            row: Id of the run.
            arm: The arm.

        Raises:
            CgrError: There is no such run, or it may not be seen yet.
        """
        found = run_of_answer(self._shown_store(row), row)
        return self.show_reply(found[0] if found else row, arm)

    def verdicts(self) -> pd.DataFrame:
        """All verdicts on record, oldest first."""
        return self._desk.study.verdicts()

    def summary_line(self) -> str:
        """The audit in one line of text."""
        head = self.head
        return f"Auditor: {head['judged']} of {head['total']} programs judged by {self.rater}"

    def saved_state(self) -> dict[str, Any]:
        """The panel's traits, and in `cases` the programs around the one shown, as far as they fit:
        a saved page goes back and forth among them. What is hidden here is not in them."""
        self.queue.wait()  # a page that nobody answers can't go on to load the others
        quiet = {"probing": False, "last": {}}
        runs = [run["execution"] for run in self.evidence.get("runs", [])]
        found = {run: run_of_answer(self._desk.stores.here, run) for run in runs}
        numbers = {run: of[0] for run, of in found.items() if of is not None}
        kept = {
            **self._replies.to_save(numbers.values(), len(runs), room=self.saved_room),
            "numbers": numbers,
        }
        return {**super().saved_state(), **quiet, "cases": self._cases_to_save(), "kept": kept}

    # ---- the view --------------------------------------------------------------------------------

    def _shown_store(self, row: str) -> Store:
        """Where replies are read; not before a blind rater has judged."""
        if self.blind and not self.verdict:
            raise CgrError(
                "replies are hidden until you enter a verdict", fix="enter one, or press b"
            )
        return self._desk.stores.here

    def _noted(self, note: str | None) -> str:
        return self.note if note is None else note

    def _said(self, did: str, verdict: Verdict) -> Verdict:
        """Show that something is on record, and go on to the next program unless blind."""
        self.note = ""
        label = plain_label(verdict.label)[0]
        self.last = {"did": did, "label": label, "program": verdict.program_id}
        if did == "adjudicated":
            self.review.go_on_apart()
        elif not self.blind:
            self.review.go_on()
        self._draw()
        return verdict

    def _draw(self) -> None:
        """Show the program on the table, and have it probed where that is not known yet."""
        case, view = self.case, self._case_view(self.review.place, self.review.labels())
        with self.hold_sync():
            self.program, self.verdict = view["program"], view["verdict"]
            self.opinions = view["opinions"]
            self.reply, self.found = {}, {}
            self.evidence, self.behaviour = view["evidence"], view["behaviour"]
            self._show_figures()
        if self.probing and self.evidence and not self.review.probes.is_enough(case):
            self.review.probes.probe_soon(
                case, lambda: case is self.case, lambda found: self._show_behaviour(case, found)
            )

    def _case_view(self, place: int, labels: dict[str, str]) -> dict[str, Any]:
        verdict = labels.get(self.queue[place].program_id, "")
        hidden = self.blind and not verdict
        return case_view(self.review, self._desk.stores.here, place, verdict, hidden=hidden)

    def _show_behaviour(self, case: Case, found: Dependence | CgrError) -> None:
        # By the time the probes are done another program may be on the table, or this one hidden.
        if case is not self.case or not self.evidence:
            return
        if isinstance(found, CgrError):
            self.behaviour = {"id": case.program_id, "failed": f"not probed: {found}"}
        else:
            self.behaviour = behaviour_view(case, found, self.review.probes.asks(case))

    def _show_figures(self) -> None:
        """Called from the queue's thread too: what rests on all programs can be told once they are
        read."""
        self.head = asdict(self.review.figures())
        self.chosen = asdict(self.review.filter)
        if self._is_up:
            self.facets = self.review.facets()

    def _cases_to_save(self) -> list[dict[str, Any]]:
        labels, shown = self.review.labels(), self.review.place
        places = {shown, *self.review.places()}
        nearest = sorted(places, key=lambda place: (abs(place - shown), place))
        held: list[dict[str, Any]] = []
        size = 0
        for place in nearest[:SAVED_CASES]:
            view = self._case_view(place, labels)
            size += len(json.dumps(view))
            if held and size > SAVED_BYTES:
                break
            held.append(view)
        return sorted(held, key=lambda view: int(view["place"]))
