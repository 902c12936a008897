"""People judge programs: one rater's way through the review queue, and what all raters came to.

Verdicts go into the store at once and none is ever removed: taking one back is a verdict of its own
(see `standing`).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

import pandas as pd

from cgr_nb.audit.agreement import (
    LABELS,
    Estimate,
    cohens_kappa,
    krippendorffs_alpha,
)
from cgr_nb.audit.detector_review import DetectorReview
from cgr_nb.audit.findings import HardCodedShare
from cgr_nb.audit.opinions import Opinion, opinions
from cgr_nb.audit.review_choice import ReviewChoice
from cgr_nb.audit.review_filter import CaseFilter, Facet
from cgr_nb.audit.review_probes import ReviewProbes
from cgr_nb.audit.review_queue import Case, Queue
from cgr_nb.audit.standing import (
    Standing,
    adjudication_label,
    adjudications,
    are_apart,
    last_given,
    people_labels,
    plain_label,
    standing,
)
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
    fit: int
    """Programs of the queue that fit the filter, of those that have been read."""
    at: int | None
    """Place among these of the program on the table, from 0; None: it is not among them."""
    raters: dict[str, int]
    """All who judged, by name -> programs on which a verdict of theirs stands."""
    apart: int
    """Programs on which raters disagree and nothing is settled."""
    adjudicated: int
    """Programs of which an adjudication holds."""
    kappa: Estimate | None
    alpha: Estimate | None
    """None, too, with fewer than three raters."""
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
    settled: bool
    """Whether it had been an adjudication."""


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
        self._ids = {program.id for program in programs}
        self._detector = DetectorReview(self._stores, self.queue, self.probes, rows)
        self._choice = ReviewChoice(self._stores, self.queue, self.rater, self._detector)
        self.filter = CaseFilter()
        """Which programs of the queue are looked at."""
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

    def step(self, by: int) -> None:
        """Turn to a program some places further on, or back, among those that fit the filter."""
        places = self.places()
        after, before = bisect_right(places, self._place), bisect_left(places, self._place)
        if by > 0 and after < len(places):
            self.go(places[min(after + by, len(places)) - 1])
        elif by < 0 and before:
            self.go(places[max(before + by, 0)])

    def go_on(self) -> None:
        """Turn to the next program that fits the filter and that this rater has not judged; stay
        where there is none."""
        fresh = self._fresh(self._place + 1)
        self.go(self._place if fresh is None else fresh)

    def go_on_apart(self) -> None:
        """Turn to the next program that fits the filter and on which raters disagree, nothing being
        settled; stay where there is none."""
        given = self._stores.here.verdicts()
        judged, settled = standing(given), adjudications(given)
        apart = {id for id, labels in judged.items() if are_apart(labels.values())}
        found = self._next(self._place + 1, lambda id: id in apart and id not in settled)
        self.go(self._place if found is None else found)

    def choose(self, field: str, value: str) -> None:
        """Look at programs with a value of one field of `CaseFilter` only, and turn to the first of
        them that is not judged by this rater.

        Args:
            field: Its name.
            value: What it must be; empty: anything.

        Raises:
            CgrError: No such field.
        """
        self.filter = self.filter.choose(field, value)
        places = self.places()
        if self._place not in places and places:
            fresh = self._fresh(0)
            self.go(places[0] if fresh is None else fresh)

    def places(self) -> Sequence[int]:
        """Places of the queue that fit the filter, as far as programs have been read."""
        return self._choice.places(self.filter, self._stores.here.verdicts())

    def facets(self) -> dict[str, list[Facet]]:
        """Field of `CaseFilter` -> what can be chosen there."""
        return self._choice.facets(self.filter, self._stores.here.verdicts())

    def _fresh(self, start: int) -> int | None:
        """The first place from `start` on that this rater has not judged."""
        judged = self.standing()
        return self._next(start, lambda id: self.rater not in judged.get(id, {}))

    def _next(self, start: int, is_wanted: Callable[[str], bool]) -> int | None:
        """The first place from `start` on, and round again, that fits the filter and whose program
        is wanted."""
        places = self.places()
        split = bisect_left(places, start)
        for place in (*places[split:], *places[:split]):
            if is_wanted(self.queue[place].program_id):
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
        return self._keep(self.case.program_id, _checked(label), note)

    def adjudicate(self, label: str, note: str = "") -> Verdict:
        """Settle what raters disagree on, of the program on the table. Their verdicts stay.

        Args:
            label: As in `judge`.
            note: Kept with it.

        Raises:
            CgrError: No such label, or raters don't disagree.
        """
        labels = self.standing().get(self.case.program_id, {})
        if not are_apart(labels.values()):
            told = ", ".join(f"{rater}: {said}" for rater, said in sorted(labels.items()))
            fix = "adjudicate where two raters gave different verdicts"
            raise CgrError(
                "there is no disagreement between raters here", got=told or "no verdict", fix=fix
            )
        return self._keep(self.case.program_id, adjudication_label(_checked(label)), note)

    def opinions(self, case: Case) -> list[Opinion]:
        """All that people said of a program, oldest first."""
        return opinions(self._stores.here.verdicts(), case.program_id)

    def undo(self) -> Withdrawn:
        """Take back what this rater said last, and turn to its program; the record keeps both.

        Raises:
            CgrError: There is nothing to take back.
        """
        latest = last_given(self._stores.here.verdicts(), self.rater, self._ids)
        if latest is None:
            raise CgrError("there is no verdict to undo", where=f"rater '{self.rater}'")
        taken = self._keep(latest.program_id, "withdrawn", "")
        self.go(self._place_of(latest.program_id))
        return Withdrawn(taken, *plain_label(latest.label))

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
        given = [one for one in self._stores.here.verdicts() if one.program_id in self._ids]
        ours, settled, people = standing(given), adjudications(given), people_labels(given)
        found = self._detector.figures(people)
        raters = Counter(rater for labels in ours.values() for rater in labels)
        places = self.places()
        at = bisect_left(places, self._place)
        apart = {id for id, labels in ours.items() if are_apart(labels.values())}
        return ReviewFigures(
            place=self._place,
            total=len(self.queue),
            judged=raters[self.rater],
            fit=len(places),
            at=at if at < len(places) and places[at] == self._place else None,
            raters=dict(sorted(raters.items())),
            apart=len(apart - settled.keys()),
            adjudicated=len(settled),
            kappa=cohens_kappa(ours),
            alpha=krippendorffs_alpha(ours) if len(raters) > 2 else None,
            precision=found.precision,
            recall=found.recall,
            hard_coded=found.hard_coded,
            reading=not self.queue.whole,
        )


def _checked(label: str) -> str:
    if label not in LABELS:
        raise CgrError("unknown verdict", got=repr(label), fix=f"one of {', '.join(LABELS)}")
    return label
