"""The summary of a study, its answers read once."""

from __future__ import annotations

from cgr_nb.analysis.frame import annotate
from cgr_nb.analysis.stats import summarise
from cgr_nb.analysis.summary import Summary
from cgr_nb.explore.counted_rows import counted_rows
from cgr_nb.report.reading import arms_of, read_arm_record
from cgr_nb.store import Store
from cgr_nb.store.trails import read_answers
from cgr_nb.study import StudyConfig
from cgr_nb.util.collecting import seldom_collected

__all__ = ["whole_summary"]


def whole_summary(
    config: StudyConfig, store: Store, *, resamples: int = 10_000, seed: int = 0
) -> Summary:
    """Every number of a study: see `analysis.stats.summarise`.

    Args:
        config: Of the study.
        store: Its records.
        resamples: Resamples of each bootstrap.
        seed: Seed of each bootstrap.
    """
    with seldom_collected():
        if not store.has_arms():
            return summarise(counted_rows(store), resamples=resamples, seed=seed)
        answered = read_answers(store)
        # Rows are made of answers: where these are read, rows need no reading.
        rows = annotate(counted_rows(store, channels=answered.channels))
        arms = arms_of(rows, answered)
        record = read_arm_record(config, store, answered.trails)
        del answered
        return summarise(rows, arms=arms, record=record, resamples=resamples, seed=seed)
