"""People judge programs without a panel: queue, verdicts, agreement, probes."""

from __future__ import annotations

import pytest
from made_rows import raw_sql
from small_study import LITERAL

from cgr_nb.analysis.frame import annotate
from cgr_nb.audit.program_record import recorded_dependence
from cgr_nb.audit.review import Review
from cgr_nb.audit.static_reading import StaticReading
from cgr_nb.errors import CgrError
from cgr_nb.explore.counted_rows import counted_rows
from cgr_nb.store import Store
from cgr_nb.store.thread_local import ThreadLocalStore


def review(study, rater: str = "ada", **options) -> Review:
    return Review(study.store, rater, lambda: annotate(counted_rows(study.store)), **options)


def test_a_verdict_is_on_record_at_once_and_the_review_goes_on(own_study):
    ours = review(own_study)
    first = ours.case.program_id
    kept = ours.judge("hard_coded", "line 5")
    ours.go_on()
    assert own_study.store.verdicts() == [kept]
    assert (kept.program_id, kept.rater, kept.note) == (first, "ada", "line 5")
    assert ours.case.program_id != first
    assert review(own_study).case == ours.case


def test_undo_withdraws_the_last_verdict_and_turns_to_its_program(own_study):
    ours = review(own_study)
    first = ours.case.program_id
    ours.judge("clean")
    ours.go_on()
    taken = ours.undo()
    assert (taken.label, taken.verdict.label, ours.case.program_id) == ("clean", "withdrawn", first)
    assert ours.labels() == {}
    with pytest.raises(CgrError, match="no verdict to take back"):
        ours.undo()


def test_two_raters_and_the_detector_are_compared(own_study):
    ada, bo = review(own_study), review(own_study, "bo")
    for label in ("hard_coded", "clean", "clean", "fallback_only", "unsure"):
        for rater in (ada, bo):
            rater.judge(label)
            rater.go_on()
    figures = bo.figures()
    assert (figures.raters, figures.judged, figures.total) == (["ada", "bo"], 5, 5)
    assert (figures.kappa.value, figures.kappa.n) == (1, 5)
    assert figures.precision is not None
    assert figures.hard_coded.judged == 4  # nobody can say of the fifth


def test_a_rater_needs_a_name_and_a_study_needs_programs(study, tmp_path):
    with pytest.raises(CgrError, match="needs a name"):
        review(study, " ")
    with Store.create(tmp_path) as store, pytest.raises(CgrError, match="no programs to judge"):
        Review(store, "ada", lambda: None)


def test_a_label_that_is_none_is_refused(own_study):
    with pytest.raises(CgrError, match="no such verdict"):
        review(own_study).judge("great")
    assert own_study.store.verdicts() == []


def test_a_literal_program_is_probed_once_and_then_known(own_study):
    ours = review(own_study)
    ours.go(next(n for n, case in enumerate(ours.queue.cases()) if case.source == LITERAL))
    assert ours.probes.known(ours.case) is None
    found = ours.probes.probe(ours.case)
    assert found.verdict == "independent"
    assert ours.probes.known(ours.case) == found
    assert ours.probes.is_enough(ours.case)
    # It is kept here only: the study's own audit is made by `Study.audit`.
    assert recorded_dependence(own_study.store, ours.case.program_id) is None


def test_a_program_whose_item_is_gone_is_told_and_not_probed(own_study):
    raw_sql(own_study.store, "DELETE FROM items")
    ours = review(own_study)
    with pytest.raises(CgrError, match="the item of this program is not in the study"):
        ours.probes.probe(ours.case)


def test_programs_are_read_once_and_their_share_is_that_of_the_study(own_study):
    rows = annotate(counted_rows(own_study.store))
    reading = StaticReading(ThreadLocalStore(own_study.store))
    assert reading.share(rows, at_most=2) is None
    reading.read(rows)
    assert reading.unread(rows) == set()
    assert reading.share(rows) == own_study.hard_coded_share()
