"""Program -> finding: where its answer comes from, by reading it, by running it, and by people.

static/            reads a program: taint from solver, generator and literals to its answer
probes/            runs it with made-up replies: does its answer depend on the solver?
judgement.py       both audits of a program -> one word
standing.py        people's verdicts -> which of them stand
findings.py        a study's programs and rows -> what a reader should distrust, as shares
run.py             the behavioural audit of a whole study, resumable
detection.py       an audit against labels -> precision and recall
agreement.py       how far raters agree, and how far the audits agree with them
review.py          a person at work: the queue (`review_queue`) and the part of it that is looked at
                   (`review_filter`, `review_choice`), verdicts side by side (`opinions`), figures
                   (`detector_review`), probes of the program on the table (`review_probes`)
program_record.py  what a study has on record of a program
static_reading.py  a study's programs read one after another, in the background
counterfactual.py  a recorded run again, one reply changed at a time

`findings`, `detection`, `agreement`, `review` and `static_reading` need pandas or numpy and are
imported by their own names.
"""

from __future__ import annotations

from cgr_nb.audit.probes import Dependence, Probe, depends_on_solver
from cgr_nb.audit.static import Finding, ProgramAudit, check_program

__all__ = [
    "Dependence",
    "Finding",
    "Probe",
    "ProgramAudit",
    "check_program",
    "depends_on_solver",
]
