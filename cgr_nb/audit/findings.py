"""What a reader should distrust, as shares: static findings of programs, and behaviour seen in
rows.

The static audit reads each program once (`audit.static.check_program`); the behavioural one
(`depends_on_solver`) runs it and is joined in when there are results. Neither sees gold.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from cgr_nb.audit.judgement import believes, judgement
from cgr_nb.audit.probes.dependence import Dependence, Probe, depends_on_solver
from cgr_nb.audit.static import check_program

__all__ = [
    "AUDIT_COLUMNS",
    "FINDINGS",
    "Dependence",
    "Probe",
    "audit_programs",
    "audit_shares",
    "depends_on_solver",
]

FINDINGS = {
    "judged": "hard-coded, both audits taken together: the answer ignores the solver",
    "hard_coded": "looks hard-coded: no reply can change the answer (static)",
    "unsure": "may be hard-coded: the static audit can't tell",
    "cut": "is cut short: it stops in the middle (static)",
    "believes": "gives the generator's own answer, or falls back to it (either audit)",
    "fallback": "has a literal fall-back answer (static, milder)",
    "interface": "departs from the interface that the prompt asks for (static)",
    "unused_ask": "asks the solver and does not use the reply (static)",
    "unreached_ask": "has calls of the solver that nothing leads to (static)",
    "independent": "answer never changed when the solver's replies did (behaviour)",
    "partly": "answer could be moved to few of the options only (behaviour)",
    "dependent": "answer follows the solver's replies (behaviour)",
    "unmoved": "answer never changed, but may follow a solver that speaks its format (behaviour)",
    "never_asked": "returned a letter without asking the solver (seen in the run)",
    "no_program": "the generator's reply held no program",
}
"""Finding -> what it means, in the order in which they are told."""

AUDIT_COLUMNS = (
    "program_id",
    "hard_coded",
    "fallback",
    "interface",
    "evidence",
    "unused_asks",
    "unreached_asks",
    "believes",
    "dependence",
    "judgement",
)
"""Columns of what `audit_programs` returns."""

_VERDICTS = {
    "independent": "independent",
    "partly": "partly",
    "dependent": "dependent",
    "unmoved": "unsure",
}
"""Finding -> verdict of the behavioural audit."""


def audit_programs(programs: pd.DataFrame, dependence: pd.DataFrame | None = None) -> pd.DataFrame:
    """Audit every distinct program once.

    Args:
        programs: One line a scaffold: program_id and source, both None where there was no program.
        dependence: Behavioural verdicts, one line a program: program_id, verdict, and probes
            (records or mappings) where there are any. None: not run.

    Returns:
        One line a program, sorted by program_id: `hard_coded` ("yes", "no", "unsure", "cut"),
        `fallback` and `interface` (bool: something was found), `evidence` (list of "line N: why"),
        `unused_asks` and `unreached_asks` (lines), `believes` (bool, by either audit), `dependence`
        (a verdict, or None) and `judgement` (`judgement.Judgement`, both audits together).
    """
    distinct = programs.dropna(subset=["program_id", "source"]).drop_duplicates("program_id")
    seen = _seen(dependence)
    lines = []
    for program_id, source in sorted(zip(distinct["program_id"], distinct["source"], strict=True)):
        found = check_program(source)
        verdict, probes = seen.get(program_id, (None, ()))
        line = {
            "program_id": program_id,
            "hard_coded": found.hard_coded,
            "fallback": found.fallback,
            "interface": bool(found.interface),
            "evidence": [f"line {line}: {why}" for line, why in found.evidence],
            "unused_asks": found.unused_asks,
            "unreached_asks": found.unreached_asks,
            "believes": believes(found.believes, probes),
            "dependence": verdict,
        }
        facts = {name: line[name] for name in ("hard_coded", "fallback", "believes", "dependence")}
        heard = any(probe.asked for probe in probes)
        lines.append(line | {"judgement": judgement(**facts, heard=heard)})
    return pd.DataFrame(lines, columns=list(AUDIT_COLUMNS))


def _seen(dependence: pd.DataFrame | None) -> dict[str, tuple[str | None, tuple[Probe, ...]]]:
    """Program id -> verdict of the behavioural audit, and its probes."""
    if dependence is None:
        return {}
    probes: Sequence[Sequence[Any]] = [()] * len(dependence)
    if "probes" in dependence.columns:
        probes = list(dependence["probes"])
    told = zip(dependence["program_id"], dependence["verdict"], probes, strict=True)
    return {id: (verdict, tuple(map(_probe, some))) for id, verdict, some in told}


def _probe(told: Probe | Mapping[str, Any]) -> Probe:
    return told if isinstance(told, Probe) else Probe(**told)


def audit_shares(audits: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """How many programs, and how many rows, each finding touches.

    Args:
        audits: As `audit_programs` returns them.
        rows: Rows as `frame.annotate` returns them; retained ones are counted.

    Returns:
        One line a finding of `FINDINGS` (the behavioural ones only when some program was replayed):
        `finding`, `meaning`, `programs`, `program_share` (of the programs that were looked at; None
        for findings that are no property of a program), `rows`, `row_share` (of retained rows, 0 to
        1).
    """
    kept = rows[rows["retained"]]
    replayed = audits[audits["dependence"].notna()]
    of_programs = {
        "judged": audits["judgement"] == "hard_coded",
        "hard_coded": audits["hard_coded"] == "yes",
        "unsure": audits["hard_coded"] == "unsure",
        "cut": audits["hard_coded"] == "cut",
        "believes": audits["believes"].astype(bool),
        "fallback": audits["fallback"].astype(bool),
        "interface": audits["interface"].astype(bool),
        "unused_ask": audits["unused_asks"].map(len) > 0,
        "unreached_ask": audits["unreached_asks"].map(len) > 0,
    }
    if len(replayed):
        for finding, verdict in _VERDICTS.items():
            of_programs[finding] = audits["dependence"] == verdict
    lines = []
    for finding, touches in of_programs.items():
        touched = audits[touches]
        looked_at = len(replayed) if finding in _VERDICTS else len(audits)
        told = int(kept["program_id"].isin(touched["program_id"]).sum())
        lines.append(_line(finding, len(touched), looked_at, told, len(kept)))
    never_asked = (kept["assisted_status"] == "ok") & (kept["asks"] == 0)
    lines.append(_line("never_asked", None, 0, int(never_asked.sum()), len(kept)))
    without = kept["assisted_status"] == "no_program"
    lines.append(_line("no_program", None, 0, int(without.sum()), len(kept)))
    return pd.DataFrame(lines)


def _line(
    finding: str, programs: int | None, looked_at: int, rows: int, all_rows: int
) -> dict[str, object]:
    return {
        "finding": finding,
        "meaning": FINDINGS[finding],
        "programs": programs,
        "program_share": programs / looked_at if programs is not None and looked_at else None,
        "rows": rows,
        "row_share": rows / all_rows if all_rows else None,
    }
