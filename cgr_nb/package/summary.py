"""`summary.json`: every number of the report, made from a package's own tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cgr_nb.package.coding import dump
from cgr_nb.package.contents import Records, frame_of
from cgr_nb.package.lines import DependenceLine, ScaffoldLine
from cgr_nb.records import ArmAnswer, Row

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["summary_bytes"]


def summary_bytes(records: Records) -> bytes:
    """The numbers as JSON: shares as 0 to 1, `_pp` in percentage points."""
    from cgr_nb.analysis.stats import summarise

    arms = _arm_frame(records) if records.arms else None
    found = summarise(frame_of(Row, records.rows), arms=arms).to_dict()
    found["audits"] = _audits(records)
    return (dump(found, indent=2) + "\n").encode()


def _audits(records: Records) -> list[dict[str, Any]]:
    """What a reader should distrust: each finding with its programs and rows."""
    import pandas as pd

    from cgr_nb.analysis.audit import audit_programs, audit_shares
    from cgr_nb.analysis.frame import annotate

    sources = {program.id: program.source for program in records.programs}
    of_rows = {row.scaffold_id for row in records.rows}
    written = [
        (scaffold.program_id, sources.get(scaffold.program_id or ""))
        for scaffold in records.scaffolds
        if scaffold.id in of_rows
    ]
    programs = pd.DataFrame(written, columns=["program_id", "source"], dtype=object)
    dependence = frame_of(DependenceLine, records.dependence) if records.dependence else None
    shares = audit_shares(
        audit_programs(programs, dependence), annotate(frame_of(Row, records.rows))
    )
    return [
        {str(name): _plain(value) for name, value in line.items()}
        for line in shares.astype({"programs": "Int64"}).astype(object).to_dict("records")
    ]


def _plain(value: Any) -> Any:  # noqa: ANN401
    """A cell as JSON has it."""
    import pandas as pd

    return None if pd.isna(value) else value


def _arm_frame(records: Records) -> pd.DataFrame:
    """Every way to answer every row, as the report compares them."""
    import pandas as pd

    from cgr_nb.analysis.arm_frame import arm_frame

    spent = [
        (call.id, call.reply.prompt_tokens, call.reply.reply_tokens)
        for call in records.calls
        if call.reply is not None
    ]
    return arm_frame(
        frame_of(Row, records.rows),
        frame_of(ArmAnswer, records.arms),
        frame_of(ScaffoldLine, records.scaffolds),
        pd.DataFrame(spent, columns=["id", "prompt_tokens", "reply_tokens"]),
    )
