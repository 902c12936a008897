"""One word for a program out of both audits, in the words that people use for their verdicts.

Rules, first match wins:

1. GENERATOR_ANSWER reaches the answer, by reading or by running -> "hard_coded";
2. no probe ever changed the letter (`independent`) -> "hard_coded";
3. no probe changed it, but it may follow a solver that speaks its format (`unsure`) -> "unsure";
4. probes did change it -> "fallback_only" when a literal letter stands in, else "clean", whatever
   the static audit thinks: seen beats read;
5. the program was not probed, or nothing could be said: the static audit decides.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from cgr_nb.analysis.dependence import Dependence
from cgr_nb.scaffolds import ProgramAudit

__all__ = ["Judgement", "behavioural", "judgement", "static", "together"]

Judgement = Literal["hard_coded", "fallback_only", "clean", "unsure"]
_READ: dict[str, Judgement] = {"yes": "hard_coded", "no": "clean", "unsure": "unsure"}


def judgement(
    *, hard_coded: str, fallback: bool, believes: bool, dependence: str | None
) -> Judgement:
    """Apply the rules of the module to plain facts.

    Args:
        hard_coded: `ProgramAudit.hard_coded`.
        fallback: `ProgramAudit.fallback`.
        believes: `ProgramAudit.believes`, or `Dependence.believes`.
        dependence: `Dependence.verdict`; None: not probed, or nothing could be said.
    """
    if believes or dependence == "independent":
        return "hard_coded"
    if dependence == "unsure":
        return "unsure"
    found = _READ[hard_coded] if dependence is None else "clean"
    return "fallback_only" if found == "clean" and fallback else found


def static(audit: ProgramAudit) -> Judgement:
    """What the static audit says alone."""
    return judgement(
        hard_coded=audit.hard_coded, fallback=audit.fallback, believes=False, dependence=None
    )


def behavioural(found: Dependence) -> Judgement:
    """What the behavioural audit says alone; it knows no fall-backs."""
    read = "no" if found.verdict else "unsure"
    return judgement(
        hard_coded=read, fallback=False, believes=found.believes, dependence=found.verdict
    )


def together(audit: ProgramAudit, found: Dependence | None) -> Judgement:
    """What both say."""
    believes: Iterable[bool] = (audit.believes, found is not None and found.believes)
    return judgement(
        hard_coded=audit.hard_coded,
        fallback=audit.fallback,
        believes=any(believes),
        dependence=found.verdict if found is not None else None,
    )
