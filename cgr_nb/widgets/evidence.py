"""What speaks for and against a program, in words and lines that a page can draw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cgr_nb.audit import Dependence
from cgr_nb.audit.counterfactual import reply_effects
from cgr_nb.audit.judgement import behavioural, decision, static
from cgr_nb.audit.program_record import ProgramRun
from cgr_nb.audit.review_queue import Case
from cgr_nb.records import Ask
from cgr_nb.store import Store
from cgr_nb.widgets.run_view import sentence
from cgr_nb.widgets.text import clip
from cgr_nb.words import BEHAVIOUR_WORDS, DECIDED_WORDS, READING_WORDS

__all__ = ["behaviour_view", "evidence_view", "runs_view"]

RUNS_SHOWN = 6


def evidence_view(case: Case, found: Dependence | None) -> dict[str, Any]:
    """The static audit: a note for each line, and departures from the contract; and in `decision`
    what both audits say, and what each says alone.

    Args:
        case: The program.
        found: Its behavioural audit; None where there is none.
    """
    audit = case.audit
    said = dict.fromkeys(audit.evidence)
    said |= dict.fromkeys(
        (line, "the reply never reaches the answer") for line in audit.unused_asks
    )
    said |= dict.fromkeys((line, "unreachable from solve") for line in audit.unreached_asks)
    notes: dict[str, str] = {}
    for line, why in said:
        notes[str(line)] = f"{notes[str(line)]}; {why}" if str(line) in notes else why
    return {
        "decision": _decision_view(case, found),
        "notes": notes,
        "interface": [str(finding) for finding in audit.interface],
        "control": case.stratum == "unsuspected",
    }


def _decision_view(case: Case, found: Dependence | None) -> dict[str, Any]:
    """One word of both audits, why, and what each says: a side that alone would say another word
    says so, lest two lines contradict each other."""
    told, alone = decision(case.audit, found), static(case.audit)
    read = "fallback" if alone == "fallback_only" else case.audit.hard_coded
    sides = [
        {
            "words": READING_WORDS[read],
            "alone": alone if alone != told.word else "",
        }
    ]
    if found is not None:
        seen = behavioural(found) if found.verdict else told.word
        # Running a program shows no fall-backs.
        same = seen == told.word or (seen, told.word) == ("clean", "fallback_only")
        words = BEHAVIOUR_WORDS[found.verdict or "none"]
        sides.append({"words": words, "alone": "" if same else seen})
    return {"word": told.word, "why": DECIDED_WORDS[told.by], "by": told.by, "sides": sides}


def behaviour_view(case: Case, found: Dependence, asks: Sequence[Ask]) -> dict[str, Any]:
    """The behavioural audit: the verdict in words, every probe, and what changing each reply of
    the record did.

    Args:
        case: The program.
        found: Its audit.
        asks: What it asked in its recorded run.
    """
    return {
        "id": case.program_id,
        "decision": _decision_view(case, found),
        "replies": [
            {
                "reply": effect.number,
                "line": effect.ask.line,
                "said": clip(effect.ask.reply, 40),
                "tried": effect.tried,
                "moved": [[clip(said, 40), end, len(end) == 1] for said, end in effect.moved],
            }
            for effect in reply_effects(found.probes, asks)
        ],
        "verdict": found.verdict,
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


def runs_view(store: Store, runs: Sequence[ProgramRun]) -> list[dict[str, Any]]:
    """What the solvers said in recorded runs, and which letter came of it; at most `RUNS_SHOWN` of
    them.

    Args:
        store: Of the study.
        runs: Of one program.
    """
    drawn = []
    for run in runs[:RUNS_SHOWN]:
        execution = store.execution(run.execution_id)
        if execution is None:
            continue
        drawn.append(
            {
                "solver": run.solver,
                "execution": run.execution_id,
                "replies": [clip(ask.reply, 60) for ask in execution.calls],
                "letter": execution.solver_answer,
                "sentence": sentence(execution),
            }
        )
    return drawn
