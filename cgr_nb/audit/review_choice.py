"""The part of the queue that a rater looks at, kept until something changes."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence

from cgr_nb.audit.review_filter import CaseFilter, CaseIndex, Facet, by_value, review_states
from cgr_nb.audit.review_queue import Queue
from cgr_nb.audit.standing import Adjudication, Standing
from cgr_nb.store.row_columns import row_columns
from cgr_nb.store.thread_local import ThreadLocalStore

__all__ = ["ReviewChoice"]


class ReviewChoice:
    """Places of the queue that fit a filter, and what can be chosen beside it.

    Args:
        stores: The study.
        queue: Its programs.
        rater: Who looks.
        audits: Gives program -> what both audits say, as far as that is known.
    """

    def __init__(
        self,
        stores: ThreadLocalStore,
        queue: Queue,
        rater: str,
        audits: Callable[[], Mapping[str, str]],
    ) -> None:
        self._stores = stores
        self._queue = queue
        self._rater = rater
        self._audits = audits
        self._origins: dict[str, dict[str, set[str]]] | None = None
        self._programs: frozenset[str] = frozenset()
        self._kept: tuple[Hashable, Sequence[int], dict[str, list[Facet]]] | None = None

    def look(
        self, by: CaseFilter, judged: Standing, settled: Mapping[str, Adjudication], key: Hashable
    ) -> tuple[Sequence[int], dict[str, list[Facet]]]:
        """The places that fit, of the programs that are in their place by now, and the facets.

        Args:
            by: The filter.
            judged: What raters say, as `standing.standing` has it.
            settled: As `standing.adjudications` has it.
            key: Another one wherever verdicts or audits are others.
        """
        known = self._queue.known()
        whole_key = (by, len(known), key)
        if self._kept is None or self._kept[0] != whole_key:
            index = self._index(judged, settled)
            fits = index.chosen(by)
            places: Sequence[int] = range(len(self._queue))
            if by != CaseFilter():
                places = [n for n, case in enumerate(known) if case.program_id in fits]
            self._kept = whole_key, places, index.facets(by)
        return self._kept[1:]

    def _index(self, judged: Standing, settled: Mapping[str, Adjudication]) -> CaseIndex:
        if self._origins is None:
            names = ("program_id", "dataset", "generator")
            told = [
                (str(program), str(dataset), str(generator))
                for program, dataset, generator in row_columns(self._stores.here, names)
                if program is not None
            ]
            self._origins = {
                "dataset": by_value((dataset, program) for program, dataset, _ in told),
                "generator": by_value((generator, program) for program, _, generator in told),
            }
            self._programs = frozenset(program for program, _, _ in told)
        audits = self._audits()
        states = review_states(judged, settled, audits, self._rater)
        people = {"open": self._programs - states["mine"], **states}
        evidence = by_value((said, program) for program, said in audits.items())
        have = {**self._origins, "evidence": evidence, "people": people}
        return CaseIndex(self._programs, have)
