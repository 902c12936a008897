"""The programs of a study read one after another, each once, for whoever waits for the share that
is hard-coded."""

from __future__ import annotations

import threading
import time

import pandas as pd

from cgr_nb.audit.findings import HardCodedShare, audits_of, hard_coded_share
from cgr_nb.audit.static import ProgramAudit, check_once
from cgr_nb.audit.static_kept import keep_audits, kept_audits
from cgr_nb.store.thread_local import ThreadLocalStore

__all__ = ["PAUSE_S", "READ_AT_ONCE", "StaticReading"]

READ_AT_ONCE = 400
"""Programs that are read before a panel opens, for its headline to say how many are hard-coded; a
fifth of a second. More of them are read while the page is up."""
PAUSE_S = 0.0005
"""Pause after each of these."""


class StaticReading:
    """Static audits of the programs behind some rows.

    Args:
        stores: The study.
    """

    def __init__(self, stores: ThreadLocalStore) -> None:
        self._stores = stores
        self._read: dict[str, ProgramAudit] = {}
        self._one_at_a_time = threading.Lock()

    def unread(self, rows: pd.DataFrame) -> set[str]:
        """Ids of the programs of some rows that are not read yet."""
        return set(rows["program_id"].dropna()) - self._read.keys()

    def read(self, rows: pd.DataFrame, pause_s: float = 0.0) -> None:
        """Read every program of some rows that is not read yet.

        Args:
            rows: With column `program_id`.
            pause_s: Seconds to wait after each program: whoever works meanwhile in another thread
                must not wait for this one to let go of Python.
        """
        with self._one_at_a_time:
            left = self.unread(rows)
            if not left:
                return
            store = self._stores.here
            kept = kept_audits(store)
            self._read |= {id: kept[id] for id in left & kept.keys()}
            left -= kept.keys()
            new: dict[str, ProgramAudit] = {}
            for program in store.programs.written() if left else ():
                if program.id in left:
                    new[program.id] = self._read[program.id] = check_once(program.source)
                    time.sleep(pause_s)
            keep_audits(store, new)

    def share(self, rows: pd.DataFrame, at_most: int = 0) -> HardCodedShare | None:
        """How much is hard-coded.

        Args:
            rows: As `analysis.frame.annotate` returns them.
            at_most: Programs that may be read for it; None comes back where more are unread.
        """
        if len(self.unread(rows)) > at_most:
            return None
        self.read(rows)
        return hard_coded_share(audits_of(self._stores.here, self._read), rows)
