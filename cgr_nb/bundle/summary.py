"""`summary.json`: every number of the report, made from a package's own tables."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from cgr_nb.answer_record import CHANNELS
from cgr_nb.bundle.coding import dump
from cgr_nb.bundle.contents import Contents, Records, frame_of, frame_of_lines
from cgr_nb.bundle.rows import DependenceLine, ScaffoldLine
from cgr_nb.store.frames import ROW_ANSWER_COLUMNS, row_answer_line
from cgr_nb.store.row_view import RowView
from cgr_nb.util.surrogates import escape_surrogates_in

if TYPE_CHECKING:
    import pandas as pd

    from cgr_nb.analysis.arm_record import ArmRecord
    from cgr_nb.analysis.summary import Summary

__all__ = ["summary_bytes"]


def summary_bytes(contents: Contents) -> bytes:
    """The numbers as JSON: shares as 0 to 1, `_pp` in percentage points."""
    from cgr_nb.analysis.arm_frame import arm_frame
    from cgr_nb.analysis.stats import summarise

    records, rows = contents.records, frame_of(RowView, contents.records.rows)
    answers = row_answers(contents)
    others = answers[~answers["arm"].isin(CHANNELS)]
    arms = arm_frame(rows, answers, every_seed=True) if len(others) else None
    record = None if arms is None else _arm_record(contents)
    summary = summarise(rows, arms=arms, record=record)
    found = summary.to_dict()
    found["audits"] = _audits(records)
    found |= _pairs_apart(records, summary) | _replies(records, others)
    found["materials"] = _materials(records)
    return (dump(found, indent=2) + "\n").encode()


def _arm_record(contents: Contents) -> ArmRecord:
    """As `report.reading.read_arm_record`, of a package."""
    import pandas as pd

    from cgr_nb.analysis.arm_record import arm_record

    records, config = contents.records, contents.recorded_config
    spent = [
        (call.id, reply.prompt_tokens, reply.reply_tokens, reply.duration_s)
        for call in records.calls
        if (reply := call.reply) is not None
    ]
    names = ["id", "prompt_tokens", "reply_tokens", "duration_s"]
    counted = {id for unit in contents.units.values() for id in contents.answers_of(unit).values()}
    return arm_record(
        (answer for answer in records.answers if answer.id in counted),
        records.setups,
        pd.DataFrame(spent, columns=names),
        records.models,
        support=Counter(item.dataset for item in records.items if item.use == "support"),
        primary=config.report.primary,
        declared=records.declarations,
    )


def _materials(records: Records) -> dict[str, Any]:
    """Where items and weights come from, and under which licence: what no id covers."""
    return {
        "sources": [asdict(source) for source in records.sources],
        "models": [asdict(card) for card in records.models],
    }


def _audits(records: Records) -> list[dict[str, Any]]:
    """What a reader should distrust: each finding with its programs and rows."""
    import pandas as pd

    from cgr_nb.analysis.frame import annotate
    from cgr_nb.audit.findings import audit_programs, audit_shares, plain_shares
    from cgr_nb.audit.standing import people_labels

    sources = {program.id: program.source for program in records.programs}
    of_rows = {row.scaffold_id for row in records.rows}
    written = [
        (scaffold.program_id, sources.get(scaffold.program_id or ""))
        for scaffold in records.scaffolds
        if scaffold.id in of_rows
    ]
    programs = pd.DataFrame(written, columns=["program_id", "source"], dtype=object)
    dependence = frame_of(DependenceLine, records.dependence) if records.dependence else None
    audits = audit_programs(programs, dependence, people_labels(records.verdicts))
    return plain_shares(audit_shares(audits, annotate(frame_of(RowView, records.rows))))


def _pairs_apart(records: Records, summary: Summary) -> dict[str, Any]:
    """Pairs by solver and dataset, and what became of the programs of lost rows."""
    from cgr_nb.analysis.frame import annotate
    from cgr_nb.analysis.pairs import pair_labels
    from cgr_nb.report.groups import pairs_by
    from cgr_nb.report.losses import losses_by_pair

    pairs = summary.pairs.assign(label=pair_labels(summary.pairs))
    falling = pairs[pairs["difference_pp"] < 0]
    return {
        "groups": {
            key: pairs_by(summary.pairs, key, summary.constants) for key in ("solver", "dataset")
        },
        "losses": losses_by_pair(annotate(frame_of(RowView, records.rows)), falling),
    }


def _replies(records: Records, others: pd.DataFrame) -> dict[str, Any]:
    """What could not be read, and what replies were like."""
    import pandas as pd

    from cgr_nb.analysis.extraction_failures import extraction_failures
    from cgr_nb.analysis.response_metadata import response_metadata

    names = ["id", "model", "reply", "finish", "prompt_tokens", "reply_tokens", "error"]
    names.append("has_thoughts")
    lines = []
    for call in records.calls:
        reply = call.reply
        told = (reply.text, reply.finish, reply.prompt_tokens, reply.reply_tokens) if reply else ()
        thought = reply is not None and bool(reply.thoughts)
        line = (call.id, call.model, *(told or (None,) * 4), call.error, thought)
        lines.append(escape_surrogates_in(line))
    calls = pd.DataFrame(lines, columns=names, dtype=object)
    rows = frame_of(RowView, records.rows)
    written = frame_of(ScaffoldLine, records.scaffolds)
    written = written[written["id"].isin(set(rows["scaffold_id"].dropna()))]
    arms = others if len(others) else None
    return {
        "extraction_failures": _table(extraction_failures(rows, calls, written)),
        "response_metadata": _table(response_metadata(rows, calls, written, arms)),
    }


def _table(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """A frame line by line, as JSON has it."""
    return [
        {
            str(name): list(value) if isinstance(value, list | tuple) else _plain(value)
            for name, value in line.items()
        }
        for line in frame.astype(object).to_dict("records")
    ]


def _plain(value: Any) -> Any:  # noqa: ANN401
    """A cell as JSON has it."""
    import pandas as pd

    return None if pd.isna(value) else value


def row_answers(contents: Contents) -> pd.DataFrame:
    """One line for each row and arm: as `store.frames.row_answers`, of a package."""
    programs = {run.id: run.program_id for run in contents.records.executions}
    lines = [
        (row, arm, id, *row_answer_line(contents.answers[id], programs))
        for row in sorted(contents.units)
        for arm, id in sorted(contents.answers_of(contents.units[row]).items())
    ]
    return frame_of_lines(["row_id", "arm", "answer_id", *ROW_ANSWER_COLUMNS], lines)
