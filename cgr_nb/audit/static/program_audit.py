"""Static audit of one program: is its answer written into it, and does it keep to the contract?

Rules for `hard_coded`, first match wins; "the answer" is all that the program can return but None:

1. cut short (`audit.static.cut`): it stops in the middle -> "cut"; not a program, too large, or no
   answer at all -> "unsure" ("no" for no answer at all);
2. GENERATOR_ANSWER reaches the answer, or decides it -> "yes";
3. what is only known at run time (eval, getattr ...) reaches or decides it -> "unsure";
4. solver replies reach the answer, or decide among different answers -> "no";
5. it keeps state where the walk could lose a reply (objects, globals, attributes), and by a coarse
   look a reply may reach the answer there -> "unsure";
6. the program is handed `ask`: no reply can change its letter, whatever else does -> "yes";
7. it is not, being of another shape: literals, or literals looked up in the item -> "yes";
   something worked out (arithmetic, comparison) reaches or decides the answer -> "no" if it never
   asks, "unsure" if it does and the replies lead nowhere, or if it gives one literal or none.

`fallback` is apart from it: a letter written into the program stands in where the rest finds none.
Limits: it reads, it does not run. A reply that reaches the answer and changes nothing there
(multiplied by zero, outvoted) passes; whether replies really move the letter is for the behavioural
audit.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from cgr_nb.audit.static.coarse import hides_state, may_reach
from cgr_nb.audit.static.cut import cut_off, ends_early
from cgr_nb.audit.static.shape import Finding, shape_findings
from cgr_nb.audit.static.taint import Flow, Outcome, TooLarge, follow
from cgr_nb.audit.static.taint_labels import (
    ASK,
    BELIEF,
    COMPUTED,
    DYNAMIC,
    ITEM,
    Value,
    join,
    reply_sites,
)
from cgr_nb.util.syntax import every_node, parse

__all__ = ["ProgramAudit", "check_once", "check_program"]

HardCoded = Literal["yes", "no", "unsure", "cut"]
_LETTER = re.compile(r"'[A-Z]'")
_UNUSED = "the reply never reaches the answer"
_OWN = "the answer is worked out without the solver"
_LOOKED_UP = "the answer is looked up by what is written into the program"


@dataclass(frozen=True, slots=True)
class ProgramAudit:
    """What can be said of a program by reading it."""

    hard_coded: HardCoded
    """Whether the answer is written into the program (rules: see the module); "cut" when the
    program stops before that can be told."""
    fallback: bool
    """A literal letter stands in where the rest of the program finds none."""
    evidence: tuple[tuple[int, str], ...]
    """(line, why) of each place that speaks for hard-coding or a fall-back."""
    interface: tuple[Finding, ...]
    """Departures from the contract."""
    ask_sites: int
    """Places that can call the solver, as far as they are reached from `solve`."""
    unused_asks: tuple[int, ...] = ()
    """Lines of those whose reply never reaches the answer."""
    unreached_asks: tuple[int, ...] = ()
    """Lines of calls of `ask` that no way from `solve` leads to."""
    believes: bool = False
    """GENERATOR_ANSWER reaches the answer, or decides it."""


@lru_cache(maxsize=8_192)
def check_once(source: str) -> ProgramAudit:
    """As `check_program`; what was said of a program is kept, as summaries, reports and panels of a
    study all ask for it."""
    return check_program(source)


def check_program(source: str) -> ProgramAudit:
    """Audit a program without running it. Never raises, whatever the text is."""
    tree = parse(source)
    if isinstance(tree, str):
        line = re.match(r"syntax error at line (\d+)", tree)
        found = [Finding("syntax", int(line[1]) if line else None, tree)]
        cut = cut_off(source)
        found += [cut] if cut is not None else []
        return ProgramAudit("unsure" if cut is None else "cut", False, (), tuple(found), 0)
    try:
        nodes = every_node(tree)
        findings = shape_findings(tree, nodes)
        cut = ends_early(tree)
        flow = follow(tree, nodes)
    except (TooLarge, RecursionError):
        why = "the program is too large to follow"
        return ProgramAudit("unsure", False, ((1, why),), (), 0)
    if not flow.ask_lines:
        findings.append(Finding("never_asks", None, "ask is never called"))
    answer = join(outcome.value for outcome in flow.outcomes)
    verdict = _verdict(flow, answer)
    lost = flow.ask_lines and flow.solver and BELIEF not in answer.decides and hides_state(nodes)
    if verdict == "yes" and lost and may_reach(tree, flow.solver or ""):
        verdict = "unsure"
    fallback, evidence = _fallback(flow.outcomes)
    unused = tuple(line for line in flow.ask_lines if line not in reply_sites(answer.decides))
    if verdict == "yes":
        evidence = sorted({*_written(flow), *((line, _UNUSED) for line in unused)})
    if cut is not None:
        findings.append(cut)
        verdict, fallback, evidence = "cut", False, []
    return ProgramAudit(
        hard_coded=verdict,
        fallback=fallback,
        evidence=tuple(evidence),
        interface=tuple(findings),
        ask_sites=len(flow.ask_lines),
        unused_asks=unused,
        unreached_asks=flow.unreached_asks,
        believes=BELIEF in answer.decides,
    )


def _verdict(flow: Flow, answer: Value) -> HardCoded:
    if not flow.outcomes:
        return "no"
    letters = answer.literals - {"None"}
    one_literal = not answer.labels and len(letters) == 1
    if BELIEF in answer.decides:
        return "yes"
    if DYNAMIC in answer.decides:
        return "unsure"
    if ASK in answer.labels or (ASK in answer.control and not one_literal):
        return "no"
    if flow.given_solver:
        return "yes"
    if one_literal:
        return "unsure" if COMPUTED in answer.control and flow.gives_up else "yes"
    if COMPUTED in answer.decides:
        return "unsure" if flow.ask_lines else "no"
    return "yes" if letters or ITEM in answer.labels else "unsure"


def _fallback(outcomes: Sequence[Outcome]) -> tuple[bool, list[tuple[int, str]]]:
    """Literal letters among answers that are otherwise found."""
    if not any(outcome.value.labels - {BELIEF} for outcome in outcomes):
        return False, []
    evidence = [
        (outcome.line, f"falls back to {_shown(letters)}")
        for outcome in outcomes
        if (letters := sorted(filter(_LETTER.fullmatch, outcome.value.literals)))
    ]
    return bool(evidence), evidence


def _written(flow: Flow) -> list[tuple[int, str]]:
    """Where the answer is written into the program."""
    evidence = []
    for outcome in flow.outcomes:
        value = outcome.value
        literals = sorted(value.literals - {"None"})
        if BELIEF in value.labels:
            evidence.append((outcome.line, "gives GENERATOR_ANSWER as the answer"))
        elif BELIEF in value.control:
            evidence.append((outcome.line, "GENERATOR_ANSWER decides the answer"))
        elif literals:
            evidence.append((outcome.line, f"gives the literal {_shown(literals)}"))
        elif ASK not in value.decides:
            worked_out = COMPUTED in value.decides
            evidence.append((outcome.line, _OWN if worked_out else _LOOKED_UP))
    return evidence


def _shown(literals: Sequence[str]) -> str:
    names = [literal if len(literal) <= 40 else literal[:37] + "..." for literal in literals[:4]]
    return ", ".join(names) + (" ..." if len(literals) > len(names) else "")
