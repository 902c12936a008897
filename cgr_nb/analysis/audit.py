"""What a reader should distrust, as shares: static findings of programs, and behaviour seen in
rows.

The static audit reads each program once (`scaffolds.check_program`); the behavioural one
(`depends_on_solver`) runs it and is joined in when there are results. Neither sees gold.
"""

from __future__ import annotations

import pandas as pd

from cgr_nb.analysis.dependence import Dependence, Probe, depends_on_solver
from cgr_nb.scaffolds import check_program

__all__ = [
    "FINDINGS",
    "Dependence",
    "Probe",
    "audit_programs",
    "audit_shares",
    "depends_on_solver",
]

FINDINGS = {
    "hard_coded": "looks hard-coded: a literal answer reaches the return (static)",
    "unsure": "may be hard-coded: the static audit can't tell",
    "fallback": "has a literal fall-back answer (static, milder)",
    "interface": "departs from the interface that the prompt asks for (static)",
    "independent": "answer never changed when the solver's replies did (behaviour)",
    "partly": "answer could be moved to few of the options only (behaviour)",
    "dependent": "answer follows the solver's replies (behaviour)",
    "never_asked": "returned a letter without asking the solver (seen in the run)",
    "no_program": "the generator's reply held no program",
}
"""Finding -> what it means, in the order in which they are told."""


def audit_programs(programs: pd.DataFrame, dependence: pd.DataFrame | None = None) -> pd.DataFrame:
    """Audit every distinct program once.

    Args:
        programs: One line a scaffold: program_id and source, both None where there was no program.
        dependence: Behavioural verdicts, one line a program: program_id, verdict. None: not run.

    Returns:
        One line a program, sorted by program_id: `hard_coded` ("yes", "no", "unsure"), `fallback`
        and `interface` (bool: something was found), `evidence` (list of "line N: why") and
        `dependence` (a verdict, or None).
    """
    distinct = programs.dropna(subset=["program_id", "source"]).drop_duplicates("program_id")
    verdicts = (
        dict(zip(dependence["program_id"], dependence["verdict"], strict=True))
        if dependence is not None
        else {}
    )
    lines = []
    for program_id, source in sorted(zip(distinct["program_id"], distinct["source"], strict=True)):
        found = check_program(source)
        lines.append(
            {
                "program_id": program_id,
                "hard_coded": found.hard_coded,
                "fallback": bool(found.fallback),
                "interface": bool(found.interface),
                "evidence": [f"line {line}: {why}" for line, why in found.evidence],
                "dependence": verdicts.get(program_id),
            }
        )
    columns = ["program_id", "hard_coded", "fallback", "interface", "evidence", "dependence"]
    return pd.DataFrame(lines, columns=columns)


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
        "hard_coded": audits[audits["hard_coded"] == "yes"],
        "unsure": audits[audits["hard_coded"] == "unsure"],
        "fallback": audits[audits["fallback"].astype(bool)],
        "interface": audits[audits["interface"].astype(bool)],
    }
    if len(replayed):
        for verdict in ("independent", "partly", "dependent"):
            of_programs[verdict] = audits[audits["dependence"] == verdict]
    lines = []
    for finding, touched in of_programs.items():
        looked_at = (
            len(replayed) if finding in ("independent", "partly", "dependent") else len(audits)
        )
        lines.append(
            _line(
                finding,
                len(touched),
                looked_at,
                int(kept["program_id"].isin(touched["program_id"]).sum()),
                len(kept),
            )
        )
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
