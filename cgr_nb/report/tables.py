"""What a report is made from: the tables of a study as frames, and facts about how it was made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from cgr_nb.analysis.arm_record import ArmRecord
from cgr_nb.audit.static import ProgramAudit
from cgr_nb.records import ModelCard
from cgr_nb.report.example import Example
from cgr_nb.store.superseding import Redo

__all__ = ["StudyTables"]


@dataclass(frozen=True)
class StudyTables:
    """Everything a report shows. Frames are read, never changed."""

    title: str
    rows: pd.DataFrame
    """One line a row, the columns of `store.row_view.RowView`."""
    calls: pd.DataFrame
    """One line a call: id, model, prompt_tokens, reply_tokens, duration_s, finish, error."""
    executions: pd.DataFrame
    """One line an execution: id, status, detail, cpu_s, wall_s, isolation, asks."""
    programs: pd.DataFrame
    """One line a scaffold: program_id and source, both None where the reply held no program."""
    models: Sequence[ModelCard]
    """Every solver and generator of the study."""
    tiny_models: bool
    """Whether a bundled tiny model took part: then the first line of the report says so."""
    expected: int = 0
    """Rows that the study asks for, done or not."""
    provenance: Mapping[str, object] = field(default_factory=dict)
    """Name -> value, shown in this order: versions, seed, prompt hashes, isolation, item files ...
    Values are shown as text; mappings and lists line by line."""
    dependence: pd.DataFrame | None = None
    """Behavioural audit, one line a program: program_id and verdict (dependent, partly, independent
    or None). None when it was not run."""
    audits: Mapping[str, ProgramAudit] | None = None
    """Program -> its static audit, of those that were made before; None: of none."""
    arms: pd.DataFrame | None = None
    """All answers to all rows, as `analysis.arm_frame.arm_frame` returns them; None when the study
    has no arms."""
    record: ArmRecord | None = None
    """What the comparison of arms rests on beside that; None: there are no curves."""
    arm_words: Mapping[str, str] = field(default_factory=dict)
    """Arm -> what it does, in a few words."""
    failures: pd.DataFrame | None = None
    """As `analysis.extraction_failures.extraction_failures` returns them; None: not counted."""
    metadata: pd.DataFrame | None = None
    """As `analysis.response_metadata.response_metadata` returns it; None: not counted."""
    prompts: Sequence[Mapping[str, Any]] = ()
    """Templates used: profile, name, version, hash, text."""
    item_remarks: Sequence[str] = ()
    """What is to be known of the item files, one line each: see `items.findings`."""
    absent: Sequence[str] = ()
    """What the study was meant to have and has not, one sentence each: datasets, models."""
    verdicts: pd.DataFrame | None = None
    """People's judgements, the columns of `records.Verdict`. None when there are none."""
    example: Example | None = None
    """An item with its direct reply; None where there is none to show."""
    redos: Sequence[Redo] = ()
    """What was taken out of the study to be asked again, oldest first."""
