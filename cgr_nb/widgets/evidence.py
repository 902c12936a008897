"""What speaks for and against a program, in words and lines that a page can draw."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from cgr_nb.audit import Dependence, Probe
from cgr_nb.audit.counterfactual import reply_effects
from cgr_nb.audit.review_queue import Case
from cgr_nb.records import Ask
from cgr_nb.store.row_columns import runs_of_programs
from cgr_nb.widgets.run_view import sentence
from cgr_nb.widgets.text import clip

if TYPE_CHECKING:
    from cgr_nb.api import Study

__all__ = [
    "drawn_dependence",
    "drawn_evidence",
    "drawn_runs",
    "recorded_asks",
    "recorded_dependence",
    "recorded_runs",
]

RUNS_SHOWN = 6


class Run(NamedTuple):
    """One recorded run of a program."""

    solver: str
    item_id: str
    execution_id: str


_READING = {
    "yes": "reading it: the answer is written into the program",
    "no": "reading it: nothing says that the answer is written into the program",
    "unsure": "reading it: can't tell",
    "cut": "reading it: the program is cut short",
}
_BEHAVIOUR = {
    "independent": "running it: no probe changed the answer",
    "partly": "running it: the solver can move the answer to few options only",
    "dependent": "running it: the answer follows the solver's replies",
    "unsure": "running it: no probe changed the answer, but none may have spoken its format",
    None: "running it: nothing can be said",
}


def drawn_evidence(case: Case) -> dict[str, Any]:
    """The static audit: the verdict in words, a note for each line, and departures from the
    contract."""
    audit = case.audit
    found = dict.fromkeys(audit.evidence)
    found |= dict.fromkeys(
        (line, "the reply never reaches the answer") for line in audit.unused_asks
    )
    found |= dict.fromkeys((line, "no way from solve leads here") for line in audit.unreached_asks)
    notes: dict[str, str] = {}
    for line, why in found:
        notes[str(line)] = f"{notes[str(line)]}; {why}" if str(line) in notes else why
    return {
        "hard_coded": audit.hard_coded,
        "reading": _READING[audit.hard_coded],
        "fallback": audit.fallback,
        "believes": audit.believes,
        "notes": notes,
        "interface": [str(finding) for finding in audit.interface],
        "control": case.stratum == "unsuspected",
    }


def drawn_dependence(found: Dependence, asks: Sequence[Ask]) -> dict[str, Any]:
    """The behavioural audit: the verdict in words, every probe, and what changing each reply of
    the record `asks` did."""
    return {
        "replies": [
            {
                "reply": effect.number,
                "line": effect.ask.line,
                "said": clip(effect.ask.reply, 40),
                "tried": effect.tried,
                "moved": [[clip(said, 40), end] for said, end in effect.moved],
            }
            for effect in reply_effects(found.probes, asks)
        ],
        "believes": found.believes,
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


def recorded_dependence(study: Study, program_id: str) -> Dependence | None:
    """The behavioural audit of a program that the study holds; None when there is none."""
    found = study.store.connection.execute(
        "SELECT verdict, reachable, fixed, probes FROM dependence WHERE program_id = ?",
        (program_id,),
    ).fetchone()
    if found is None:
        return None
    verdict, reachable, fixed, probes = found
    made = tuple(Probe(**probe) for probe in json.loads(probes))
    return Dependence(verdict, tuple(json.loads(reachable)), fixed, made)


def recorded_runs(study: Study) -> dict[str, list[Run]]:
    """The recorded runs of each program, in the order of the study's rows."""
    found: dict[str, list[Run]] = {}
    for program_id, *run in runs_of_programs(study.store):
        found.setdefault(program_id, []).append(Run(*run))
    return found


def drawn_runs(study: Study, runs: Sequence[Run]) -> list[dict[str, Any]]:
    """What the solvers said in recorded runs, and which letter came of it; at most `RUNS_SHOWN` of
    them."""
    drawn = []
    for run in runs[:RUNS_SHOWN]:
        execution = study.execution(run.execution_id)
        if execution is None:
            continue
        drawn.append(
            {
                "solver": run.solver,
                "replies": [clip(ask.reply, 60) for ask in execution.calls],
                "letter": execution.solver_answer,
                "sentence": sentence(execution),
            }
        )
    return drawn


def recorded_asks(study: Study, runs: Sequence[Run], item_id: str) -> tuple[Ask, ...]:
    """The calls of the first recorded run on an item; none when there is no run."""
    ours = [run for run in runs if run.item_id == item_id]
    execution = study.execution(ours[0].execution_id) if ours else None
    return execution.calls if execution is not None else ()
