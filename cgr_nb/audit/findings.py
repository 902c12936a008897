"""What a reader should distrust, as shares: static findings of programs, and behaviour seen in
rows.

The static audit reads each program once (`audit.static.check_program`); the behavioural one
(`depends_on_solver`) runs it and is joined in when there are results; what people say counts where
they say something (`audit.standing`). None of them sees gold.

"Hard-coded" in a headline, table or panel is always `HardCodedShare`: programs whose combined
verdict (`judgement.combined`) is that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from cgr_nb.audit.judgement import believes, combined, judgement
from cgr_nb.audit.probes import Probe
from cgr_nb.audit.standing import people_labels
from cgr_nb.audit.static import ProgramAudit, check_once
from cgr_nb.audit.static_kept import known_audits
from cgr_nb.store import Store, frames
from cgr_nb.words import ASSISTED_STATUS_WORDS

__all__ = [
    "AUDIT_COLUMNS",
    "FINDINGS",
    "UNDETERMINED",
    "HardCodedShare",
    "audit_programs",
    "audit_shares",
    "audits_of",
    "hard_coded_share",
    "plain_shares",
    "static_audits",
    "with_human_verdicts",
]

FINDINGS = {
    "judged": "hard-coded: human verdict where raters agree, else the combined audits",
    "judged_unsure": "undetermined: neither human raters nor the combined audits decide",
    "audits": "hard-coded, combined audits: the answer does not depend on the solver",
    "hard_coded": "flagged as hard-coded: no reply can change the answer (static)",
    "unsure": "undetermined (static)",
    "cut": "program is truncated (static)",
    "believes": "returns the generator's own answer, or falls back to it (either audit)",
    "fallback": "has a literal fallback answer (static, less severe)",
    "interface": "deviates from the required interface (static)",
    "unused_ask": "ignores a reply that it asked the solver for (static)",
    "unreached_ask": "contains unreachable solver calls (static)",
    "independent": "answer never changed with the solver's replies (behavioural)",
    "partly": "answer depends only partially on solver replies (behavioural)",
    "dependent": "answer depends on solver replies (behavioural)",
    "unmoved": "answer never changed, but probes may lack the expected format (behavioural)",
    "never_asked": "returned a letter without calling the solver (execution)",
    "no_program": ASSISTED_STATUS_WORDS["no_program"],
}
"""Finding -> what it means, in the order in which they are told."""

UNDETERMINED = "undetermined: the combined audits do not decide"
"""What "judged_unsure" means where nobody judged."""

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
    "audits",
    "people",
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


@dataclass(frozen=True, slots=True)
class HardCodedShare:
    """How much of a study is hard-coded, by the combined verdict."""

    programs: int
    """Programs that are hard-coded."""
    unsure: int
    """Programs of which that can't be told."""
    programs_of: int
    """Programs of the study, each once."""
    rows: int
    """Retained rows that such a program answered."""
    rows_of: int
    """Retained rows of the study."""
    probed: int
    """Programs that were run with other replies and gave a verdict."""
    judged: int
    """Programs of which people say something."""


def audit_programs(
    programs: pd.DataFrame,
    dependence: pd.DataFrame | None = None,
    people: Mapping[str, str] | None = None,
    *,
    known: Mapping[str, ProgramAudit] | None = None,
) -> pd.DataFrame:
    """Audit every distinct program once.

    Args:
        programs: One line a scaffold: program_id and source, both None where there was no program.
        dependence: Behavioural verdicts, one line a program: program_id, verdict, and probes
            (records or mappings) where there are any. None: not run.
        people: What people say of programs, as `standing.people_labels` has it; None: nothing.
        known: Static audits that were made before, by program id.

    Returns:
        One line a program, sorted by program_id: `hard_coded` ("yes", "no", "unsure", "cut"),
        `fallback` and `interface` (bool: something was found), `evidence` (list of "line N: why"),
        `unused_asks` and `unreached_asks` (lines), `believes` (bool, by either audit), `dependence`
        (a verdict, or None), `audits` (`judgement.Judgement`, both audits together), `people` (what
        they say, or None) and `judgement` (`judgement.combined` of these two).
    """
    distinct = programs.dropna(subset=["program_id", "source"]).drop_duplicates("program_id")
    seen, read = _seen(dependence), known or {}
    lines = []
    for program_id, source in sorted(zip(distinct["program_id"], distinct["source"], strict=True)):
        found = read.get(program_id) or check_once(source)
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
        lines.append(line | {"audits": judgement(**facts, heard=heard)})
    return with_human_verdicts(pd.DataFrame(lines, columns=list(AUDIT_COLUMNS)), people or {})


def audits_of(store: Store, known: Mapping[str, ProgramAudit] | None = None) -> pd.DataFrame:
    """The audits of a study: see `audit_programs`.

    Args:
        store: Of the study.
        known: As there.
    """
    dependence = frames.dependence(store)
    seen = None if dependence.empty else dependence
    people, programs = people_labels(store.verdicts()), frames.programs(store)
    return audit_programs(programs, seen, people, known=static_audits(store, programs, known))


def static_audits(
    store: Store, programs: pd.DataFrame, known: Mapping[str, ProgramAudit] | None = None
) -> dict[str, ProgramAudit]:
    """The static audits of a study's programs, read from its store as far as they are there.

    Args:
        store: Of the study.
        programs: See `audit_programs`.
        known: As there.
    """
    distinct = programs.dropna(subset=["program_id", "source"]).drop_duplicates("program_id")
    pairs = zip(distinct["program_id"], distinct["source"], strict=True)
    before = known or {}
    if before.keys() >= set(distinct["program_id"]):
        return dict(before)
    return {**known_audits(store, pairs), **before}


def with_human_verdicts(audits: pd.DataFrame, people: Mapping[str, str]) -> pd.DataFrame:
    """The same audits with what people say now.

    Args:
        audits: As `audit_programs` returns them.
        people: As there.
    """
    said = [people.get(program_id) for program_id in audits["program_id"]]
    told = [combined(ours, theirs) for ours, theirs in zip(audits["audits"], said, strict=True)]
    frame = audits.copy()
    frame["people"] = pd.Series(said, index=frame.index, dtype=object)
    frame["judgement"] = pd.Series(told, index=frame.index, dtype=object)
    return frame


def _seen(dependence: pd.DataFrame | None) -> dict[str, tuple[str | None, tuple[Probe, ...]]]:
    """Program id -> verdict of the behavioural audit, and its probes."""
    if dependence is None:
        return {}
    probes: Sequence[Sequence[Any]] = [()] * len(dependence)
    if "probes" in dependence.columns:
        probes = list(dependence["probes"])
    told = zip(dependence["program_id"], dependence["verdict"], probes, strict=True)
    # A verdict that is missing is no text in a frame, whatever it is there.
    return {
        id: (verdict if isinstance(verdict, str) else None, tuple(map(_probe, some)))
        for id, verdict, some in told
    }


def _probe(told: Probe | Mapping[str, Any]) -> Probe:
    return told if isinstance(told, Probe) else Probe(**told)


def hard_coded_share(audits: pd.DataFrame, rows: pd.DataFrame) -> HardCodedShare:
    """How much of a study is hard-coded.

    Args:
        audits: As `audit_programs` returns them.
        rows: Rows as `frame.annotate` returns them; retained ones are counted.
    """
    kept = rows[rows["retained"]]
    hard_coded = audits[audits["judgement"] == "hard_coded"]
    return HardCodedShare(
        programs=len(hard_coded),
        unsure=int((audits["judgement"] == "unsure").sum()),
        programs_of=len(audits),
        rows=int(kept["program_id"].isin(hard_coded["program_id"]).sum()),
        rows_of=len(kept),
        probed=int(audits["dependence"].notna().sum()),
        judged=int(audits["people"].notna().sum()),
    )


def audit_shares(audits: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """How many programs, and how many rows, each finding touches.

    Args:
        audits: As `audit_programs` returns them.
        rows: Rows as `frame.annotate` returns them; retained ones are counted.

    Returns:
        One line a finding of `FINDINGS` (the behavioural ones only when some program was replayed):
        `finding`, `meaning`, `programs`, `programs_of` (the programs that were looked at),
        `program_share` (of those), `rows`, `rows_of` (retained rows), `row_share` (of those, 0 to
        1). The three of programs are None for findings that are no property of a program, a share
        also where there is nothing that it could be of.
    """
    kept = rows[rows["retained"]]
    replayed = audits[audits["dependence"].notna()]
    of_programs = {
        "judged": audits["judgement"] == "hard_coded",
        "judged_unsure": audits["judgement"] == "unsure",
        "audits": audits["audits"] == "hard_coded",
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
    lines.append(_line("never_asked", None, None, int(never_asked.sum()), len(kept)))
    without = kept["assisted_status"] == "no_program"
    lines.append(_line("no_program", None, None, int(without.sum()), len(kept)))
    return pd.DataFrame(lines)


def plain_shares(shares: pd.DataFrame) -> list[dict[str, Any]]:
    """The lines of `audit_shares` as values that JSON can hold; None where there is none."""
    whole = shares.astype({"programs": "Int64", "programs_of": "Int64"}).astype(object)
    lines: Iterable[Mapping[Any, Any]] = whole.where(whole.notna(), None).to_dict("records")
    return [{str(name): value for name, value in line.items()} for line in lines]


def _line(
    finding: str, programs: int | None, looked_at: int | None, rows: int, all_rows: int
) -> dict[str, object]:
    return {
        "finding": finding,
        "meaning": FINDINGS[finding],
        "programs": programs,
        "programs_of": looked_at,
        "program_share": programs / looked_at if programs is not None and looked_at else None,
        "rows": rows,
        "rows_of": all_rows,
        "row_share": rows / all_rows if all_rows else None,
    }
