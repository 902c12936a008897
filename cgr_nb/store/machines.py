"""What computed the replies of a study, run by run, and how often two runs disagreed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cgr_nb.store.database import Store
from cgr_nb.store.merge import MERGE
from cgr_nb.store.merged import Overlap

__all__ = ["RunCalls", "overlaps", "run_calls"]


@dataclass(frozen=True, slots=True)
class RunCalls:
    """The calls of one model that one run made on its own machine."""

    run: int
    model: str
    calls: int
    facts: Mapping[str, Any]
    """Of the run; empty where nothing is on record of it."""


def run_calls(store: Store) -> list[RunCalls]:
    """Replies that count and were computed here, not by a server: by run and model."""
    names = store._connection.execute("SELECT name FROM pragma_table_info('calls')")
    of_servers = "served" in {found["name"] for found in names}
    found = store._connection.execute(
        "SELECT c.run, c.model, count(*), p.facts FROM calls c LEFT JOIN provenance p"
        " ON p.run = c.run WHERE c.reply IS NOT NULL"
        f"{' AND c.served IS NULL' if of_servers else ''}"
        " GROUP BY c.run, c.model ORDER BY c.run, c.model"
    )
    return [
        RunCalls(run or 0, model, calls, json.loads(facts) if facts else {})
        for run, model, calls, facts in found
    ]


def overlaps(store: Store) -> list[Overlap]:
    """Calls that two runs made, each for itself, as merges of shards found them."""
    told = store.meta(MERGE) or {}
    return [
        Overlap(**{**one, "runs": (one["runs"][0], one["runs"][1])})
        for one in told.get("overlaps", [])
    ]
