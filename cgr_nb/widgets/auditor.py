"""The auditor: one program after another, evidence beside it, one key a verdict, every verdict a
row in the store."""

from __future__ import annotations

import json
import threading
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import pandas as pd
import traitlets

from cgr_nb.analysis.frame import annotate
from cgr_nb.audit import Dependence, depends_on_solver
from cgr_nb.audit.agreement import LABELS, Estimate, cohens_kappa, detector_quality
from cgr_nb.audit.counterfactual import probe_replies
from cgr_nb.audit.findings import audits_of, hard_coded_share, with_people
from cgr_nb.audit.judgement import together
from cgr_nb.audit.review_queue import Case, Queue, programs_of
from cgr_nb.audit.standing import consensus, last_judged, standing
from cgr_nb.errors import CgrError
from cgr_nb.records import Ask, Item, Verdict
from cgr_nb.widgets.assets import script, style
from cgr_nb.widgets.evidence import (
    drawn_dependence,
    drawn_evidence,
    drawn_runs,
    recorded_asks,
    recorded_dependence,
    recorded_runs,
)
from cgr_nb.widgets.panel import Panel
from cgr_nb.widgets.row_columns import counted_rows
from cgr_nb.widgets.run_view import drawn_item
from cgr_nb.widgets.text import coloured_lines
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
    _css = style("auditor.css")
    commands = ("judge", "undo", "go", "step", "set_blind", "probe", "dismiss")
    frame_height = 700

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
    head = traitlets.Dict().tag(sync=True)
    """Place in the queue, raters, kappa, precision and recall of both audits together, and how much
    of the study is hard-coded; the last three are None until every program is read."""
    rater = traitlets.Unicode("").tag(sync=True)
    blind = traitlets.Bool(False).tag(sync=True)
    last = traitlets.Dict().tag(sync=True)
    """What was put on record last in this panel: `did` ("saved" or "taken back"), `label` and
    `program`; empty before that."""
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
        if not rater.strip():
            raise CgrError("a rater needs a name", fix="for example Auditor(study, rater='ada')")
        self._desk = ThreadLocalStudy(study)
        programs = programs_of(study.store)
        if not programs:
            raise CgrError(
                "this study has no programs to judge", where=str(study.folder), fix="run it first"
            )
        self.queue = Queue(programs, order_seed, self._all_read)
        """The cases in the order in which they are shown."""
        self._ids = {id for id, _, _ in programs}
        self._audited: dict[str, Dependence] = {}
        self._known_strata: dict[str, str] = {}
        self._audits: tuple[pd.DataFrame, pd.DataFrame] | None = None
        self._probed = 0
        self._runs = recorded_runs(study)
        self._one_at_a_time = threading.Lock()
        self._place = 0
        self._item: Item | None = None
        self._asks: tuple[Ask, ...] = ()
        super().__init__(rater=rater.strip(), blind=blind, probing=probing)
        self.observe(lambda _: self._draw(), names="blind")
        fresh = self._fresh(0)
        self.go(0 if fresh is None else fresh)

    def page_is_up(self) -> None:
        """Read the programs that are not read yet, now that the first one is on the screen."""
        self.queue.read_on()

    @property
    def case(self) -> Case:
        """The program that is shown."""
        return self.queue[self._place]

    def judge(self, label: str, note: str | None = None) -> Verdict:
        """Give a verdict on the program shown and, unless blind, go on to the next one that has
        none.

        Args:
            label: "hard_coded", "fallback_only", "clean" or "unsure".
            note: Kept with it; None takes what stands in the panel's note field.

        Raises:
            CgrError: No such label.
        """
        if label not in LABELS:
            raise CgrError("no such verdict", got=repr(label), fix=f"one of {', '.join(LABELS)}")
        verdict = self._keep(self.case.program_id, label, self.note if note is None else note)
        self.note = ""
        self.last = {"did": "saved", "label": label, "program": verdict.program_id}
        if self.blind:
            self._draw()
        else:
            self._next()
        return verdict

    def undo(self) -> Verdict:
        """Take this rater's latest standing verdict back and show its program; the record keeps
        both.

        Raises:
            CgrError: There is nothing to take back.
        """
        latest = self._latest()
        if latest is None:
            raise CgrError("there is no verdict to take back", where=f"rater '{self.rater}'")
        label = self._standing()[latest][self.rater]
        taken = self._keep(latest, "withdrawn", "")
        self.last = {"did": "taken back", "label": label, "program": latest}
        at = (n for n, case in enumerate(self.queue.known()) if case.program_id == latest)
        place = next(at, None)
        if place is None:
            ids = [case.program_id for case in self.queue.cases()]
            place = ids.index(latest)
        self.go(place)
        return taken

    def go(self, place: int) -> None:
        """Show the program at a place of the queue, from 0."""
        self._place = max(0, min(place, len(self.queue) - 1))
        self._draw()

    def step(self, by: int = 1) -> None:
        """Show the next program of the queue, or one further on or back."""
        self.go(self._place + by)

    def set_blind(self, on: bool) -> None:
        """Hide evidence until the verdict is given, or stop hiding it."""
        self.blind = on

    def probe(self) -> dict[str, Any]:
        """Replay the program with made-up replies, now, and show what that came to."""
        self._show_probes(self.case, self._item, self._asks)
        return self.behaviour

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
        quiet = {"probing": False, "last": {}}
        return {**super().saved_state(), **quiet, "cases": self._cases_to_save()}

    # ---- inside --------------------------------------------------------------------------------

    def _next(self) -> None:
        fresh = self._fresh(self._place + 1)
        self.go(self._place if fresh is None else fresh)

    def _fresh(self, start: int) -> int | None:
        """The first place from `start` on, and round again, that this rater has not judged."""
        judged = self._standing()
        size = len(self.queue)
        for place in ((start + n) % size for n in range(size)):
            if self.rater not in judged.get(self.queue[place].program_id, {}):
                return place
        return None

    def _keep(self, program_id: str, label: str, note: str) -> Verdict:
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        verdict = Verdict(program_id, self.rater, cast(Any, label), note, now)
        self._desk.study.judge(verdict)
        return verdict

    def _standing(self) -> dict[str, dict[str, str]]:
        return standing(self._desk.study.store.verdicts())

    def _latest(self) -> str | None:
        """The program of this rater's latest verdict that stands."""
        return last_judged(self._desk.study.store.verdicts(), self.rater, self._ids)

    def _draw(self) -> None:
        case, judged = self.case, self._standing()
        self._item = self._desk.study.item(case.item_id)
        runs = self._runs.get(case.program_id, [])
        self._asks = recorded_asks(self._desk.study, runs, case.item_id)
        drawn = self._drawn(self._place, judged)
        with self.hold_sync():
            self.program, self.verdict = drawn["program"], drawn["verdict"]
            self.evidence, self.behaviour = drawn["evidence"], drawn["behaviour"]
            self.head = self._heading(judged)
        if self.probing and self.evidence and not self._knows_enough():
            work = threading.Thread(
                target=self._probe_quietly, args=(case, self._item, self._asks), daemon=True
            )
            work.start()

    def _drawn(self, place: int, judged: dict[str, dict[str, str]]) -> dict[str, Any]:
        """One program of the queue as the page draws it; what a blind rater may not see yet is left
        out."""
        case = self.queue[place]
        study = self._desk.study
        recorded = self._runs.get(case.program_id, [])
        verdict = judged.get(case.program_id, {}).get(self.rater, "")
        hidden = self.blind and not verdict
        item = study.item(case.item_id)
        found = self._found(case.program_id)
        runs = [] if hidden else drawn_runs(study, recorded)
        asks = () if hidden else recorded_asks(study, recorded, case.item_id)
        return {
            "place": place,
            "program": {
                "id": case.program_id,
                "lines": coloured_lines(case.source),
                "item": drawn_item(item) if item else {},
            },
            "evidence": {} if hidden else {**_evidence(case, found), "runs": runs},
            "behaviour": {} if hidden or found is None else _behaviour(case, found, asks),
            "verdict": verdict,
        }

    def _cases_to_save(self) -> list[dict[str, Any]]:
        judged = self._standing()
        nearest = sorted(range(len(self.queue)), key=lambda place: abs(place - self._place))
        held: list[dict[str, Any]] = []
        size = 0
        for place in nearest[:SAVED_CASES]:
            drawn = self._drawn(place, judged)
            size += len(json.dumps(drawn))
            if held and size > SAVED_BYTES:
                break
            held.append(drawn)
        return sorted(held, key=lambda drawn: int(drawn["place"]))

    def _found(self, program_id: str) -> Dependence | None:
        """The behavioural audit of a program: run here, or on record."""
        return self._audited.get(program_id) or recorded_dependence(self._desk.study, program_id)

    def _all_read(self) -> None:
        """Called from the queue's thread: what rests on all programs can be told from now on."""
        self.head = self._heading(self._standing())

    def _whole(self) -> tuple[pd.DataFrame, pd.DataFrame] | None:
        """The audits of all programs and the rows behind them; None while programs are read."""
        if not self.queue.whole:
            return None
        study = self._desk.study
        probed = len(study.store.dependence_ids())
        if self._audits is None or self._probed != probed:
            known = {case.program_id: case.audit for case in self.queue.known()}
            self._audits = audits_of(study.store, known), annotate(counted_rows(study))
            self._probed = probed
        return self._audits

    def _strata(self) -> dict[str, str]:
        known = self.queue.known()
        if len(self._known_strata) != len(known):
            self._known_strata = {case.program_id: case.stratum for case in known}
        return self._known_strata

    def _heading(self, judged: dict[str, dict[str, str]]) -> dict[str, Any]:
        strata = self._strata()
        ours = {id: labels for id, labels in judged.items() if id in self._ids}
        agreed = {id: consensus(labels.values()) for id, labels in ours.items()}
        people = {id: label for id, label in agreed.items() if label is not None}
        whole = self._whole()
        precision, recall, hard_coded = None, None, None
        if whole is not None:
            audits, rows = whole
            flagged = set(audits.loc[audits["audits"] == "hard_coded", "program_id"])
            precision, recall = detector_quality(strata, flagged, people)
            hard_coded = asdict(hard_coded_share(with_people(audits, people), rows))
        return {
            "place": self._place,
            "total": len(self.queue),
            "judged": sum(1 for labels in ours.values() if self.rater in labels),
            "raters": sorted({rater for labels in ours.values() for rater in labels}),
            "kappa": _plain(cohens_kappa(ours)),
            "precision": _plain(precision),
            "recall": _plain(recall),
            "hard_coded": hard_coded,
            "reading": not self.queue.whole,
        }

    def _knows_enough(self) -> bool:
        """Whether what is shown tells how the program behaves, and what each reply does."""
        asked = any(ask.reply is not None for ask in self._asks)
        return bool(self.behaviour) and (bool(self.behaviour["replies"]) or not asked)

    def _probe_quietly(self, case: Case, item: Item | None, asks: tuple[Ask, ...]) -> None:
        with self._one_at_a_time:
            # A quick rater has long gone on: only the program on the table is worth a sandbox.
            if case is not self.case:
                return
            try:
                self._show_probes(case, item, asks)
            except CgrError as error:
                self.behaviour = {"id": case.program_id, "words": f"not probed: {error}"}

    def _show_probes(self, case: Case, item: Item | None, asks: tuple[Ask, ...]) -> None:
        if item is None:
            raise CgrError("the item of this program is not in the study", got=case.item_id)
        found = self._found(case.program_id) or depends_on_solver(case.source, item, asks)
        drawn = _behaviour(case, found, asks)
        if not drawn["replies"] and any(ask.reply is not None for ask in asks):
            # Probing ends when the verdict is clear, often before single replies were changed.
            more = probe_replies(case.source, item, asks)
            found = replace(found, probes=(*found.probes, *more))
            drawn = _behaviour(case, found, asks)
        self._audited[case.program_id] = found
        # By the time the probes are done another program may be on the table, or this one hidden.
        if case is self.case and self.evidence:
            self.behaviour = drawn


def _evidence(case: Case, found: Dependence | None) -> dict[str, Any]:
    return {**drawn_evidence(case), "audits": together(case.audit, found)}


def _behaviour(case: Case, found: Dependence, asks: tuple[Ask, ...]) -> dict[str, Any]:
    return {
        "id": case.program_id,
        "audits": together(case.audit, found),
        **drawn_dependence(found, asks),
    }


def _plain(estimate: Estimate | None) -> dict[str, float] | None:
    return None if estimate is None else asdict(estimate)
