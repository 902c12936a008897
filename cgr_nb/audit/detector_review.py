"""Both audits of a study under review: what they say of each program, and how far people agree."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import pandas as pd

from cgr_nb.audit.agreement import Estimate, detector_quality
from cgr_nb.audit.findings import HardCodedShare, audits_of, hard_coded_share, with_human_verdicts
from cgr_nb.audit.review_probes import ReviewProbes
from cgr_nb.audit.review_queue import Queue
from cgr_nb.store.thread_local import ThreadLocalStore

__all__ = ["DetectorFigures", "DetectorReview"]


class DetectorFigures(NamedTuple):
    """What a review says of the audits; each None until every program has been read."""

    precision: Estimate | None
    recall: Estimate | None
    hard_coded: HardCodedShare | None


class DetectorReview:
    """The audits of the programs of a queue, made anew when more were probed.

    Args:
        stores: The study.
        queue: Its programs.
        probes: What they do.
        rows: Gives the rows as `analysis.frame.annotate` returns them.
    """

    def __init__(
        self,
        stores: ThreadLocalStore,
        queue: Queue,
        probes: ReviewProbes,
        rows: Callable[[], pd.DataFrame],
    ) -> None:
        self._stores = stores
        self._queue = queue
        self._probes = probes
        self._rows = rows
        self._strata: dict[str, str] = {}
        self._audits: tuple[int, pd.DataFrame, pd.DataFrame] | None = None
        self._words: tuple[tuple[int, int], dict[str, str]] = (-1, -1), {}
        self._figures: tuple[tuple[int, Mapping[str, str]], DetectorFigures] | None = None

    def version(self) -> tuple[int, int]:
        """Another one whenever `words` may say something else."""
        return len(self._stores.here.audits.program_ids()), self._probes.made()

    def words(self) -> Mapping[str, str]:
        """Program -> what both audits say, those probed under review among them; empty while
        programs are read. The same object until something is another."""
        whole, version = self._whole(), self.version()
        if whole is not None and version != self._words[0]:
            told = dict(zip(whole[0]["program_id"], whole[0]["audits"], strict=True))
            self._words = version, told | self._probes.words()
        return self._words[1]

    def figures(self, people: Mapping[str, str]) -> DetectorFigures:
        """How good the audits are, and how much is hard-coded.

        Args:
            people: What people say of programs, as `standing.people_labels` has it.
        """
        whole = self._whole()
        if whole is None:
            return DetectorFigures(None, None, None)
        audits, rows = whole
        rests_on = (len(self._stores.here.audits.program_ids()), people)
        if self._figures is not None and self._figures[0] == rests_on:
            return self._figures[1]
        flagged = set(audits.loc[audits["audits"] == "hard_coded", "program_id"])
        quality = detector_quality(self._known_strata(), flagged, people)
        share = hard_coded_share(with_human_verdicts(audits, people), rows)
        self._figures = rests_on, DetectorFigures(*quality, share)
        return self._figures[1]

    def _whole(self) -> tuple[pd.DataFrame, pd.DataFrame] | None:
        """The audits of all programs and the rows behind them; None while programs are read."""
        if not self._queue.whole:
            return None
        store = self._stores.here
        probed = len(store.audits.program_ids())
        if self._audits is None or self._audits[0] != probed:
            known = {case.program_id: case.audit for case in self._queue.known()}
            # Walked value by value at each verdict: Arrow's strings are slow at that.
            plain = {"program_id": object, "audits": object}
            self._audits = probed, audits_of(store, known).astype(plain), self._rows()
        return self._audits[1:]

    def _known_strata(self) -> dict[str, str]:
        known = self._queue.known()
        if len(self._strata) != len(known):
            self._strata = {case.program_id: case.stratum for case in known}
        return self._strata
