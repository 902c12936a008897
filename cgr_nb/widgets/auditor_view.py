"""One program of the auditor's queue as the page draws it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from cgr_nb.audit.review import Review
from cgr_nb.store import Store
from cgr_nb.widgets.evidence import behaviour_view, evidence_view, runs_view
from cgr_nb.widgets.run_view import item_view
from cgr_nb.widgets.text import coloured_lines

__all__ = ["case_view"]


def case_view(
    review: Review, store: Store, place: int, verdict: str, *, hidden: bool
) -> dict[str, Any]:
    """The values of the panel's traits `program`, `verdict`, `evidence`, `behaviour` and
    `opinions`, beside `place`.

    Args:
        review: The queue, and what is known of its programs.
        store: Of the study.
        place: Of the program, from 0.
        verdict: The rater's own, standing; empty: none.
        hidden: Leave out what a blind rater may not see yet.
    """
    case, probes = review.queue[place], review.probes
    item = store.item(case.item_id)
    view = {
        "place": place,
        "verdict": verdict,
        "program": {
            "id": case.program_id,
            "lines": coloured_lines(case.source),
            "item": item_view(item) if item else {},
        },
    }
    if hidden:
        return {**view, "evidence": {}, "behaviour": {}, "opinions": []}
    found = probes.known(case)
    runs = runs_view(store, probes.runs.of(case.program_id))
    return {
        **view,
        "evidence": {**evidence_view(case, found), "runs": runs},
        "behaviour": behaviour_view(case, found, probes.asks(case)) if found else {},
        "opinions": [asdict(said) for said in review.opinions(case)],
    }
