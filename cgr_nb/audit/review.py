"""People judge programs: one rater's way through the review queue, and what all raters came to.

Verdicts go into the store at once and none is ever removed: taking one back is a verdict of its own
(see `standing`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

import pandas as pd

from cgr_nb.audit.agreement import LABELS, Estimate, cohens_kappa, detector_quality
from cgr_nb.audit.findings import HardCodedShare, audits_of, hard_coded_share, with_human_verdicts
from cgr_nb.audit.review_probes import ReviewProbes
from cgr_nb.audit.review_queue import Case, Queue
from cgr_nb.audit.standing import Standing, consensus, last_judged, standing
from cgr_nb.errors import CgrError
from cgr_nb.records import Verdict
from cgr_nb.store import Store
from cgr_nb.store.thread_local import ThreadLocalStore

__all__ = ["Review", "ReviewFigures", "Withdrawn"]


@dataclass(frozen=True, slots=True)
class ReviewFigures:
    """How far a review is, and what it says of the detector."""

    place: int
    """Of the program on the table, from 0."""
    total: int
    """Programs in the queue."""
    judged: int
    """Those of them on which a verdict of this rater stands."""
    raters: list[str]
    """Names of all who judged."""
    kappa: Estimate | None
    precision: Estimate | None
    """Of both audits together; None too until every program has been read."""
    recall: Estimate | None
    hard_coded: HardCodedShare | None
    """None until every program has been read."""
    reading: bool
    """Whether programs are still being read."""


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A verdict that was taken back."""

    verdict: Verdict
    """What is on record of that."""
    label: str
    """What had stood."""


class Review:
    """One rater at the queue of a study's programs.

    It opens on the first program that this rater has not judged: closing it and opening it again
    goes on.

    Args:
        store: An open study.
        rater: Who judges; verdicts of different raters stand side by side.
        rows: Gives the rows as `analysis.frame.annotate` returns them: what shares are of.
        order_seed: Order of the queue; raters with the same seed see the same order.

    Raises:
        CgrError: The study has no programs, or the rater has no name.
    """

    def __init__(
        self,
        store: Store,
        rater: str,
        rows: Callable[[], pd.DataFrame],
        *,
        order_seed: int = 0,
    ) -> None:
        if not rater.strip():
            raise CgrError("a rater needs a name", fix="for example Auditor(study, rater='ada')")
        programs = store.programs.written()
        if not programs:
            where = str(store.path.parent)
            raise CgrError("this study has no programs to judge", where=where, fix="run it first")
        self.rater = rater.strip()
        self.queue = Queue(programs, order_seed)
        """The cases in the order in which they are shown."""
        self._stores = ThreadLocalStore(store)
        self.probes = ReviewProbes(self._stores)
        """What the programs do when they are run."""
        self._rows = rows
        self._ids = {program.id for program in programs}
        self._strata: dict[str, str] = {}
        self._audits: tuple[int, pd.DataFrame, pd.DataFrame] | None = None
        self._place = 0
        fresh = self._fresh(0)
        self.go(0 if fresh is None else fresh)

    # ---- the queue -------------------------------------------------------------------------------

    @property
    def place(self) -> int:
        """Of the program on the table, from 0."""
        return self._place

    @property
    def case(self) -> Case:
        """The program on the table."""
        return self.queue[self._place]

    def go(self, place: int) -> None:
        """Turn to the program at a place of the queue; the nearest one where there is none."""
        self._place = max(0, min(place, len(self.queue) - 1))

    def go_on(self) -> None:
        """Turn to the next program that this rater has not judged; stay where there is none."""
        fresh = self._fresh(self._place + 1)
        self.go(self._place if fresh is None else fresh)

    def _fresh(self, start: int) -> int | None:
        """The first place from `start` on, and round again, that this rater has not judged."""
        judged = self.standing()
        size = len(self.queue)
        for place in ((start + n) % size for n in range(size)):
            if self.rater not in judged.get(self.queue[place].program_id, {}):
                return place
        return None

    # ---- verdicts --------------------------------------------------------------------------------

    def standing(self) -> Standing:
        """Program id -> rater -> label, of the verdicts that stand."""
        return standing(self._stores.here.verdicts())

    def labels(self) -> dict[str, str]:
        """Program id -> this rater's standing verdict on it."""
        judged = self.standing()
        return {id: said[self.rater] for id, said in judged.items() if self.rater in said}

    def judge(self, label: str, note: str = "") -> Verdict:
        """Put a verdict on the program on the table on record.

        Args:
            label: "hard_coded", "fallback_only", "clean" or "unsure".
            note: Kept with it.

        Raises:
            CgrError: No such label.
        """
        if label not in LABELS:
            raise CgrError("no such verdict", got=repr(label), fix=f"one of {', '.join(LABELS)}")
        return self._keep(self.case.program_id, label, note)

    def undo(self) -> Withdrawn:
        """Take this rater's latest standing verdict back and turn to its program; the record keeps
        both.

        Raises:
            CgrError: There is nothing to take back.
        """
        latest = last_judged(self._stores.here.verdicts(), self.rater, self._ids)
        if latest is None:
            raise CgrError("there is no verdict to take back", where=f"rater '{self.rater}'")
        label = self.standing()[latest][self.rater]
        taken = self._keep(latest, "withdrawn", "")
        self.go(self._place_of(latest))
        return Withdrawn(taken, label)

    def _keep(self, program_id: str, label: str, note: str) -> Verdict:
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        verdict = Verdict(program_id, self.rater, cast(Any, label), note, now)
        self._stores.here.add_verdict(verdict)
        return verdict

    def _place_of(self, program_id: str) -> int:
        at = (n for n, case in enumerate(self.queue.known()) if case.program_id == program_id)
        place = next(at, None)
        if place is not None:
            return place
        return [case.program_id for case in self.queue.cases()].index(program_id)

    # ---- figures ---------------------------------------------------------------------------------

    def figures(self) -> ReviewFigures:
        """How far the review is, how far raters agree, and how far the audits agree with them."""
        ours = {id: labels for id, labels in self.standing().items() if id in self._ids}
        agreed = {id: consensus(labels.values()) for id, labels in ours.items()}
        people = {id: label for id, label in agreed.items() if label is not None}
        whole = self._whole()
        precision, recall, hard_coded = None, None, None
        if whole is not None:
            audits, rows = whole
            flagged = set(audits.loc[audits["audits"] == "hard_coded", "program_id"])
            precision, recall = detector_quality(self._known_strata(), flagged, people)
            hard_coded = hard_coded_share(with_human_verdicts(audits, people), rows)
        return ReviewFigures(
            place=self._place,
            total=len(self.queue),
            judged=sum(self.rater in labels for labels in ours.values()),
            raters=sorted({rater for labels in ours.values() for rater in labels}),
            kappa=cohens_kappa(ours),
            precision=precision,
            recall=recall,
            hard_coded=hard_coded,
            reading=not self.queue.whole,
        )

    def _whole(self) -> tuple[pd.DataFrame, pd.DataFrame] | None:
        """The audits of all programs and the rows behind them; None while programs are read."""
        if not self.queue.whole:
            return None
        store = self._stores.here
        probed = len(store.audits.program_ids())
        if self._audits is None or self._audits[0] != probed:
            known = {case.program_id: case.audit for case in self.queue.known()}
            self._audits = probed, audits_of(store, known), self._rows()
        return self._audits[1:]

    def _known_strata(self) -> dict[str, str]:
        known = self.queue.known()
        if len(self._strata) != len(known):
            self._strata = {case.program_id: case.stratum for case in known}
        return self._strata
