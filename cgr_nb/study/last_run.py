"""When and on what a study was last run.

A run that finds nothing to do is none: the same content gives the same report.
"""

from __future__ import annotations

from collections.abc import Sequence

from cgr_nb.store import Store

__all__ = ["record_last_run"]


def record_last_run(store: Store, off: Sequence[str] = ()) -> None:
    """Say that the run which was begun last is the study's last.

    Args:
        store: Of the study.
        off: What was found to be off on this machine, a line each.
    """
    run = store.provenance()[-1]
    notes = {"off on this machine": list(off)} if off else {}
    store.set_meta("run", {"started": run["started"], **run["facts"], **notes})
