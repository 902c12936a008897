"""One word for a program out of both audits and people, in the words that people use for theirs.

Where people's standing verdicts agree (`standing.people_labels`), that is the word (`combined`).
Else both audits say it (`judgement`, `together`). Rules, first match wins:

1. the program is cut short -> "cut";
2. GENERATOR_ANSWER reaches the answer -> "hard_coded": seen where it was changed and the letter
   went along; read off the text only where it could not be changed;
3. no probe ever changed the letter (`independent`) -> "hard_coded";
4. no probe changed it, but it may follow a solver that speaks its format (`unsure`) -> "unsure";
5. probes did change it -> "fallback_only" when a literal letter stands in, else "clean", whatever
   the static audit thinks: seen beats read;
6. the program was probed, heard replies and never came to a letter: nobody is accused by reading
   alone -> "unsure" where the static audit says "yes", else what it says;
7. the program was not probed, or asked nothing: the static audit decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from cgr_nb.audit.probes.dependence import Dependence, Probe, follows_belief
from cgr_nb.audit.static import ProgramAudit

__all__ = [
    "Decision",
    "Judgement",
    "behavioural",
    "believes",
    "combined",
    "decision",
    "judgement",
    "static",
    "together",
]

Judgement = Literal["hard_coded", "fallback_only", "clean", "unsure", "cut"]
Decider = Literal["cut", "belief", "independent", "unmoved", "moved", "heard", "read"]


class Decision(NamedTuple):
    """A word for a program and what it rests on."""

    word: Judgement
    by: Decider
    """The rule of the module that came first: 1 "cut", 2 "belief", 3 "independent", 4 "unmoved",
    5 "moved", 6 "heard", 7 "read"."""


_READ: dict[str, Judgement] = {
    "yes": "hard_coded",
    "no": "clean",
    "unsure": "unsure",
    "cut": "cut",
}


def judgement(
    *,
    hard_coded: str,
    fallback: bool,
    believes: bool,
    dependence: str | None,
    heard: bool = False,
) -> Judgement:
    """Apply the rules of the module to plain facts, and keep the word alone.

    Args:
        hard_coded: `ProgramAudit.hard_coded`.
        fallback: `ProgramAudit.fallback`.
        believes: As `believes` says.
        dependence: `Dependence.verdict`; None: not probed, or nothing could be said.
        heard: Whether some probe answered the program.
    """
    return _decide(
        hard_coded=hard_coded,
        fallback=fallback,
        believes=believes,
        dependence=dependence,
        heard=heard,
    ).word


def _decide(
    *, hard_coded: str, fallback: bool, believes: bool, dependence: str | None, heard: bool
) -> Decision:
    if hard_coded == "cut":
        return Decision("cut", "cut")
    if believes:
        return Decision("hard_coded", "belief")
    if dependence == "independent":
        return Decision("hard_coded", "independent")
    if dependence == "unsure":
        return Decision("unsure", "unmoved")
    by: Decider = "read" if dependence is None else "moved"
    found = _READ[hard_coded] if dependence is None else "clean"
    if heard and by == "read":
        by = "heard"
        found = "unsure" if found == "hard_coded" else found
    return Decision("fallback_only" if found == "clean" and fallback else found, by)


def believes(read: bool, probes: Sequence[Probe]) -> bool:
    """Whether GENERATOR_ANSWER reaches the answer, by both audits.

    Args:
        read: `ProgramAudit.believes`.
        probes: `Dependence.probes`; empty: not probed.
    """
    changed = any(probe.belief is not None for probe in probes)
    return follows_belief(probes) if changed else read


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
    return decision(audit, found).word


def decision(audit: ProgramAudit, found: Dependence | None) -> Decision:
    """What both say, and which rule decided it."""
    probes = () if found is None else found.probes
    return _decide(
        hard_coded=audit.hard_coded,
        fallback=audit.fallback,
        believes=believes(audit.believes, probes),
        dependence=found.verdict if found is not None else None,
        heard=any(probe.asked for probe in probes),
    )


def combined(audits: str, people: str | None) -> str:
    """The combined verdict on a program, which every share and headline counts.

    Args:
        audits: What both audits say, as `judgement` or `together` give it.
        people: What people say, as `standing.people_labels` has it; None where they say nothing.
    """
    return audits if people is None else people
