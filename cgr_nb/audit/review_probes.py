"""Behavioural audits of programs under review: from the record, or made while a person looks."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

from cgr_nb.audit.counterfactual import probe_replies, reply_effects
from cgr_nb.audit.judgement import together
from cgr_nb.audit.probes import Dependence, depends_on_solver
from cgr_nb.audit.program_record import RecordedRuns, recorded_asks, recorded_dependence
from cgr_nb.audit.review_queue import Case
from cgr_nb.errors import CgrError
from cgr_nb.records import Ask, Item
from cgr_nb.store.thread_local import ThreadLocalStore

__all__ = ["ReviewProbes"]


class ReviewProbes:
    """What programs do, as far as it is known; what is found out here is kept here only.

    Args:
        stores: The study.
    """

    def __init__(self, stores: ThreadLocalStore) -> None:
        self._stores = stores
        self._made: dict[str, Dependence] = {}
        self._words: dict[str, str] = {}
        self._one_at_a_time = threading.Lock()
        self.runs = RecordedRuns(stores)
        """What is on record of each program."""

    def item(self, case: Case) -> Item:
        """The item that a program is probed with.

        Raises:
            CgrError: The study does not hold it.
        """
        item = self._stores.here.item(case.item_id)
        if item is None:
            raise CgrError("the item of this program is not in the study", got=case.item_id)
        return item

    def asks(self, case: Case) -> tuple[Ask, ...]:
        """What the program asked in its recorded run on that item."""
        runs = self.runs.of(case.program_id)
        return recorded_asks(self._stores.here, runs, case.item_id)

    def known(self, case: Case) -> Dependence | None:
        """The audit of a program: made here, or on record; None when there is none."""
        made = self._made.get(case.program_id)
        return made or recorded_dependence(self._stores.here, case.program_id)

    def is_enough(self, case: Case) -> bool:
        """Whether what is known tells how the program behaves, and what each reply does."""
        found, asks = self.known(case), self.asks(case)
        return found is not None and _tells_replies(found, asks)

    def probe(self, case: Case) -> Dependence:
        """Replay a program with made-up replies, as far as that is not known yet.

        Raises:
            CgrError: Its item is not in the study.
            IsolationError: Programs can't be isolated on this machine.
        """
        item, asks = self.item(case), self.asks(case)
        found = self.known(case) or depends_on_solver(case.source, item, asks)
        if not _tells_replies(found, asks):
            # Probing ends when the verdict is clear, often before single replies were changed.
            more = probe_replies(case.source, item, asks)
            found = replace(found, probes=(*found.probes, *more))
        self._made[case.program_id] = found
        self._words[case.program_id] = together(case.audit, found)
        return found

    def made(self) -> int:
        """Programs that were probed here."""
        return len(self._made)

    def words(self) -> dict[str, str]:
        """Program that was probed here -> what both audits say now."""
        return dict(self._words)

    def probe_soon(
        self,
        case: Case,
        is_wanted: Callable[[], bool],
        tell: Callable[[Dependence | CgrError], object],
    ) -> None:
        """Probe a program in a thread of its own, after those that were asked for before.

        Args:
            case: The program.
            is_wanted: Asked when its turn comes: a quick rater has long gone on, and only the
                program on the table is worth a sandbox.
            tell: Called from that thread with what was found, or with why nothing was.
        """

        def work() -> None:
            with self._one_at_a_time:
                if not is_wanted():
                    return
                try:
                    found: Dependence | CgrError = self.probe(case)
                except CgrError as error:
                    found = error
                tell(found)

        threading.Thread(target=work, daemon=True).start()


def _tells_replies(found: Dependence, asks: tuple[Ask, ...]) -> bool:
    asked = any(ask.reply is not None for ask in asks)
    return not asked or bool(reply_effects(found.probes, asks))
