"""When and on what a study was last run.

A run that finds nothing to do is none: the same content gives the same report.
"""

from __future__ import annotations

from typing import Final

from cgr_nb.models import machine_notes
from cgr_nb.store import Store

__all__ = ["record_last_run"]

_OFF: Final = "off on this machine"
_TOLD: Final = ("python", "system", "llama-cpp-python", _OFF)
"""Of the facts of a run, those that stand with the study."""


def record_last_run(store: Store) -> None:
    """Say that the run which was begun last is the study's last, and what is off on its machine.

    Args:
        store: Of the study.
    """
    notes = machine_notes()
    with store.transaction():
        if notes:
            store.tell_run({_OFF: list(notes)})
        run = store.provenance()[-1]
        told = {name: run["facts"][name] for name in _TOLD if name in run["facts"]}
        store.set_meta("run", {"started": run["started"], **told})
