"""What speaks for and against a program, in words and lines that a page can draw."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cgr_nb.analysis import Dependence, Probe
from cgr_nb.records import Ask
from cgr_nb.widgets.drawn import sentence
from cgr_nb.widgets.queue import Case
from cgr_nb.widgets.text import clip

if TYPE_CHECKING:
    import pandas as pd

    from cgr_nb.handle import Study

__all__ = [
    "drawn_dependence",
    "drawn_evidence",
    "drawn_runs",
    "recorded_asks",
    "recorded_dependence",
]

RUNS_SHOWN = 6

_READING = {
    "yes": "reading it: the answer is written into the program",
    "no": "reading it: nothing says that the answer is written into the program",
    "unsure": "reading it: can't tell",
}
_BEHAVIOUR = {
    "independent": "running it: no probe changed the answer",
    "partly": "running it: the solver can move the answer to few options only",
    "dependent": "running it: the answer follows the solver's replies",
    None: "running it: nothing can be said",
}


def drawn_evidence(case: Case) -> dict[str, Any]:
    """The static audit: the verdict in words, a note for each line, and departures from the
    contract."""
    audit = case.audit
    notes: dict[str, str] = {}
    for line, why in audit.evidence:
        notes[str(line)] = f"{notes[str(line)]}; {why}" if str(line) in notes else why
    return {
        "hard_coded": audit.hard_coded,
        "reading": _READING[audit.hard_coded],
        "fallback": audit.fallback,
        "notes": notes,
        "interface": [str(finding) for finding in audit.interface],
        "control": case.stratum == "unsuspected",
    }


def drawn_dependence(found: Dependence) -> dict[str, Any]:
    """The behavioural audit: the verdict in words and every probe."""
    return {
        "verdict": found.verdict,
        "words": _BEHAVIOUR[found.verdict],
        "reachable": list(found.reachable),
        "fixed": found.fixed,
        "probes": [
            {
                "name": probe.name,
                "order": probe.order,
                "letter": probe.letter,
                "text": clip(probe.text, 80),
                "status": probe.status,
            }
            for probe in found.probes
        ],
    }


def recorded_dependence(study: Study) -> dict[str, Dependence]:
    """The behavioural audits that the study holds, by program id."""
    return {
        line["program_id"]: Dependence(
            line["verdict"],
            tuple(line["reachable"]),
            line["fixed"],
            tuple(Probe(**probe) for probe in line["probes"]),
        )
        for line in study.dependence().to_dict("records")
    }


def drawn_runs(study: Study, rows: pd.DataFrame) -> list[dict[str, Any]]:
    """What the solvers said in recorded runs, and which letter came of it; at most `RUNS_SHOWN` of
    them."""
    runs = []
    for row in rows.head(RUNS_SHOWN).itertuples():
        execution = study.execution(row.execution_id) if isinstance(row.execution_id, str) else None
        if execution is None:
            continue
        runs.append(
            {
                "solver": row.solver,
                "replies": [clip(ask.reply, 60) for ask in execution.calls],
                "letter": execution.solver_answer,
                "sentence": sentence(execution),
            }
        )
    return runs


def recorded_asks(study: Study, rows: pd.DataFrame) -> tuple[Ask, ...]:
    """The calls of the first recorded run of some rows; none when there is no run."""
    ids = [id for id in rows["execution_id"] if isinstance(id, str)]
    execution = study.execution(ids[0]) if ids else None
    return execution.calls if execution is not None else ()
