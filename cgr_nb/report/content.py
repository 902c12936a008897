"""Tables of a study -> everything its page shows, as plain values. No markup, no formatting."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from cgr_nb.analysis.arm_frame import first_seeds
from cgr_nb.analysis.arms_alone import arms_alone
from cgr_nb.analysis.frame import REASONS, annotate
from cgr_nb.analysis.pairs import pair_labels
from cgr_nb.analysis.response_metadata import MEASURES
from cgr_nb.analysis.stats import Summary, summarise
from cgr_nb.arms import channel_summaries
from cgr_nb.audit.detection import Detection, detection
from cgr_nb.audit.findings import (
    FINDINGS,
    UNDETERMINED,
    audit_programs,
    audit_shares,
    hard_coded_share,
    plain_shares,
)
from cgr_nb.audit.standing import (
    GivenVerdict,
    adjudications,
    given_verdicts,
    people_labels,
    standing,
)
from cgr_nb.extras import complaint
from cgr_nb.records import ModelCard
from cgr_nb.report.alone import alone_lines, alone_pairs
from cgr_nb.report.comparison import ComparisonText, arm_statuses, comparison_text
from cgr_nb.report.example import Example
from cgr_nb.report.groups import pairs_by
from cgr_nb.report.headline import TINY_MODELS, gain_over_chance, headline, unfinished
from cgr_nb.report.letters import letter_lines, position_lines
from cgr_nb.report.limits import limits, matched_arms
from cgr_nb.report.losses import losses_by_pair
from cgr_nb.report.pooled import PairTests, pair_tests
from cgr_nb.report.samples import Sample, choose_samples
from cgr_nb.report.spending import call_lines, redo_line, spent, token_lines
from cgr_nb.report.tables import StudyTables
from cgr_nb.study import cost_of
from cgr_nb.words import (
    ASSISTED_STATUS_WORDS,
    DIRECT_STATUS_WORDS,
    INTRODUCTION,
    INTRODUCTION_ALONE,
    PARTITION_WORDS,
    RULE_WORDS,
    TERMS,
    VERDICT_WORDS,
)

if TYPE_CHECKING:
    import altair as alt

__all__ = ["Content", "make_content", "without_charts"]

Line = dict[str, Any]


@dataclass(frozen=True)
class Content:
    """What the template is given."""

    title: str
    banner: str | None
    introduction: Sequence[str]
    """What the terms of the headline mean, one sentence each."""
    example: Example | None
    headline: tuple[str, ...]
    """One sentence each."""
    summary: Summary
    alone: list[Line]
    """What each arm scores where there is no generator (`alone.alone_lines`); else empty."""
    alone_pairs: list[Line]
    """The same by dataset and solver."""
    partitions: list[Line]
    pairs: list[Line]
    """Sorted by change, the largest first."""
    groups: dict[str, list[Line]]
    """"solver" and "dataset": see `groups.pairs_by`."""
    pair_tests: PairTests
    matched: Sequence[str]
    """Controls with as many solver calls as the scaffold made."""
    over_chance: str
    """What is claimed where direct answers are not above chance, as a clause; else empty."""
    letters: Line
    """`columns` (letters), `totals` and `lines` (by dataset; both with `shares`, letter -> share of
    the answers and of gold), `drawn` (those of the chart, with `label`), and the chart's
    `caption`."""
    positions: list[Line]
    """See `positions.position_bias`; empty where each item was asked in one order."""
    falling: list[str]
    """Labels of pairs that lose more than they gain, the largest loss first."""
    losses: list[Line]
    """See `losses.losses_by_pair`: all rows, then the falling pairs."""
    not_retained: list[Line]
    statuses: dict[str, list[Line]]
    """"direct" and "assisted": status, meaning, count, share; those that did not occur left out."""
    audits: list[Line]
    judged: list[Line]
    """People's verdicts that stand: rater, kind (a verdict of a rater, or an adjudication), label,
    programs and the programs that this rater judged or adjudicated; empty when there are none."""
    detection: Detection | None
    """What both audits say together held against people; None where nobody judged."""
    tokens: list[Line]
    calls: list[Line]
    """One line a model; `cost` is None for a model without a price."""
    cost: float | None
    """Of these calls; None when no model has a price."""
    redos: list[Line]
    """One line for each redo; `cost` as in `calls`."""
    executions: Line
    samples: list[Sample]
    models: Sequence[ModelCard]
    provenance: list[tuple[str, list[str]]]
    terms: Sequence[tuple[str, str]]
    limits: Sequence[str]
    arm_statuses: Line | None
    """How the answers of each arm ended: `columns` (status -> meaning, those that occur) and
    `lines` (arm, n, status -> share); None where no arms are compared."""
    arms: ComparisonText | None
    """The comparison of arms; None where none are compared."""
    failures: list[Line]
    """Answers without a letter, by model, channel, status and rule."""
    metadata: list[Line] | None
    """One line a (channel, model): `counts`, measure -> n; measures that do not apply left out.
    None: not counted."""
    measures: Mapping[str, str]
    prompts: Sequence[Mapping[str, Any]]
    item_remarks: Sequence[str]
    absent: Sequence[str]
    charts: dict[str, alt.LayerChart]
    without_charts: str | None
    """Why there are none; None when they are drawn. Each has its numbers in a table."""


def without_charts() -> str | None:
    """Why charts can't be drawn here, in one line; None when they can."""
    return complaint("altair", "vl_convert")


def make_content(tables: StudyTables, *, resamples: int, seed: int, gate: float) -> Content:
    """Compute everything that a report shows.

    Args:
        tables: Of the study.
        resamples: Of the pair bootstrap.
        seed: Of the pair bootstrap.
        gate: Direct accuracy that a pair must exceed to pass the direct-signal gate.

    Raises:
        CgrError: The rows are not rows; see `analysis.frame.annotate`.
    """
    frame = annotate(tables.rows)
    own = None if tables.arms is None else first_seeds(tables.arms)
    alone = arms_alone(frame, own, resamples=resamples, seed=seed)
    summary = summarise(
        frame,
        arms=tables.arms,
        record=tables.record,
        resamples=resamples,
        seed=seed,
        gate=gate,
    )
    verdicts = given_verdicts(tables.verdicts)
    people = people_labels(verdicts)
    audits = audit_programs(tables.programs, tables.dependence, people, known=tables.audits)
    table = summary.pairs.assign(label=pair_labels(summary.pairs))
    table = table.sort_values(["difference_pp", "label"], ascending=[False, True])
    falling = table[table["difference_pp"] < 0].iloc[::-1]
    chartless = without_charts()
    charts = {} if chartless else _charts(summary)
    compared = summary.comparison
    arm_words = {**channel_summaries(), **tables.arm_words}
    return Content(
        title=tables.title,
        banner=_banner(tables),
        introduction=INTRODUCTION_ALONE if alone else INTRODUCTION,
        example=tables.example,
        headline=headline(summary, hard_coded_share(audits, frame), alone),
        summary=summary,
        alone=alone_lines(alone),
        alone_pairs=alone_pairs(alone),
        partitions=[
            {
                "label": label,
                "partition": summary.partitions[name],
                "main": summary.told.name == name,
            }
            for name, label in PARTITION_WORDS.items()
            if name in summary.partitions
        ],
        pairs=_lines(table),
        groups={
            key: pairs_by(summary.pairs, key, summary.constants) for key in ("solver", "dataset")
        },
        pair_tests=pair_tests(summary.pairs),
        matched=matched_arms(summary)[0],
        over_chance=gain_over_chance(summary),
        letters=letter_lines(summary),
        positions=position_lines(summary),
        falling=list(falling["label"]),
        losses=losses_by_pair(frame, falling),
        not_retained=_not_retained(frame, summary),
        statuses={
            "direct": _statuses(summary.direct_statuses, DIRECT_STATUS_WORDS),
            "assisted": _statuses(summary.assisted_statuses, ASSISTED_STATUS_WORDS),
        },
        audits=_audits(plain_shares(audit_shares(audits, frame)), bool(verdicts)),
        judged=_judged(verdicts),
        detection=_detection(audits),
        tokens=token_lines(summary),
        calls=call_lines(tables.calls, tables.models),
        cost=cost_of(tables.models, spent(tables.calls)),
        redos=[redo_line(redo, tables.models) for redo in tables.redos],
        executions=_executions(tables.executions),
        samples=choose_samples(frame, tables.programs, audits),
        models=tables.models,
        provenance=_provenance(tables.provenance, summary),
        terms=TERMS,
        limits=limits(summary),
        arm_statuses=arm_statuses(compared) if compared else None,
        arms=comparison_text(compared, arm_words, charts) if compared else None,
        failures=_failures(tables.failures),
        metadata=_metadata(tables.metadata),
        measures=MEASURES,
        prompts=tables.prompts,
        item_remarks=tables.item_remarks,
        absent=tables.absent,
        charts=charts,
        without_charts=chartless,
    )


def _banner(tables: StudyTables) -> str | None:
    """What a reader must know first; None when there is nothing."""
    remarks = (
        TINY_MODELS if tables.tiny_models else "",
        unfinished(len(tables.rows), tables.expected),
    )
    return " ".join(filter(None, remarks)) or None


def _charts(summary: Summary) -> dict[str, alt.LayerChart]:
    """The charts that have something to draw."""
    from cgr_nb.analysis.arm_charts import comparison_charts
    from cgr_nb.analysis.charts import accuracy_by_calls, dumbbells, status_bars
    from cgr_nb.analysis.letter_charts import letter_bars

    charts = {}
    if letters := letter_lines(summary)["drawn"]:
        charts["letters"] = letter_bars(pd.DataFrame(letters))
    if len(summary.pairs):
        charts["pairs"] = dumbbells(summary.pairs)
    if summary.comparison is not None and summary.comparison.rows:
        drawn = comparison_charts(summary.comparison)
        charts |= {f"arm_{cost}": chart for cost, chart in drawn.items()}
    elif len(summary.pairs):
        charts["calls"] = accuracy_by_calls(summary.pairs)
    if summary.rows:
        charts["statuses"] = status_bars(summary.assisted_statuses)
    return charts


def _not_retained(frame: pd.DataFrame, summary: Summary) -> list[Line]:
    """Each reason with its count, and the short words of the errors behind it."""
    lines = []
    for reason, count in summary.not_retained.items():
        errors = frame.loc[frame["reason"] == reason, "error"].dropna().astype(str)
        kinds = errors.str.split(":").str[0].value_counts()
        lines.append(
            {
                "reason": reason,
                "meaning": REASONS[reason],
                "count": count,
                "kinds": [f"{kind}: {number:,}" for kind, number in kinds.items()],
            }
        )
    return lines


def _statuses(counts: Mapping[str, int], words: Mapping[str, str]) -> list[Line]:
    total = sum(counts.values())
    lines = [
        {"status": name, "meaning": words[name], "count": count, "share": count / total}
        for name, count in counts.items()
        if count
    ]
    return sorted(lines, key=lambda line: -line["count"])


def _audits(shares: list[Line], judged: bool) -> list[Line]:
    """Where nobody judged, what people say is in no line."""
    if judged:
        return shares
    same = {"judged": FINDINGS["audits"], "judged_unsure": UNDETERMINED}
    return [
        {**line, "meaning": same.get(line["finding"], line["meaning"])}
        for line in shares
        if line["finding"] != "audits"
    ]


def _judged(verdicts: Sequence[GivenVerdict]) -> list[Line]:
    given = [
        (rater, "verdict", label)
        for labels in standing(verdicts).values()
        for rater, label in labels.items()
    ]
    given += [(found.by, "adjudication", found.label) for found in adjudications(verdicts).values()]
    totals = Counter((rater, kind) for rater, kind, _ in given)
    return [
        {
            "rater": rater,
            "kind": kind,
            "label": VERDICT_WORDS[label].name if label in VERDICT_WORDS else label,
            "programs": count,
            "programs_of": totals[rater, kind],
        }
        for (rater, kind, label), count in sorted(
            Counter(given).items(), key=lambda one: (one[0][1] == "adjudication", one[0])
        )
    ]


def _detection(audits: pd.DataFrame) -> Detection | None:
    judged = audits[audits["people"].notna()]
    if judged.empty:
        return None
    automatic = dict(zip(judged["program_id"], judged["audits"], strict=True))
    return detection(automatic, dict(zip(judged["program_id"], judged["people"], strict=True)))


def _failures(failures: pd.DataFrame | None) -> list[Line]:
    if failures is None or failures.empty:
        return []
    failed = failures[failures["failed"].astype(bool)]
    return _lines(failed.assign(rule=[RULE_WORDS.get(rule, rule) for rule in failed["rule"]]))


def _metadata(metadata: pd.DataFrame | None) -> list[Line] | None:
    if metadata is None:
        return None
    lines = []
    for (channel, model), ours in metadata.groupby(["channel", "model"], sort=True):
        counts = {line["measure"]: line["n"] for line in _lines(ours) if line["of"]}
        if any(counts.values()):
            of = int(ours["of"].max())
            lines.append({"channel": channel, "model": model, "counts": counts, "of": of})
    return lines


def _executions(executions: pd.DataFrame) -> Line:
    isolation = executions["isolation"].value_counts()
    return {
        "count": len(executions),
        "cpu_s": float(executions["cpu_s"].fillna(0).sum()),
        "median_wall_ms": 1000 * float(executions["wall_s"].median()) if len(executions) else None,
        "isolation": [f"{level}: {number:,}" for level, number in isolation.items()],
    }


def _provenance(given: Mapping[str, object], summary: Summary) -> list[tuple[str, list[str]]]:
    interval = summary.interval
    ours: dict[str, object] = {
        "retention rule": summary.rule,
        "direct-signal gate": f"A_b > {summary.gate:g}",
        "bootstrap": f"{interval.resamples:,} resamples, seed {interval.seed}, percentile",
    }
    return [(str(name), _as_text(value)) for name, value in {**given, **ours}.items()]


def _as_text(value: object) -> list[str]:
    """One line for a plain value, one for each entry of a mapping or list."""
    if isinstance(value, Mapping):
        return [f"{name}: {_inline(entry)}" for name, entry in value.items()]
    if isinstance(value, list | tuple):
        return [_inline(entry) for entry in value]
    return [_inline(value)]


def _inline(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _lines(table: pd.DataFrame) -> list[Line]:
    """A frame as dictionaries, None where a value is missing."""
    plain = table.astype(object).where(table.notna(), None)
    return [{str(name): value for name, value in line.items()} for line in plain.to_dict("records")]
