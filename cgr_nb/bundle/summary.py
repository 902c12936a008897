"""`summary.json`: every number of the report, made from a package's own tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from cgr_nb.answer_record import CHANNELS, AnswerSteps
from cgr_nb.bundle.coding import dump
from cgr_nb.bundle.contents import Contents, Records, frame_of, frame_of_lines
from cgr_nb.bundle.record_file import columns
from cgr_nb.bundle.rows import DependenceLine, ScaffoldLine
from cgr_nb.store.row_view import RowView
from cgr_nb.util.python_texts import python_texts
from cgr_nb.util.surrogates import escape_surrogates, escape_surrogates_in

if TYPE_CHECKING:
    import pandas as pd

    from cgr_nb.analysis.arm_record import ArmRecord
    from cgr_nb.analysis.summary import Summary

__all__ = ["summary_bytes"]


@python_texts()
def summary_bytes(contents: Contents) -> bytes:
    """The numbers as JSON: shares as 0 to 1, `_pp` in percentage points."""
    from cgr_nb.analysis.arm_frame import arm_frame
    from cgr_nb.analysis.frame import annotate
    from cgr_nb.analysis.stats import summarise

    # In an order in which no two of the largest tables are held that need not be.
    records, rows = contents.records, frame_of(RowView, contents.records.rows)
    arm_of = {
        id: arm for unit in contents.units.values() for arm, id in contents.answers_of(unit).items()
    }
    has_arms = not set(CHANNELS).issuperset(arm_of.values())
    calls = _calls(records)
    # Half a million times an answer names a call: each id is held once.
    once = {id: id for ids in (calls["id"], arm_of) for id in ids}
    replies = _replies(contents, rows, calls, _calls_of_arms(contents, arm_of, once))
    calls = calls[calls["finish"].notna()]
    record = _arm_record(contents, calls, arm_of, once) if has_arms else None
    del calls, arm_of, once
    arms = None
    if has_arms:
        arms = arm_frame(rows, _row_answers(contents), every_seed=True, categories=True)
    summary = summarise(rows, arms=arms, record=record)
    del arms, record
    frame = annotate(rows)
    found = summary.to_dict()
    found["audits"] = _audits(records, frame)
    found |= _pairs_apart(summary, frame) | replies
    found["materials"] = _materials(records)
    return (dump(found, indent=2) + "\n").encode()


def _calls(records: Records) -> pd.DataFrame:
    """As `store.frames.call_costs`, of a package: what replies cost and what they were like,
    without their texts."""
    import pandas as pd

    from cgr_nb.analysis.response_metadata import reply_marks

    names = ("prompt_tokens", "reply_tokens", "duration_s", "finish", "thoughts", "text")
    read = columns(records.calls, "id", "model", "error", *(f"reply.{name}" for name in names))
    found: dict[str, list[Any]] = {
        name: []
        for name in ("id", "model", "error", *names[:4], "has_thoughts", "is_blank", "is_declined")
    }
    put = [values.append for values in found.values()]
    once: dict[str | None, str | None] = {}
    for id, model, error, *counts, finish, thoughts, text in read:
        marks = (False, False) if text is None else reply_marks(text)
        # Few names and ends, a hundred thousand times.
        model, finish = once.setdefault(model, model), once.setdefault(finish, finish)
        told = id, model, error, *counts, finish, bool(thoughts), *marks
        for append, value in zip(put, told, strict=True):
            append(value)
    found["error"] = [escape_surrogates_in(error) for error in found["error"]]
    objects = ("id", "model", "error", "finish")
    return pd.DataFrame(
        {
            name: pd.Series(values, dtype=object if name in objects else None)
            for name, values in found.items()
        }
    )


def _arm_record(
    contents: Contents, served: pd.DataFrame, counted: Container[str], once: dict[str, str]
) -> ArmRecord:
    """As `report.reading.read_arm_record`, of a package.

    Args:
        contents: The package.
        served: Its calls that have a reply.
        counted: Ids of the answers that count.
        once: See `_answer_steps`.
    """
    from cgr_nb.analysis.arm_record import arm_record

    records, config = contents.records, contents.recorded_config
    return arm_record(
        (one for one in _answer_steps(records, once) if one.id in counted),
        records.setups,
        served,
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


def _audits(records: Records, rows: pd.DataFrame) -> list[dict[str, Any]]:
    """What a reader should distrust: each finding with its programs and rows."""
    import pandas as pd

    from cgr_nb.audit.findings import audit_programs, audit_shares, plain_shares
    from cgr_nb.audit.standing import people_labels

    sources = {program.id: program.source for program in records.programs}
    of_rows = set(rows["scaffold_id"].dropna())
    written = [
        (scaffold.program_id, sources.get(scaffold.program_id or ""))
        for scaffold in records.scaffolds
        if scaffold.id in of_rows
    ]
    programs = pd.DataFrame(written, columns=["program_id", "source"], dtype=object)
    dependence = frame_of(DependenceLine, records.dependence) if records.dependence else None
    audits = audit_programs(programs, dependence, people_labels(records.verdicts))
    return plain_shares(audit_shares(audits, rows))


def _pairs_apart(summary: Summary, rows: pd.DataFrame) -> dict[str, Any]:
    """Pairs by solver and dataset, and what became of the programs of lost rows."""
    from cgr_nb.analysis.pairs import pair_labels
    from cgr_nb.report.groups import pairs_by
    from cgr_nb.report.losses import losses_by_pair

    pairs = summary.pairs.assign(label=pair_labels(summary.pairs))
    falling = pairs[pairs["difference_pp"] < 0]
    return {
        "groups": {
            key: pairs_by(summary.pairs, key, summary.constants) for key in ("solver", "dataset")
        },
        "losses": losses_by_pair(rows, falling),
    }


def _replies(
    contents: Contents, rows: pd.DataFrame, calls: pd.DataFrame, others: pd.DataFrame
) -> dict[str, Any]:
    """What could not be read, and what replies were like."""
    from cgr_nb.analysis.extraction_failures import extraction_failures
    from cgr_nb.analysis.response_metadata import response_metadata

    def reply_of(id: str) -> str | None:
        call = contents.calls.get(id)
        return escape_surrogates(call.reply.text) if call and call.reply else None

    written = frame_of(ScaffoldLine, contents.records.scaffolds)
    written = written[written["id"].isin(set(rows["scaffold_id"].dropna()))]
    arms = others if len(others) else None
    return {
        "extraction_failures": _table(extraction_failures(rows, reply_of, written)),
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


def _answer_steps(records: Records, once: dict[str, str]) -> Iterator[AnswerSteps]:
    """As `store.frames.answer_steps`, of a package.

    Args:
        records: Its tables.
        once: Texts that are held already, by themselves; names are put there.
    """
    names = ("id", "solver", "generator", "status", "letters", "trail", "steps", "setup")
    for id, solver, generator, status, letters, trail, steps, setup in columns(
        records.answers, *names
    ):
        calls = [(once.get(call, call), role) for _, role, call, _ in trail]
        before = [(n, said) for n, _, said in steps]
        solver, generator, setup = (
            None if name is None else once.setdefault(name, name)
            for name in (solver, generator, setup)
        )
        id = once.get(id, id)
        yield AnswerSteps(id, solver, generator, status, letters, calls, before, setup)


def _row_answers(contents: Contents) -> pd.DataFrame:
    """As `store.frames.arm_answers`, of a package."""
    totals = ["solver_calls", "solver_prompt_tokens", "solver_reply_tokens"]
    totals += ["generator_calls", "generator_prompt_tokens", "generator_reply_tokens"]
    read = columns(
        contents.records.answers,
        *("id", "item_id", "letters", "status"),
        *(f"totals.{name}" for name in totals),
    )
    known = {
        id: (id, item, "".join(letters) or None, status, *spent[:4], spent[4] + spent[5])
        for id, item, letters, status, *spent in read
    }
    names = ["row_id", "arm", "answer_id", "item_id", "letter", "status", "calls"]
    names += ["prompt_tokens", "reply_tokens", "generator_calls", "generator_tokens"]
    return frame_of_lines(
        names,
        (
            (row, arm, *known[id])
            for row in sorted(contents.units)
            for arm, id in sorted(contents.answers_of(contents.units[row]).items())
        ),
    )


def _calls_of_arms(
    contents: Contents, arm_of: Mapping[str, str], once: dict[str, str]
) -> pd.DataFrame:
    """As `store.frames.calls_of_arms`, of a package.

    Args:
        contents: The package.
        arm_of: Answer -> arm, of those that are counted.
        once: See `_answer_steps`.
    """
    calls = (
        (arm, tuple([call for call, _ in one.calls]))
        for one in _answer_steps(contents.records, once)
        if (arm := arm_of.get(one.id)) is not None and arm not in CHANNELS
    )
    return frame_of_lines(["arm", "call_ids"], calls)
