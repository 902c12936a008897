"""The part of the queue that a rater looks at, kept until something changes."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence, Set

from cgr_nb.audit.detector_review import DetectorReview
from cgr_nb.audit.review_filter import CaseFilter, CaseIndex, Facet, by_value, review_states
from cgr_nb.audit.review_queue import Queue
from cgr_nb.audit.standing import adjudications, standing
from cgr_nb.records import Verdict
from cgr_nb.store.row_columns import row_columns
from cgr_nb.store.thread_local import ThreadLocalStore

__all__ = ["ReviewChoice"]


class ReviewChoice:
    """Places of the queue that fit a filter, and what can be chosen beside it.

    Args:
        stores: The study.
        queue: Its programs.
        rater: Who looks.
        detector: What both audits say of them.
    """

    def __init__(
        self,
        stores: ThreadLocalStore,
        queue: Queue,
        rater: str,
        detector: DetectorReview,
    ) -> None:
        self._stores = stores
        self._queue = queue
        self._rater = rater
        self._detector = detector
        self._origins: dict[str, dict[str, set[str]]] | None = None
        self._programs: frozenset[str] = frozenset()
        self._evidence: tuple[Mapping[str, str], dict[str, set[str]]] = {}, {}
        self._places: tuple[Hashable, Sequence[int]] | None = None
        self._facets: tuple[Hashable, dict[str, list[Facet]]] | None = None

    def places(self, by: CaseFilter, given: Sequence[Verdict]) -> Sequence[int]:
        """The places that fit, of the programs that are in their place by now.

        Args:
            by: The filter.
            given: All verdicts, oldest first.
        """
        if by == CaseFilter():
            return range(len(self._queue))
        known = self._queue.known()
        key = (by, len(known), len(given), self._detector.version())
        if self._places is None or self._places[0] != key:
            fits = self._index(given).chosen(by)
            places = [n for n, case in enumerate(known) if case.program_id in fits]
            self._places = key, places
        return self._places[1]

    def facets(self, by: CaseFilter, given: Sequence[Verdict]) -> dict[str, list[Facet]]:
        """What can be chosen beside a filter, by field.

        Args:
            by: As in `places`.
            given: As there.
        """
        key = (by, len(self._queue.known()), len(given), self._detector.version())
        if self._facets is None or self._facets[0] != key:
            self._facets = key, self._index(given).facets(by)
        return self._facets[1]

    def _index(self, given: Sequence[Verdict]) -> CaseIndex:
        if self._origins is None:
            self._origins = self._read_origins()
        audits = self._detector.words()
        if audits is not self._evidence[0]:
            self._evidence = audits, by_value((said, program) for program, said in audits.items())
        ours = [verdict for verdict in given if verdict.program_id in self._programs]
        states = review_states(standing(ours), adjudications(ours), audits, self._rater)
        people = {"open": self._programs - states["mine"], **states}
        have: Mapping[str, Mapping[str, Set[str]]] = {
            **self._origins,
            "evidence": self._evidence[1],
            "people": people,
        }
        return CaseIndex(self._programs, have)

    def _read_origins(self) -> dict[str, dict[str, set[str]]]:
        names = ("program_id", "dataset", "generator")
        told = [
            (str(program), str(dataset), str(generator))
            for program, dataset, generator in row_columns(self._stores.here, names)
            if program is not None
        ]
        self._programs = frozenset(program for program, _, _ in told)
        return {
            "dataset": by_value((dataset, program) for program, dataset, _ in told),
            "generator": by_value((generator, program) for program, _, generator in told),
        }
