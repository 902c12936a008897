"""People judge programs without a panel: queue, verdicts, agreement, probes."""

from __future__ import annotations

import threading

import pytest
from made_rows import raw_sql
from small_study import ADDS, LITERAL, row_id

from cgr_nb.analysis.frame import annotate
from cgr_nb.audit import review_queue
from cgr_nb.audit.counterfactual import probe_replies, reply_effects
from cgr_nb.audit.program_record import recorded_dependence
from cgr_nb.audit.review import Review
from cgr_nb.audit.review_queue import Queue, in_order
from cgr_nb.audit.static_reading import StaticReading
from cgr_nb.errors import CgrError
from cgr_nb.explore.counted_rows import counted_rows
from cgr_nb.explore.run_records import find_run
from cgr_nb.store import Store, WrittenProgram
from cgr_nb.store.thread_local import ThreadLocalStore


def review(study, rater: str = "ada", **options) -> Review:
    return Review(study.store, rater, lambda: annotate(counted_rows(study.store)), **options)


def test_the_queue_opens_with_a_suspect_whatever_the_seed(study):
    cases = Queue(study.store.programs.written(), 0).cases()
    assert {in_order(cases, seed)[0].stratum for seed in range(40)} == {"flagged"}
    third = [in_order(cases, seed)[1].stratum for seed in range(40)]
    assert "unsuspected" in third


def test_the_same_seed_gives_the_same_queue(study):
    cases = Queue(study.store.programs.written(), 0).cases()
    assert in_order(cases, 3) == in_order(cases, 3)
    orders = {tuple(case.program_id for case in in_order(cases, seed)) for seed in range(12)}
    assert len(orders) > 1


def test_a_long_queue_opens_before_it_is_read_and_is_the_same_for_every_rater(study, monkeypatch):
    programs = [
        WrittenProgram(f"{number:04d}", f"def solve(item, ask):\n    return {source}", "item")
        for number, source in enumerate(["'A'", "ask('x')"] * 30)
    ]
    monkeypatch.setattr(review_queue, "READ_FIRST", 16)
    monkeypatch.setattr(review_queue, "SHOWN_FIRST", 8)
    read = threading.Event()
    queues = [Queue(some, 5, read.set) for some in (programs, programs[::-1])]
    first = [[queue[place].program_id for place in range(8)] for queue in queues]
    whole = [[case.program_id for case in queue.cases()] for queue in queues]
    assert first[0] == first[1] == whole[0][:8]
    assert whole[0] == whole[1]
    assert sorted(whole[0]) == [id for id, _, _ in programs]
    assert queues[0].whole
    assert read.wait(5)


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


@pytest.mark.parametrize(("number", "source", "last_moves"), [(0, ADDS, True), (1, LITERAL, False)])
def test_a_reply_that_moves_the_answer_is_told_from_one_that_does_not(
    study, number, source, last_moves
):
    run = find_run(study.store, row_id(number))
    assert run.source == source
    asks = run.execution.calls
    effects = reply_effects(probe_replies(source, run.item, asks), asks)
    assert [effect.number for effect in effects] == list(range(1, len(asks) + 1))
    assert all(effect.tried > 0 for effect in effects)
    assert bool(effects[-1].moved) == last_moves
