"""A study folder -> what its report is made from; each table is read once."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from cgr_nb.analysis.arm_frame import arm_frame
from cgr_nb.analysis.arm_record import ArmRecord, arm_record
from cgr_nb.analysis.extraction_failures import extraction_failures
from cgr_nb.analysis.response_metadata import reply_marks, response_metadata
from cgr_nb.audit.findings import static_audits
from cgr_nb.report.example import example_of
from cgr_nb.report.provenance import absences, provenance
from cgr_nb.report.tables import StudyTables
from cgr_nb.store import Store, frames
from cgr_nb.store.declarations import declarations
from cgr_nb.store.superseding import redos
from cgr_nb.store.trails import Answered, Trails, read_answers
from cgr_nb.study import CONFIG_NAME, StudyConfig
from cgr_nb.study.absent_arms import arm_kinds, arm_remarks, arm_words

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["arms_of", "read_arm_record", "read_tables"]


def read_tables(folder: Path, store: Store) -> StudyTables:
    """Read what a report shows.

    Args:
        folder: The study.
        store: Its records.

    Raises:
        ConfigError: Its `study.toml` can't be read.
    """
    config = StudyConfig.load(folder / CONFIG_NAME, check=False)
    rows = frames.untimed_rows(store)
    answered = read_answers(store) if store.has_arms() else None
    calls, programs = frames.call_costs(store, reply_marks), frames.programs(store)
    others = frames.calls_of_arms(answered, rows["id"]) if answered else None
    verdicts, dependence = frames.verdicts(store), frames.dependence(store)
    failures = store.meta("failures") or []
    return StudyTables(
        title=config.name,
        rows=rows,
        calls=calls,
        executions=frames.executions(store),
        programs=programs,
        models=store.models(),
        tiny_models=any(card.is_bundled_tiny for card in store.models()),
        expected=store.expected_rows(),
        provenance=provenance(config, store, rows["item_id"].nunique()),
        dependence=None if dependence.empty else dependence,
        audits=static_audits(store, programs),
        arms=arms_of(rows, answered),
        record=read_arm_record(config, store, answered.trails, calls) if answered else None,
        arm_words=arm_words(config),
        prompts=store.prompts(),
        failures=extraction_failures(rows, store.reply_text, programs),
        metadata=response_metadata(rows, calls, programs, others),
        absent=[
            *absences(folder, store, failures),
            *(f"{line}." for line in arm_remarks(config)),
        ],
        item_remarks=store.meta("item remarks") or [],
        verdicts=None if verdicts.empty else verdicts,
        redos=redos(store),
        example=example_of(store, rows),
    )


def arms_of(rows: pd.DataFrame, answered: Answered | None) -> pd.DataFrame | None:
    """The answers of a study's arms, every seed, texts as categories; None without any."""
    if answered is None:
        return None
    return arm_frame(rows, answered.lines, every_seed=True, categories=True)


def read_arm_record(
    config: StudyConfig, store: Store, trails: Trails, calls: pd.DataFrame | None = None
) -> ArmRecord:
    """What the comparison of a study's arms rests on beside their answers.

    Args:
        config: Of the study.
        store: Its records.
        trails: Of its answers.
        calls: As `store.frames.call_costs` returns them, where they are at hand.
    """
    aside: Counter[str] = Counter()
    if config.support.per_dataset:
        aside.update(item.dataset for item in store.items() if item.use == "support")
    return arm_record(
        trails,
        store.setups(),
        frames.call_spending(store) if calls is None else calls,
        store.models(),
        support=aside,
        primary=config.report.primary,
        declared=declarations(store),
        kinds=arm_kinds(config),
    )
