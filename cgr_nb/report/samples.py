"""The few programs that a report shows in full, not cherry-picked: the first row of each kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

__all__ = ["SHOWN_CHARACTERS", "Sample", "choose_samples"]

SHOWN_CHARACTERS = 12_000
"""A longer program is cut there, and the page says so."""


@dataclass(frozen=True)
class Sample:
    """One program with the row it belongs to."""

    kind: str
    """Why it is shown."""
    row: dict[str, Any]
    """The row, by column."""
    source: str
    """At most `SHOWN_CHARACTERS` of the program."""
    cut: int
    """Characters left out at the end."""
    evidence: list[str]
    """What the static audit points at."""


def choose_samples(
    frame: pd.DataFrame, programs: pd.DataFrame, audits: pd.DataFrame
) -> list[Sample]:
    """The first row (by id) of each kind, each program once.

    Args:
        frame: Rows as `analysis.frame.annotate` returns them.
        programs: One line a scaffold: program_id and source.
        audits: As `audit.findings.audit_programs` returns them.
    """
    known = programs.dropna(subset=["program_id", "source"])
    sources = dict(zip(known["program_id"], known["source"], strict=True))
    evidence = dict(zip(audits["program_id"], audits["evidence"], strict=True))
    rows = frame[frame["retained"] & frame["program_id"].isin(list(sources))].sort_values("id")
    ran = rows["assisted_status"] == "ok"
    hard_coded = audits.loc[audits["hard_coded"] == "yes", "program_id"]
    independent = audits.loc[audits["dependence"] == "independent", "program_id"]
    kinds = {
        "gain: direct wrong, assisted correct": rows["assisted_correct"] & ~rows["direct_correct"],
        "loss: direct correct, assisted wrong": rows["direct_correct"]
        & ~rows["assisted_correct"]
        & ran,
        "the program failed": ~ran,
        "flagged as hard-coded (static audit)": rows["program_id"].isin(hard_coded),
        "independent of the solver (behavioural audit)": rows["program_id"].isin(independent),
    }
    samples: list[Sample] = []
    shown: set[str] = set()
    for kind, applies in kinds.items():
        fresh = rows[applies & ~rows["program_id"].isin(list(shown))]
        if fresh.empty:
            continue
        row = {str(name): value for name, value in fresh.iloc[0].items()}
        shown.add(row["program_id"])
        source = sources[row["program_id"]]
        samples.append(
            Sample(
                kind=kind,
                row=row,
                source=source[:SHOWN_CHARACTERS],
                cut=max(0, len(source) - SHOWN_CHARACTERS),
                evidence=evidence.get(row["program_id"], []),
            )
        )
    return samples
